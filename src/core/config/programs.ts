// A program section into its processes: every option, `numprocs` copies, each with its own expansions. The order of
// evaluation is Supervisor's, because it decides which of several errors is reported.

import { compareText } from "../base/printable.ts";
import {
  type ChannelBasics,
  readChannel,
  readChannelBasics,
  withoutStderrLog,
} from "./channels.ts";
import { whyNotForHealth } from "./check-target.ts";
import type { ExpansionValue } from "./expand.ts";
import { type FieldsOf, inOrder, type Readers, readFields } from "./fields.ts";
import type { ProcessConfig } from "./model.ts";
import { PROGRAM } from "./options/program.ts";
import { READERS } from "./program-readers.ts";
import type { RawSection } from "./raw.ts";
import {
  expandIn,
  namesAt,
  openScope,
  originOf,
  placeOf,
  type Reading,
  rawText,
  readEnvironment,
  readText,
  report,
  type Scope,
  sectionSuffix,
} from "./reading.ts";
import { parseName } from "./values.ts";

/** Of a section and of no process. */
const COPIES = ["numprocs", "numprocsStart"] as const;
/** Fields in Supervisor's order; those of options that it lacks come last. COPIES and channels are read in between. */
const BEFORE_CHANNELS = [
  ...(["priority", "autostart", "autorestart", "startSecs", "startRetries"] as const),
  ...(["stopSignal", "stopWaitSecs", "stopAsGroup", "killAsGroup", "exitCodes"] as const),
  "redirectStderr",
] as const;
const AFTER_CHANNELS = inOrder(
  PROGRAM,
  "once",
  ["serverUrl", "uid", "umask"],
  [...BEFORE_CHANNELS, ...COPIES],
);
const EACH_BEFORE_CHANNELS = ["environment", "directory"] as const;
const EACH_AFTER_CHANNELS = inOrder(PROGRAM, "each", ["command", "name"], EACH_BEFORE_CHANNELS);
type Each = FieldsOf<typeof PROGRAM, "each">;

/** Of most programs: one for all of them. */
const NOTHING: Readonly<Record<string, string>> = {};

/** They are about programs that are to stay up. */
const NOT_FOR_ONESHOT = ["readyCheck", "healthCheck", "maxMemory", "maxAge"] as const;

/** What is evaluated once and is the same for all processes of a section. */
interface Shared {
  readonly template: Omit<ProcessConfig, Each | "stdout" | "stderr">;
  readonly numprocs: number;
  readonly numprocsStart: number;
  /** Unexpanded. */
  readonly processName: string;
  readonly stdout: ChannelBasics;
  readonly stderr: ChannelBasics;
}

/** The name in a header, `x` in `[program:x]`; a bad one is recorded. */
export function readSectionName(scope: Scope): string {
  const written = scope.section.name.slice(scope.section.name.indexOf(":") + 1);
  const name = parseName(written);
  if (name.ok) return name.value;
  report(scope, null, name.error, "name");
  return written.trim();
}

function readProcessName(scope: Scope): string {
  const written = rawText(scope, PROGRAM.name);
  const name = parseName(written);
  if (name.ok) return name.value;
  report(scope, "process_name", name.error, "name");
  return written.trim();
}

function readShared(scope: Scope, programName: string): Shared {
  const values = readFields(scope, PROGRAM, BEFORE_CHANNELS, READERS, {});
  const { numprocs, numprocsStart } = readFields(scope, PROGRAM, COPIES, READERS, {});
  const stdout = readChannelBasics(scope, "stdout");
  const stderr = readChannelBasics(scope, "stderr");
  const options = readFields(scope, PROGRAM, AFTER_CHANNELS, READERS, values);
  const user = options.uid === null ? null : readText(scope, PROGRAM.uid);
  const processName = readProcessName(scope);
  if (numprocs > 1 && !processName.includes("%(process_num)")) {
    const text = "%(process_num) must be present within process_name when numprocs > 1";
    report(scope, "process_name", text, "combination");
  }
  if (options.stopAsGroup && !options.killAsGroup) {
    const text = "Cannot set stopasgroup=true and killasgroup=false";
    report(scope, "killasgroup", text, "combination");
  }
  const template = {
    ...options,
    programName,
    redirectStderr: options.redirectStderr || options.tty,
    user,
    fcgiSocket: null,
    shown: NOTHING,
    environmentPlaces: NOTHING,
    secretVariables: [],
    origin: originOf(scope.section),
  };
  return { template, numprocs, numprocsStart, processName, stdout, stderr };
}

/** What varies from process to process. `names` receives the variables of its environment. */
function eachReaders(
  names: Map<string, ExpansionValue>,
  processName: string,
): Readers<typeof PROGRAM, Each> {
  return {
    environment(scope) {
      const own = readEnvironment(scope, rawText(scope, PROGRAM.environment));
      for (const [key, value] of Object.entries(own)) names.set(`ENV_${key}`, value);
      return own;
    },
    command(scope) {
      const command = readText(scope, PROGRAM.command);
      if (command === null) {
        const text = `program section ${scope.section.name} does not specify a command`;
        report(scope, "command", text, "missing-option");
      }
      return command ?? "";
    },
    name: (scope) => expandIn(scope, "process_name", processName, "process_name") ?? processName,
  };
}

function readProcess(
  scope: Scope,
  shared: Shared,
  readers: Readers<typeof PROGRAM, Each>,
): ProcessConfig {
  const values = { ...shared.template };
  const before = readFields(scope, PROGRAM, EACH_BEFORE_CHANNELS, readers, values);
  const stdout = readChannel(scope, "stdout", shared.stdout);
  const stderr = readChannel(scope, "stderr", shared.stderr);
  const { redirectStderr, tty } = values;
  const why = tty ? "tty=true, so that there is one stream," : "redirect_stderr=true";
  const log = redirectStderr ? withoutStderrLog(scope, stderr, why) : stderr;
  const options = readFields(scope, PROGRAM, EACH_AFTER_CHANNELS, readers, before);
  if (options.type === "oneshot") {
    for (const field of NOT_FOR_ONESHOT) {
      if (options[field] === null) continue;
      const { key } = PROGRAM[field];
      const text = `${key} is not for type=oneshot, which is done when it exits`;
      report(scope, key, text, "combination");
    }
  }
  const { readyCheck, healthCheck } = options;
  const unfit = healthCheck === null ? null : whyNotForHealth(healthCheck);
  if (healthCheck?.kind === "notify" && readyCheck?.kind === "fd") {
    report(scope, "health_check", "health_check=notify cannot be combined with ready_check=fd:N");
  }
  if (unfit !== null) report(scope, "health_check", unfit);
  const shown = scope.shown?.size ? Object.fromEntries(scope.shown) : NOTHING;
  const written = placeOf(scope.reading.raw, scope.section.name, PROGRAM.environment.key);
  const environmentPlaces = namesAt(Object.keys(options.environment), written);
  const secretVariables = Array.from(scope.secretVariables);
  return { ...options, stdout, stderr: log, shown, environmentPlaces, secretVariables };
}

/** Of two processes with one name the last definition counts, at the place of the first; Supervisor is silent on it. */
function withoutDuplicates(
  scope: Scope,
  processes: readonly ProcessConfig[],
): readonly ProcessConfig[] {
  const byName = new Map<string, ProcessConfig>();
  for (const process of processes) byName.set(process.name, process);
  if (byName.size < processes.length) {
    const lost = processes.length - byName.size;
    const { section } = scope;
    scope.reading.warnings.push({
      file: section.file,
      line: section.line,
      section: section.name,
      key: "process_name",
      rule: "repeated-process",
      message: `${lost} of ${processes.length} processes have a duplicate name and are dropped`,
      suggestion: "use %(process_num)s in process_name, so that each name differs",
    });
  }
  return Array.from(byName.values());
}

/**
 * The processes of a program, FastCGI program or event listener section, sorted by name as Supervisor sorts them.
 * @param groupName the group they run in, the section's own or that of a [group:x]
 */
export function readProcesses(
  reading: Reading,
  section: RawSection,
  groupName: string,
): readonly ProcessConfig[] {
  const names = new Map<string, ExpansionValue>([
    ["here", reading.here],
    ["host_node_name", reading.world.hostName],
    ["group_name", groupName],
  ]);
  // Of a listener too the process has a program's default priority; only its pool has another.
  const shown = new Map<string, string>();
  const scope: Scope = {
    ...openScope(reading, section, "program", names),
    suffix: sectionSuffix(section),
    shown,
  };
  const programName = readSectionName(scope);
  names.set("program_name", programName);
  const problems = reading.problems.length;
  const shared = readShared(scope, programName);
  const readers = eachReaders(names, shared.processName);
  const processes: ProcessConfig[] = [];
  for (let index = 0; index < shared.numprocs; index += 1) {
    names.set("process_num", shared.numprocsStart + index);
    names.set("numprocs", shared.numprocs);
    // The daemon's names win here, over those that the environment of an earlier process left behind.
    for (const key of names.keys()) if (reading.environ.has(key)) names.delete(key);
    processes.push(readProcess(scope, shared, readers));
    // The copies would only repeat what is wrong with this one.
    if (reading.problems.length > problems) break;
  }
  processes.sort((left, right) => compareText(left.name, right.name));
  return withoutDuplicates(scope, processes);
}
