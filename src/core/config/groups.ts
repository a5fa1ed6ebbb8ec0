// Groups: those in the file, then one for each program, event listener and FastCGI program that belongs to none.

import { compareText } from "../base/printable.ts";
import { HANDLER_NAMES } from "../events/listener-protocol.ts";
import { EVENT_NAMES } from "./event-names.ts";
import { readFcgiSocket } from "./fcgi-socket.ts";
import { inOrder, readFields } from "./fields.ts";
import type { FcgiSocketConfig, GroupConfig, ProcessConfig } from "./model.ts";
import { DAEMON } from "./options/daemon.ts";
import type { SectionKind } from "./options/entry.ts";
import { GROUP } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";
import { LISTENER } from "./options/special.ts";
import { readProcesses, readSectionName } from "./programs.ts";
import type { RawSection } from "./raw.ts";
import {
  namesAt,
  notice,
  openScope,
  originOf,
  placeOf,
  type Reading,
  readOption,
  report,
  type Scope,
} from "./reading.ts";

/** The only judge of listeners' results there is; Supervisor can load others from Python modules. */

function sectionsOf(reading: Reading, kind: SectionKind): readonly RawSection[] {
  return Array.from(reading.raw.sections.values()).filter(({ name }) =>
    name.startsWith(`${kind}:`),
  );
}

/** Finds the section that a `programs=` item means. */
function findMember(scope: Scope, program: string): RawSection | null {
  const { sections } = scope.reading.raw;
  const ordinary = sections.get(`program:${program}`);
  const fcgi = sections.get(`fcgi-program:${program}`);
  const header = scope.section.name;
  if (ordinary !== undefined && fcgi !== undefined) {
    const text = `[${header}] name ${program} is ambiguous (exists as program and fcgi-program)`;
    report(scope, "programs", text, "unknown-program");
    return null;
  }
  const member = ordinary ?? fcgi;
  if (member !== undefined) return member;
  const text = `[${header}] names unknown program or fcgi-program ${program}`;
  report(scope, "programs", text, "unknown-program");
  return null;
}

/** Reads a [group:x]; `taken` receives the sections of its members, which get no group of their own. */
function readGroup(reading: Reading, section: RawSection, taken: Set<string>): GroupConfig {
  const scope = openScope(reading, section, "group");
  const name = readSectionName(scope);
  const programs = readOption(scope, GROUP.programs);
  const priority = readOption(scope, GROUP.priority);
  const processes: ProcessConfig[] = [];
  for (const program of programs) {
    const member = findMember(scope, program);
    if (member === null) continue;
    taken.add(member.name);
    processes.push(...readMember(reading, member, name));
  }
  return { kind: "program", name, priority, processes, origin: originOf(section) };
}

/** A program, or a FastCGI program with its socket, of which Supervisor forgets the socket in a [group:x]. */
function readMember(
  reading: Reading,
  section: RawSection,
  groupName: string,
): readonly ProcessConfig[] {
  const processes = readProcesses(reading, section, groupName);
  if (!section.name.startsWith("fcgi-program:")) return processes;
  // Supervisor does not read these options here: what is wrong with them must not keep the daemon from starting.
  const apart: Reading = { ...reading, problems: [] };
  const socket = readSocket(apart, section);
  if (socket !== null) return withSocket(processes, socket);
  const why = apart.problems[0]?.text ?? "it has no socket";
  const text = `[${section.name}] in [group:${groupName}] runs without its FastCGI socket: ${why}`;
  notice(reading, { level: "CRIT", text });
  return processes;
}

function withSocket(
  processes: readonly ProcessConfig[],
  socket: FcgiSocketConfig,
): readonly ProcessConfig[] {
  return processes.map((process) => ({ ...process, fcgiSocket: socket }));
}

function readProgramGroup(reading: Reading, section: RawSection): GroupConfig {
  const scope = openScope(reading, section, "program");
  const name = readSectionName(scope);
  const priority = readOption(scope, PROGRAM.priority);
  const processes = readProcesses(reading, section, name);
  return { kind: "program", name, priority, processes, origin: originOf(section) };
}

function readEvents(scope: Scope): readonly string[] {
  const header = scope.section.name;
  const names = new Set(readOption(scope, LISTENER.events).map((name) => name.toUpperCase()));
  if (names.size === 0) {
    report(scope, "events", `[${header}] section requires an "events" line`, "missing-option");
  }
  for (const name of names) {
    if (EVENT_NAMES.has(name)) continue;
    report(scope, "events", `Unknown event type ${name} in [${header}] events`, "unknown-event");
  }
  return Array.from(names);
}

function readBufferSize(scope: Scope): number {
  const bufferSize = readOption(scope, LISTENER.bufferSize);
  if (bufferSize < 1) {
    const text = `[${scope.section.name}] section sets invalid buffer_size (${bufferSize})`;
    report(scope, "buffer_size", text);
  }
  return bufferSize;
}

function readResultHandler(scope: Scope): string {
  const resultHandler = readOption(scope, LISTENER.resultHandler);
  if (!HANDLER_NAMES.some((each) => each === resultHandler)) {
    const text = `${resultHandler} cannot be resolved within [${scope.section.name}]: Python modules cannot be loaded`;
    report(scope, "result_handler", text, "python-factory");
  }
  return resultHandler;
}

const LISTENER_ORDER = inOrder(LISTENER, "once", ["priority", "bufferSize", "resultHandler"]);
const LISTENER_READERS = {
  bufferSize: readBufferSize,
  resultHandler: readResultHandler,
  events: readEvents,
};

function readListenerPool(reading: Reading, section: RawSection): GroupConfig {
  const scope = openScope(reading, section, "eventlistener");
  const header = section.name;
  const name = header.slice(header.indexOf(":") + 1).trim();
  const own = readFields(scope, LISTENER, LISTENER_ORDER, LISTENER_READERS, {});
  if (readOption(scope, PROGRAM.redirectStderr)) {
    const text =
      `[${header}] section sets redirect_stderr=true but this is not allowed because it will ` +
      "interfere with the eventlistener protocol";
    report(scope, "redirect_stderr", text, "combination");
  }
  const processes = readProcesses(reading, section, name);
  return { kind: "eventlistener", name, processes, origin: originOf(section), ...own };
}

function readFcgiGroup(reading: Reading, section: RawSection): GroupConfig | null {
  const scope = openScope(reading, section, "fcgi-program");
  const name = readSectionName(scope);
  const priority = readOption(scope, PROGRAM.priority);
  const socket = readSocket(reading, section);
  const processes = readProcesses(reading, section, name);
  if (socket === null) return null;
  const origin = originOf(section);
  return { kind: "fcgi", name, priority, processes: withSocket(processes, socket), origin, socket };
}

function readSocket(reading: Reading, section: RawSection): FcgiSocketConfig | null {
  const scope = openScope(reading, section, "fcgi-program");
  const names = new Map([
    ["here", reading.here],
    ["program_name", section.name.slice(section.name.indexOf(":") + 1).trim()],
  ]);
  return readFcgiSocket(scope, openScope(reading, section, "fcgi-program", names));
}

/** Of groups with one name the first in order stays; Supervisor drops the others without a word. */
function withoutDuplicates(
  reading: Reading,
  groups: readonly GroupConfig[],
): readonly GroupConfig[] {
  const byName = new Map<string, GroupConfig>();
  for (const group of groups) {
    const first = byName.get(group.name);
    if (first === undefined) {
      byName.set(group.name, group);
      continue;
    }
    const { file, line, section } = group.origin;
    const message = `group ${group.name} exists already, from [${first.origin.section}]; this one is dropped`;
    reading.warnings.push({
      file,
      line,
      section,
      key: null,
      rule: "repeated-group",
      message,
      suggestion: "give it another name",
    });
  }
  return Array.from(byName.values());
}

/** The model says what a process sees; without the program's own variables that is the daemon's. */
function withGlobalEnvironment(
  group: GroupConfig,
  { secretVariables }: Reading,
  environment: Readonly<Record<string, string>>,
  places: Readonly<Record<string, string>>,
): GroupConfig {
  const processes = group.processes.map((process) => ({
    ...process,
    environment: { ...environment, ...process.environment },
    environmentPlaces: { ...places, ...process.environmentPlaces },
    secretVariables: [
      ...Array.from(secretVariables).filter((name) => !Object.hasOwn(process.environment, name)),
      ...process.secretVariables,
    ],
  }));
  return { ...group, processes };
}

/**
 * All groups, sorted by (priority, name).
 * @param environment of [supervisord], which every program's own goes over
 */
export function readGroups(
  reading: Reading,
  environment: Readonly<Record<string, string>>,
): readonly GroupConfig[] {
  const taken = new Set<string>();
  const isFree = (section: RawSection): boolean => !taken.has(section.name);
  const written = sectionsOf(reading, "group").map((section) => readGroup(reading, section, taken));
  const programs = sectionsOf(reading, "program").filter(isFree);
  const groups = [
    ...written,
    ...programs.map((section) => readProgramGroup(reading, section)),
    ...sectionsOf(reading, "eventlistener").map((section) => readListenerPool(reading, section)),
    ...sectionsOf(reading, "fcgi-program")
      .filter(isFree)
      .flatMap((section) => readFcgiGroup(reading, section) ?? []),
  ];
  const place = placeOf(reading.raw, "supervisord", DAEMON.environment.key);
  const places = namesAt(Object.keys(environment), place);
  const sorted = groups.sort(
    (left, right) => left.priority - right.priority || compareText(left.name, right.name),
  );
  return withoutDuplicates(reading, sorted).map((group) =>
    withGlobalEnvironment(group, reading, environment, places),
  );
}
