// Explains one program from the daemon's history, the end of its log, and the findings of checks.

import { closest, numberedNames } from "../../core/base/edit-distance.ts";
import { displayName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { dirname } from "../../core/config/paths.ts";
import { cgroupDirectory, isProgramCgroup } from "../../core/process/cgroup-place.ts";
import { limitCounts, limitTexts } from "../../core/process/reached-limits.ts";
import { describeState } from "../../core/why/describe-state.ts";
import { limitNotes } from "../../core/why/explanation.ts";
import { lastClue, shownOutput } from "../../core/why/last-output.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import { type WaitedFor, waitingChain } from "../../core/why/waiting-chain.ts";
import type { ListedCheck } from "../checks/check.ts";
import { examineHost } from "../checks/examine.ts";
import { START_CHECKS } from "../checks/programs/failures.ts";
import { readConfig } from "../facts/access.ts";
import type { DoctorFacts, KnownProcess, ProgramStatus } from "../facts/doctor-facts.ts";
import { lastOutputs } from "../facts/last-output.ts";
import type { Probe } from "../facts/probe.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { adviceFor } from "./advice.ts";
import { describeKill } from "./memory.ts";
import type { Explanation } from "./model.ts";

/** All processes of the daemon and the configuration. */
export function knownProcesses(facts: DoctorFacts): readonly KnownProcess[] {
  const active = (facts.programs ?? []).map(({ group, name }) => ({ group, name }));
  const written = (readConfig(facts)?.groups ?? []).flatMap(({ name: group, processes }) =>
    processes.map(({ name }) => ({ group, name })),
  );
  const byName = new Map([...active, ...written].map((one) => [`${one.group}:${one.name}`, one]));
  return [...byName.values()];
}

/** @param checks those that examine single programs */
export function explain(
  process: KnownProcess,
  facts: DoctorFacts,
  checks: readonly ListedCheck[],
): Explanation {
  const isThis = isProcess(process);
  const status = facts.programs?.find(isThis) ?? null;
  const history = facts.histories?.find(isThis) ?? null;
  const last = history?.runs.at(-1);
  const config = readConfig(facts);
  const written = config === null ? null : writtenProcess(config, process);
  const diagnosis = examineHost(checks, onlyThis(facts, process));
  const waitsFor = waitedFor(process, config, facts);
  const outputs = lastOutputs(written, wasExecuted(history) ? status : null, history, facts.probe);
  const findings = relevant(diagnosis, status, { history, isWaiting: waitsFor.length > 0 });
  const isRejected = findings.some(
    ({ severity, code }) => severity === "error" && OF_START.has(code),
  );
  const found = isRejected ? null : lastClue(outputs, status, history);
  const daemonPid = facts.daemon?.pid ?? null;
  const { bootedMs } = facts.host;
  const known = {
    ...process,
    state: status?.state ?? null,
    history,
    output: found?.output ?? shownOutput(outputs),
    clue: found?.clue ?? null,
    kill: last === undefined ? null : describeKill(last, { daemonPid, bootedMs }, facts.probe),
    waitsFor,
    findings,
    unknown: diagnosis.unknown.map(({ what }) => what),
  };
  const label = displayName(process.group, process.name);
  return {
    ...known,
    summary: summaryOf(status, history, facts),
    notes: [
      ...notesOf(facts, status, config === null || written !== null),
      ...limitNotes(history, written),
      ...cgroupNotes(history, facts.probe),
    ],
    advice: adviceFor({ ...known, label, written }, facts),
  };
}

function isProcess({ group, name }: KnownProcess): (one: KnownProcess) => boolean {
  return (one) => one.group === group && one.name === name;
}

function waitedFor(
  process: KnownProcess,
  config: Config | null,
  { programs }: DoctorFacts,
): readonly WaitedFor[] {
  const all = (config?.groups ?? []).flatMap(({ name: group, processes }) =>
    processes.map((one) => ({ group, name: one.name, config: one })),
  );
  const own = all.find(isProcess(process));
  if (own === undefined) return [];
  return waitingChain(own, all, (one) => programs?.find(isProcess(one)) ?? null);
}

/** Whether it may have logs: a program that was never executed has none. */
function wasExecuted(history: ProgramHistory | null): boolean {
  return (
    history === null ||
    history.pid !== 0 ||
    history.runs.length < history.total ||
    history.runs.some(({ ending }) => ending !== "not-spawned")
  );
}

/** The facts as if the host had only this program. */
function onlyThis(facts: DoctorFacts, process: KnownProcess): DoctorFacts {
  const isThis = isProcess(process);
  const { config, programs, histories, pools } = facts;
  const read = readConfig(facts);
  const own = read === null ? null : narrowed(read, process);
  // Programs that have nothing to do with this process.
  const others = new Set(read === null ? [] : sectionsOf(read));
  for (const section of own === null ? [] : sectionsOf(own)) others.delete(section);
  return {
    ...facts,
    config: {
      ...config,
      daemon: own === null ? config.daemon : { ok: true, value: own },
      problems: config.problems.filter(({ section }) => !others.has(section)),
    },
    programs: programs?.filter(isThis) ?? null,
    everyProgram: programs,
    histories: histories?.filter(isThis) ?? null,
    pools: pools?.filter(({ name }) => name === process.group) ?? null,
  };
}

function sectionsOf({ groups }: Config): readonly (string | null)[] {
  return groups.flatMap(({ processes }) => processes.map(({ origin }) => origin.section));
}

function writtenProcess(config: Config, process: KnownProcess): ProcessConfig | null {
  return narrowed(config, process).groups[0]?.processes[0] ?? null;
}

function narrowed(config: Config, { group, name }: KnownProcess): Config {
  const groups = config.groups.flatMap((one) => {
    const processes = one.processes.filter((process) => process.name === name);
    return one.name === group && processes.length > 0 ? [{ ...one, processes }] : [];
  });
  return { ...config, groups };
}

/** The limits of its cgroup that a program has reached in its present run; the activity log has those of others. */
function cgroupNotes(history: ProgramHistory | null, probe: Probe): readonly string[] {
  const textOf = (path: string): string => probe.readText(path) ?? "";
  if (history === null || history.pid === 0) return [];
  const mounts = textOf("/proc/self/mountinfo");
  const directory = cgroupDirectory(textOf(`/proc/${history.pid}/cgroup`), mounts);
  if (directory === null || !isProgramCgroup(directory, dirname(directory))) return [];
  return limitTexts(limitCounts((file) => textOf(`${directory}/${file}`)));
}

/** What keeps it from being executed: its output says the same, or is of an earlier run. */
const OF_START: ReadonlySet<string> = new Set(START_CHECKS.map(({ code }) => code));

/** What happens when a program is stopped. */
const OF_STOPS: ReadonlySet<string> = new Set(["PROG-011", "PROG-013"]);

/**
 * The findings that explain the state, without notes; findings about logs if a log is the cause, or its output is lost, and
 * about stops if it was stopped. Warnings do not explain why a program waits for others.
 */
function relevant(
  { findings }: Diagnosis,
  status: ProgramStatus | null,
  { history, isWaiting }: { readonly history: ProgramHistory | null; readonly isWaiting: boolean },
): readonly CodedFinding[] {
  const wasStopped =
    history === null ||
    history.state === "STOPPING" ||
    history.runs.some(({ ending }) => ending === "stopped");
  const isLog = status?.spawnError.includes("making dispatchers") === true;
  return findings.flatMap((finding) => {
    const { severity, area, code, repair } = finding;
    const isAside = (area === "config" || (area === "logs" && !isLog)) && severity !== "error";
    if (severity === "info" || code === "PROG-009" || isAside) return [];
    if ((isWaiting && severity !== "error") || (OF_STOPS.has(code) && !wasStopped)) return [];
    // Without the command that is already running.
    const commands = repair.commands.filter((command) => !command.startsWith("tsv why "));
    return [{ ...finding, repair: { ...repair, commands } }];
  });
}

function summaryOf(
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  facts: DoctorFacts,
): string {
  if (history !== null) return describeState(history);
  if (status === null) {
    if (facts.programs !== null) return "The daemon does not know this program.";
    return isDown(facts)
      ? "No daemon runs, so nothing supervises it."
      : "The daemon could not be queried, so the state is unknown.";
  }
  const { state, spawnError, description, exitStatus } = status;
  const why = spawnError === "" ? "" : `: ${printable(spawnError)}`;
  const exit = state === "EXITED" ? `, with exit status ${exitStatus}` : "";
  return `It is ${state}${exit}${why}${why === "" && description !== "" ? ` (${printable(description)})` : ""}.`;
}

/** Nothing listens at any of the addresses, and no process looks like the daemon. */
function isDown({ daemon, servers }: Pick<DoctorFacts, "daemon" | "servers">): boolean {
  return daemon === null && servers.every(({ kind }) => kind === "missing" || kind === "refused");
}

/** Why the daemon says nothing about its programs. */
function silenceOf(servers: DoctorFacts["servers"], daemon: DoctorFacts["daemon"]): string {
  const answering = servers.find(({ kind }) => kind === "answers");
  if (answering !== undefined) {
    return `a daemon answers at ${answering.url}, but it knows no requests about programs: its configuration has no [rpcinterface:supervisor]`;
  }
  const [server] = servers;
  const why = server === undefined ? "" : ` (${server.url}: ${server.kind}, ${server.detail})`;
  return daemon === null
    ? `no daemon answers${why}`
    : `a daemon runs (pid ${daemon.pid}) but does not answer${why}`;
}

function notesOf(
  { config, programs, servers, histories, daemon, daemons }: DoctorFacts,
  status: ProgramStatus | null,
  isWritten: boolean,
): readonly string[] {
  const notes: string[] = [];
  for (const other of daemons) {
    // The program may belong to the other daemon.
    if (daemon !== null && other.pid !== daemon.pid && config.chosenBy !== "option") {
      notes.push(
        `this daemon: pid ${daemon.pid}, with ${config.path}; another daemon runs: pid ${other.pid}${other.config === null ? "" : `, with ${other.config} (use -c)`}`,
      );
    }
  }
  if (programs === null) {
    notes.push(`${silenceOf(servers, daemon)}; this is explained from the configuration and files`);
  } else if (histories === null) {
    notes.push(
      "this daemon does not record the runs of its programs: it is not tsv, or an older version",
    );
  }
  if (
    config.daemon?.ok === false &&
    !config.problems.some(({ severity }) => severity === "error")
  ) {
    notes.push(`the configuration cannot be read: ${printable(config.daemon.error.text)}`);
  }
  if (programs !== null && status === null) {
    notes.push("it is in the configuration, but not in the daemon; tsv update adds it");
  }
  if (status !== null && !isWritten) {
    notes.push("it is in the daemon, but no longer in the configuration; tsv update removes it");
  }
  return notes;
}

/** The process of a name, "web", "pool:a", or a group with only one process; otherwise the problem, and the most similar name. */
export function findNamed(
  given: string,
  known: readonly KnownProcess[],
): KnownProcess | { readonly problem: string; readonly near: string | null } {
  const shown = ({ group, name }: KnownProcess): string => displayName(group, name);
  const some = (names: readonly string[], most: number): string =>
    `${names.slice(0, most).join(", ")}${names.length > most ? ", …" : ""}`;
  const exact = known.find((one) => shown(one) === given || `${one.group}:${one.name}` === given);
  if (exact !== undefined) return exact;
  const group = given.replace(/:\*?$/, "");
  const members = known.filter((one) => one.group === group);
  const [member] = members;
  if (members.length === 1 && member !== undefined) return member;
  if (members.length > 1) {
    const names = some(members.map(shown), 5);
    const problem = `${given} is a group of ${members.length} programs; name one of them: ${names}`;
    return { problem, near: null };
  }
  // The group may be omitted.
  const alone = known.filter(({ name }) => name === given);
  const [only] = alone;
  if (alone.length === 1 && only !== undefined) return only;
  if (alone.length > 1) {
    return { problem: `${given} is ambiguous: ${some(alone.map(shown), 5)}`, near: null };
  }
  const numbered = numberedNames(given, known.map(shown));
  if (numbered.length > 1) {
    const problem = `the programs of ${given} are ${some(numbered, 5)}; name one of them`;
    return { problem, near: null };
  }
  const near = numbered[0] ?? closest(given, known.map(shown));
  const all = `known ${known.length === 1 ? "program" : "programs"}: ${some(known.map(shown), 8)}`;
  const hint = near !== null ? "" : `; ${known.length === 0 ? "there are no programs" : all}`;
  return { problem: `there is no program ${given}${hint}`, near };
}
