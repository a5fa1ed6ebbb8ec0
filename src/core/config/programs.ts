// A program section into its processes: every option, `numprocs` copies, each with its own expansions. The order of
// evaluation is Supervisor's, because it decides which of several errors is reported.

import { pyRepr } from "../base/py-repr.ts";
import { compareText } from "../base/text-order.ts";
import {
  type ChannelBasics,
  readChannel,
  readChannelBasics,
  withoutStderrLog,
} from "./channels.ts";
import type { ExpansionValue } from "./expand.ts";
import { MOST_COPIES, MOST_PROCESSES } from "./limits.ts";
import type { ProcessConfig } from "./model.ts";
import { strip } from "./py-text.ts";
import type { RawSection } from "./raw.ts";
import {
  expandIn,
  openScope,
  originOf,
  type Reading,
  rawText,
  readEnvironment,
  readOption,
  readOptional,
  readText,
  report,
  type Scope,
} from "./reading.ts";
import { maskBits, parseName } from "./values.ts";

/** What is evaluated once and is the same for all processes of a section. */
interface Shared {
  readonly template: Omit<
    ProcessConfig,
    "name" | "command" | "directory" | "environment" | "stdout" | "stderr"
  >;
  readonly numprocs: number;
  readonly numprocsStart: number;
  /** Unexpanded. */
  readonly processName: string;
  /** Unexpanded. */
  readonly environment: string;
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

/** Empty text stays: it keeps the variable from being set. */
function readServerUrl(scope: Scope): string | null {
  const url = readOptional(scope, "string", "serverurl");
  return url === null || strip(url).toUpperCase() === "AUTO" ? null : url;
}

function readProcessName(scope: Scope): string {
  const written = rawText(scope, "process_name") ?? "";
  const name = parseName(written);
  if (name.ok) return name.value;
  report(scope, "process_name", name.error, "name");
  return written.trim();
}

/** Why a section of a kind other than [program:x] cannot have a terminal. */
const NO_TERMINAL = [
  ["eventlistener:", "a terminal would change the bytes of the eventlistener protocol"],
  ["fcgi-program:", "its stdin is the FastCGI socket"],
] as const;

/** numprocs, or 1 where it is too much. */
function readCopies(scope: Scope): number {
  const numprocs = readOption(scope, "integer", "numprocs");
  const { totals } = scope.reading;
  if (numprocs > MOST_COPIES) {
    const text = `numprocs is ${numprocs}; a program has at most ${MOST_COPIES} processes`;
    report(scope, "numprocs", text, "out-of-range");
    return 1;
  }
  totals.processes += Math.max(numprocs, 0);
  if (totals.processes <= MOST_PROCESSES) return numprocs;
  const text = `this program is one too many: a configuration has at most ${MOST_PROCESSES} processes`;
  report(scope, null, text, "out-of-range");
  return 1;
}

function readTty(scope: Scope): boolean {
  const tty = readOption(scope, "boolean", "tty");
  const { name } = scope.section;
  const why = NO_TERMINAL.find(([kind]) => name.startsWith(kind))?.[1];
  if (tty && why !== undefined) {
    const text = `[${name}] section sets tty=true but this is not allowed because ${why}`;
    report(scope, "tty", text, "combination");
  }
  return tty;
}

function readShared(scope: Scope, programName: string): Shared {
  const priority = readOption(scope, "integer", "priority");
  const autostart = readOption(scope, "boolean", "autostart");
  const autorestart = readOption(scope, "autorestart", "autorestart");
  const startSecs = readOption(scope, "integer", "startsecs");
  const startRetries = readOption(scope, "integer", "startretries");
  const stopSignal = readOption(scope, "signal", "stopsignal");
  const stopWaitSecs = readOption(scope, "integer", "stopwaitsecs");
  const stopAsGroup = readOption(scope, "boolean", "stopasgroup");
  const killAsGroup = readOptional(scope, "boolean", "killasgroup") ?? stopAsGroup;
  const exitCodes = readOption(scope, "exit codes", "exitcodes");
  const tty = readTty(scope);
  const redirectStderr = readOption(scope, "boolean", "redirect_stderr") || tty;
  const numprocs = readCopies(scope);
  const numprocsStart = readOption(scope, "integer", "numprocs_start");
  const environment = rawText(scope, "environment") ?? "";
  const stdout = readChannelBasics(scope, "stdout");
  const stderr = readChannelBasics(scope, "stderr");
  const serverUrl = readServerUrl(scope);
  const uid = readOptional(scope, "user", "user");
  const user = uid === null ? null : readText(scope, "user");
  const umask = readOptional(scope, "octal", "umask");
  const processName = readProcessName(scope);
  if (numprocs > 1 && !processName.includes("%(process_num)")) {
    const text = "%(process_num) must be present within process_name when numprocs > 1";
    report(scope, "process_name", text, "combination");
  }
  if (stopAsGroup && !killAsGroup) {
    const text = "Cannot set stopasgroup=true and killasgroup=false";
    report(scope, "killasgroup", text, "combination");
  }
  const template = {
    programName,
    priority,
    autostart,
    autorestart,
    startSecs,
    startRetries,
    stopSignal,
    stopWaitSecs,
    stopAsGroup,
    killAsGroup,
    exitCodes,
    redirectStderr,
    tty,
    serverUrl,
    uid,
    user,
    umask: umask === null ? null : maskBits(umask),
    fcgiSocket: null,
    origin: originOf(scope.section),
  };
  return { template, numprocs, numprocsStart, processName, environment, stdout, stderr };
}

/** Reads what varies from process to process. `names` receives the variables of its environment. */
function readProcess(
  scope: Scope,
  shared: Shared,
  names: Map<string, ExpansionValue>,
): ProcessConfig {
  const { section } = scope;
  const own = readEnvironment(scope, shared.environment);
  for (const [key, value] of Object.entries(own)) names.set(`ENV_${key}`, value);
  const directory = readOptional(scope, "string", "directory");
  const stdout = readChannel(scope, "stdout", shared.stdout);
  const stderr = readChannel(scope, "stderr", shared.stderr);
  const { redirectStderr, tty } = shared.template;
  const why = tty ? "tty=true, so that there is one stream," : "redirect_stderr=true";
  const log = redirectStderr ? withoutStderrLog(scope, stderr, why) : stderr;
  const command = readText(scope, "command");
  if (command === null) {
    const text = `program section ${section.name} does not specify a command`;
    report(scope, "command", text, "missing-option");
  }
  const name = expandIn(scope, "process_name", shared.processName, "process_name");
  return {
    ...shared.template,
    name: name ?? shared.processName,
    command: command ?? "",
    directory,
    environment: own,
    stdout,
    stderr: log,
  };
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
      message: `${lost} of ${processes.length} processes have the name of another one and are dropped`,
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
  const suffix = ` in section ${pyRepr(section.name)} (file: ${pyRepr(section.file)})`;
  // Of a listener too the process has a program's default priority; only its pool has another.
  const scope: Scope = { ...openScope(reading, section, "program", names), suffix };
  const programName = readSectionName(scope);
  names.set("program_name", programName);
  const problems = reading.problems.length;
  const shared = readShared(scope, programName);
  const processes: ProcessConfig[] = [];
  for (let index = 0; index < shared.numprocs; index += 1) {
    names.set("process_num", shared.numprocsStart + index);
    names.set("numprocs", shared.numprocs);
    // The daemon's names win here, over those that the environment of an earlier process left behind.
    for (const key of names.keys()) if (reading.environ.has(key)) names.delete(key);
    processes.push(readProcess(scope, shared, names));
    // The copies would only repeat what is wrong with this one.
    if (reading.problems.length > problems) break;
  }
  processes.sort((left, right) => compareText(left.name, right.name));
  return withoutDuplicates(scope, processes);
}
