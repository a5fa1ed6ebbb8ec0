// Groups: those in the file, then one for each program, event listener and FastCGI program that belongs to none. Programs
// that are added at run time join one of them.

import { compareText } from "../base/printable.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { HANDLER_NAMES } from "../events/listener-protocol.ts";
import { EVENT_TYPES } from "../events/types.ts";
import { inOrder, readFields } from "./fields.ts";
import type {
  Config,
  ConfigError,
  ConfigNotice,
  GroupConfig,
  ProcessConfig,
  SocketConfig,
} from "./model.ts";
import { DAEMON } from "./options/daemon.ts";
import { FCGI, GROUP, LISTENER } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";
import { resolvePath } from "./paths.ts";
import { readProcesses, readSectionName } from "./programs.ts";
import { madeSection, type RawSection, rawOf, sectionsWith, warnAt } from "./raw.ts";
import {
  createReading,
  namesAt,
  notice,
  openScope,
  originOf,
  placeOf,
  type Reading,
  readOption,
  readText,
  report,
  type Scope,
} from "./reading.ts";
import { SOCKET_MODE, usualOwner } from "./sockets.ts";
import { parsePort } from "./values.ts";
import type { ConfigWorld } from "./world.ts";

/** Finds the section that a `programs=` item means. */
function findMember(scope: Scope, program: string): RawSection | null {
  const { sections } = scope.reading.raw;
  const ordinary = sections.get(`program:${program}`);
  const fcgi = sections.get(`fcgi-program:${program}`);
  if ((ordinary === undefined) !== (fcgi === undefined)) return ordinary ?? fcgi ?? null;
  const why =
    ordinary === undefined
      ? `names unknown program or fcgi-program ${program}`
      : `name ${program} is ambiguous (exists as program and fcgi-program)`;
  report(scope, "programs", `[${scope.section.name}] ${why}`, "unknown-program");
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
  const shown = new Map<string, string>();
  const socket = readSocket(apart, section, shown);
  if (socket !== null) return withOwnOptions(processes, shown, socket);
  const why = apart.problems[0]?.text ?? "it has no socket";
  const text = `[${section.name}] in [group:${groupName}] runs without its FastCGI socket: ${why}`;
  notice(reading, { level: "CRIT", text });
  return processes;
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
    if (EVENT_TYPES.some((type) => type === name)) continue;
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
  const shown = new Map<string, string>();
  const scope = { ...openScope(reading, section, "eventlistener"), shown };
  const header = section.name;
  const name = header.slice(header.indexOf(":") + 1).trim();
  const own = readFields(scope, LISTENER, LISTENER_ORDER, LISTENER_READERS, {});
  if (readOption(scope, PROGRAM.redirectStderr)) {
    const text =
      `[${header}] section sets redirect_stderr=true but this is not allowed because it will ` +
      "interfere with the eventlistener protocol";
    report(scope, "redirect_stderr", text, "combination");
  }
  const processes = withOwnOptions(readProcesses(reading, section, name), shown);
  return { kind: "eventlistener", name, processes, origin: originOf(section), ...own };
}

function readFcgiGroup(reading: Reading, section: RawSection): GroupConfig | null {
  const scope = openScope(reading, section, "fcgi-program");
  const name = readSectionName(scope);
  const priority = readOption(scope, PROGRAM.priority);
  const shown = new Map<string, string>();
  const socket = readSocket(reading, section, shown);
  const own = readProcesses(reading, section, name);
  if (socket === null) return null;
  const processes = withOwnOptions(own, shown, socket);
  return { kind: "fcgi", name, priority, processes, origin: originOf(section), socket };
}

const TCP = /^tcp:\/\/([^\s:]+):(\d+)$/;

type SocketOptions = Pick<SocketConfig, "backlog" | "owner" | "mode">;

function parseSocket(
  scope: Scope,
  url: string,
  { backlog, owner, mode }: SocketOptions,
  uid: number | null,
): Result<SocketConfig, string> {
  const { world } = scope.reading;
  if (url.startsWith("unix://")) {
    const written = url.slice("unix://".length);
    if (!written.startsWith("/"))
      return err(`Unix socket path ${pyRepr(written)} is not an absolute path`);
    const path = resolvePath(written, world);
    const address = { kind: "unix", path } as const;
    const made = { owner: owner ?? usualOwner(uid, world), mode: mode ?? SOCKET_MODE };
    return ok({ url: `unix://${path}`, address, backlog, ...made });
  }
  if (owner !== null || mode !== null) {
    return err("socket_owner and socket_mode params should only be used with a Unix domain socket");
  }
  const [, host, portText] = TCP.exec(url) ?? [];
  if (host === undefined || portText === undefined) return err(`Bad socket format ${pyRepr(url)}`);
  const port = parsePort(portText);
  if (!port.ok) return port;
  const address = { kind: "tcp", host: host.toLowerCase(), port: port.value } as const;
  return ok({ url: `tcp://${address.host}:${address.port}`, address, backlog, owner, mode });
}

/** @param shown the options that programs of other kinds lack, as `shown` of ProcessConfig */
function withOwnOptions(
  processes: readonly ProcessConfig[],
  shown: ReadonlyMap<string, string>,
  fcgiSocket: SocketConfig | null = null,
): readonly ProcessConfig[] {
  const own = Object.fromEntries(shown);
  return processes.map((process) => {
    const { shown: ofProgram } = process;
    return {
      ...process,
      fcgiSocket,
      shown: shown.size === 0 ? ofProgram : { ...ofProgram, ...own },
    };
  });
}

/**
 * The socket of a FastCGI program, in Supervisor's order.
 * @param shown receives its options, as in a Scope
 */
function readSocket(
  reading: Reading,
  section: RawSection,
  shown: Map<string, string>,
): SocketConfig | null {
  const before = reading.problems.length;
  const scope = { ...openScope(reading, section, "fcgi-program"), shown };
  const uid = readOption(scope, PROGRAM.uid);
  const backlog = readOption(scope, FCGI.backlog);
  if (backlog !== null && (backlog < 1 || backlog > 0xffff))
    report(scope, "socket_backlog", `Invalid socket_backlog value ${backlog}`);
  const owner = readOption(scope, FCGI.owner);
  const mode = readOption(scope, FCGI.mode);
  // Of its options `socket` alone may contain the name of the program.
  const programName = section.name.slice(section.name.indexOf(":") + 1).trim();
  const names = new Map([
    ["here", reading.here],
    ["program_name", programName],
  ]);
  const url = readText({ ...scope, names }, FCGI.url);
  if (url === null || url === "") {
    report(scope, "socket", `[${section.name}] section requires a "socket" line`, "missing-option");
    return null;
  }
  const socket = parseSocket(scope, url, { backlog, owner, mode }, uid);
  if (socket.ok) return reading.problems.length > before ? null : socket.value;
  report(scope, "socket", `${socket.error} in [${section.name}] socket`);
  return null;
}

/** Of groups with one name the first in order stays; Supervisor drops the others silently. */
function withoutDuplicates(
  { raw, warnings }: Reading,
  groups: readonly GroupConfig[],
): readonly GroupConfig[] {
  const byName = new Map<string, GroupConfig>();
  for (const group of groups) {
    const { name, origin } = group;
    const first = byName.get(name);
    const section = raw.sections.get(origin.section);
    if (first === undefined) byName.set(name, group);
    else if (section !== undefined) {
      const message = `group ${name} exists already, from [${first.origin.section}]; this one is dropped`;
      const suggestion = "give it another name";
      warnings.push(warnAt(section, null, { rule: "repeated-group", message, suggestion }));
    }
  }
  return Array.from(byName.values());
}

/** The variables of [supervisord], which every program gets under its own. */
interface DaemonEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** Where each is written: FILE:LINE. */
  readonly places: Readonly<Record<string, string>>;
  readonly secretVariables: Iterable<string>;
}

function withDaemonEnvironment(
  process: ProcessConfig,
  { environment, places, secretVariables }: DaemonEnvironment,
): ProcessConfig {
  const secrets = Array.from(secretVariables).filter(
    (name) => !Object.hasOwn(process.environment, name),
  );
  return {
    ...process,
    environment: { ...environment, ...process.environment },
    environmentPlaces: { ...places, ...process.environmentPlaces },
    secretVariables: [...secrets, ...process.secretVariables],
  };
}

/**
 * All groups, sorted by (priority, name).
 * @param environment of [supervisord]
 */
export function readGroups(
  reading: Reading,
  environment: Readonly<Record<string, string>>,
): readonly GroupConfig[] {
  const sections = (kind: string) => sectionsWith(reading.raw, `${kind}:`);
  const taken = new Set<string>();
  const isFree = (section: RawSection): boolean => !taken.has(section.name);
  const written = sections("group").map((section) => readGroup(reading, section, taken));
  const groups = [
    ...written,
    ...sections("program")
      .filter(isFree)
      .map((section) => readProgramGroup(reading, section)),
    ...sections("eventlistener").map((section) => readListenerPool(reading, section)),
    ...sections("fcgi-program")
      .filter(isFree)
      .flatMap((section) => readFcgiGroup(reading, section) ?? []),
  ];
  const place = placeOf(reading.raw, "supervisord", DAEMON.environment.key);
  const places = namesAt(Object.keys(environment), place);
  const ofDaemon = { environment, places, secretVariables: reading.secretVariables };
  const sorted = groups.sort(
    (left, right) => left.priority - right.priority || compareText(left.name, right.name),
  );
  return withoutDuplicates(reading, sorted).map((group) => ({
    ...group,
    processes: group.processes.map((process) => withDaemonEnvironment(process, ofDaemon)),
  }));
}

/** The file in messages about a program that is added at run time. */
const ADDED = "(added at run time)";

/** A program that is added at run time, from a struct of options instead of a section of a file. */
export interface ProgramStruct {
  /** The group it is to run in. */
  readonly group: string;
  /** `x` of the `[program:x]` that it would be in a file. */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface StructPrograms {
  readonly processes: readonly ProcessConfig[];
  readonly notices: readonly ConfigNotice[];
}

/** Reads a program with all rules of the file; `config` gives it its directory and the daemon's environment. */
export function readProgramStruct(
  program: ProgramStruct,
  { daemon }: Pick<Config, "daemon">,
  world: ConfigWorld,
): Result<StructPrograms, ConfigError> {
  const section = madeSection(`program:${program.name}`, ADDED, 0, program.options);
  const files = { configFile: daemon.configFile, here: daemon.here };
  const reading = createReading(rawOf([section]), world, files);
  for (const [name, value] of Object.entries(daemon.environment)) {
    reading.environ.set(`ENV_${name}`, value);
  }
  const places = namesAt(Object.keys(daemon.environment), daemon.configFile);
  const ofDaemon = { environment: daemon.environment, places, secretVariables: [] };
  const processes = readProcesses(reading, section, program.group).map((process) =>
    withDaemonEnvironment(process, ofDaemon),
  );
  const [problem] = reading.problems;
  return problem === undefined ? ok({ processes, notices: reading.notices }) : err(problem);
}
