// Explains one program from the daemon's history, the end of its log, and the findings of checks.

import { closest, numberedNames } from "../../core/base/edit-distance.ts";
import { displayName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { clueIn } from "../../core/why/clues.ts";
import { describeState } from "../../core/why/describe-state.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import type { ListedCheck } from "../checks/check.ts";
import { examineHost } from "../checks/examine.ts";
import { readConfig } from "../facts/access.ts";
import { lastLines } from "../facts/logs.ts";
import type { Probe } from "../facts/probe.ts";
import type { ProgramStatus, Situation } from "../facts/situation.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { adviceFor } from "./advice.ts";
import { describeKill } from "./memory.ts";
import type { Explanation, KnownProcess, LastOutput } from "./model.ts";

/** All processes of the daemon and the configuration. */
export function knownProcesses(situation: Situation): readonly KnownProcess[] {
  const active = (situation.programs ?? []).map(({ group, name }) => ({ group, name }));
  const written = (readConfig(situation)?.groups ?? []).flatMap(({ name: group, processes }) =>
    processes.map(({ name }) => ({ group, name })),
  );
  const byName = new Map([...active, ...written].map((one) => [`${one.group}:${one.name}`, one]));
  return [...byName.values()];
}

/** @param checks those that examine single programs */
export function explain(
  process: KnownProcess,
  situation: Situation,
  checks: readonly ListedCheck[],
  probe: Probe,
): Explanation {
  const isThis = (one: KnownProcess): boolean =>
    one.group === process.group && one.name === process.name;
  const status = situation.programs?.find(isThis) ?? null;
  const history = situation.histories?.find(isThis) ?? null;
  const last = history?.runs.at(-1);
  const config = readConfig(situation);
  const isWritten = config === null || narrowed(config, process).groups.length > 0;
  const diagnosis = examineHost(checks, onlyThis(situation, process), probe);
  const output = lastOutput(process, wasExecuted(history) ? status : null, config, probe);
  const known = {
    ...process,
    state: status?.state ?? null,
    history,
    output,
    clue: clueIn(output?.lines ?? []),
    kill:
      last === undefined
        ? null
        : describeKill(
            last,
            { daemonPid: situation.daemon?.pid ?? null, bootedMs: situation.host.bootedMs },
            probe,
          ),
    findings: relevant(diagnosis, status),
    unknown: diagnosis.unknown.map(({ what }) => what),
  };
  const remarks = remarksOf(situation, { status, isWritten });
  const summary = summaryOf(status, history, situation);
  return {
    ...known,
    summary,
    remarks,
    advice: adviceFor(
      {
        ...known,
        label: displayName(process.group, process.name),
        written: config === null ? null : writtenProcess(config, process),
      },
      situation,
      probe,
    ),
  };
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
function onlyThis(situation: Situation, process: KnownProcess): Situation {
  const isThis = (one: KnownProcess): boolean =>
    one.group === process.group && one.name === process.name;
  const { daemon } = situation.config;
  const others =
    daemon?.ok === true ? otherSections(daemon.value, process) : new Set<string | null>();
  return {
    ...situation,
    config: {
      ...situation.config,
      daemon: daemon?.ok === true ? { ok: true, value: narrowed(daemon.value, process) } : daemon,
      problems: situation.config.problems.filter(({ section }) => !others.has(section)),
    },
    programs: situation.programs?.filter(isThis) ?? null,
    everyProgram: situation.programs,
    histories: situation.histories?.filter(isThis) ?? null,
    pools: situation.pools?.filter(({ name }) => name === process.group) ?? null,
  };
}

/** The sections of programs that have nothing to do with this process. */
function otherSections(config: Config, process: KnownProcess): ReadonlySet<string | null> {
  const sectionsOf = ({ groups }: Config): readonly string[] =>
    groups.flatMap(({ processes }) => processes.map(({ origin }) => origin.section));
  const own = new Set(sectionsOf(narrowed(config, process)));
  return new Set(sectionsOf(config).filter((section) => !own.has(section)));
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

/** The findings that explain the state, without notes; findings about logs if a log is the cause, or its output is lost. */
function relevant({ findings }: Diagnosis, status: ProgramStatus | null): readonly CodedFinding[] {
  const isLog = status?.spawnError.includes("making dispatchers") === true;
  return findings
    .filter(
      ({ severity, area, code }) =>
        severity !== "info" &&
        code !== "PROG-009" &&
        (area !== "logs" || isLog || severity === "error"),
    )
    .map(withoutWhy);
}

/** Without the command that is already running. */
function withoutWhy(finding: CodedFinding): CodedFinding {
  const commands = finding.repair.commands.filter((command) => !command.startsWith("tsv why "));
  return { ...finding, repair: { ...finding.repair, commands } };
}

function summaryOf(
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  situation: Situation,
): string {
  if (history !== null) return describeState(history);
  if (status === null) {
    if (situation.programs !== null) return "The daemon does not know this program.";
    return isDown(situation)
      ? "No daemon runs, so nothing supervises it."
      : "The daemon could not be queried, so the state is unknown.";
  }
  const { state, spawnError, description, exitStatus } = status;
  const why = spawnError === "" ? "" : `: ${printable(spawnError)}`;
  const exit = state === "EXITED" ? `, with exit status ${exitStatus}` : "";
  return `It is ${state}${exit}${why}${why === "" && description !== "" ? ` (${printable(description)})` : ""}.`;
}

/** Nothing listens at any of the addresses, and no process looks like the daemon. */
function isDown({ daemon, servers }: Pick<Situation, "daemon" | "servers">): boolean {
  return daemon === null && servers.every(({ kind }) => kind === "missing" || kind === "refused");
}

/** Why the daemon says nothing about its programs. */
function silenceOf(servers: Situation["servers"], daemon: Situation["daemon"]): string {
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

function remarksOf(
  { config, programs, servers, histories, daemon, daemons }: Situation,
  { status, isWritten }: { readonly status: ProgramStatus | null; readonly isWritten: boolean },
): readonly string[] {
  const remarks: string[] = [];
  for (const other of daemons) {
    // The program may belong to the other daemon.
    if (daemon !== null && other.pid !== daemon.pid && config.chosenBy !== "option") {
      remarks.push(
        `this daemon: pid ${daemon.pid}, with ${config.path}; another daemon runs: pid ${other.pid}${other.config === null ? "" : `, with ${other.config} (use -c)`}`,
      );
    }
  }
  if (programs === null) {
    remarks.push(
      `${silenceOf(servers, daemon)}; this is explained from the configuration and files`,
    );
  } else if (histories === null) {
    remarks.push(
      "this daemon does not record the runs of its programs: it is not tsv, or an older version",
    );
  }
  if (config.daemon?.ok === false) {
    remarks.push(`the configuration cannot be read: ${printable(config.daemon.error.text)}`);
  }
  if (programs !== null && status === null) {
    remarks.push("it is in the configuration, but not in the daemon; tsv update adds it");
  }
  if (status !== null && !isWritten) {
    remarks.push("it is in the daemon, but no longer in the configuration; tsv update removes it");
  }
  return remarks;
}

// Resolves a name to a process: "web", "pool:a", or a group with only one process.

function shownName({ group, name }: KnownProcess): string {
  return displayName(group, name);
}

/** A name that is not one process's. */
interface UnknownName {
  readonly problem: string;
  /** What was probably meant; null when nothing is close. */
  readonly near: string | null;
}

/** The process, or an error with a suggestion. */
export function findNamed(
  given: string,
  known: readonly KnownProcess[],
): KnownProcess | UnknownName {
  const exact = known.filter(
    (one) => shownName(one) === given || `${one.group}:${one.name}` === given,
  );
  if (exact[0] !== undefined) return exact[0];
  const group = given.replace(/:\*?$/, "");
  const members = known.filter((one) => one.group === group);
  if (members.length === 1 && members[0] !== undefined) return members[0];
  if (members.length > 1) {
    const names = members.slice(0, 5).map(shownName).join(", ");
    const more = members.length > 5 ? ", …" : "";
    return {
      problem: `${given} is a group of ${members.length} programs; name one of them: ${names}${more}`,
      near: null,
    };
  }
  // The group may be omitted.
  const alone = known.filter(({ name }) => name === given);
  if (alone.length === 1 && alone[0] !== undefined) return alone[0];
  if (alone.length > 1) {
    return {
      problem: `${given} is ambiguous: ${alone.slice(0, 5).map(shownName).join(", ")}`,
      near: null,
    };
  }
  const numbered = numberedNames(given, known.map(shownName));
  const [only] = numbered;
  if (numbered.length > 1) {
    const names = numbered.slice(0, 5).join(", ");
    return {
      problem: `the programs of ${given} are ${names}${numbered.length > 5 ? ", …" : ""}; name one of them`,
      near: null,
    };
  }
  const near = only ?? closest(given, known.map(shownName));
  const some = known.slice(0, 8).map(shownName).join(", ");
  const hint =
    near !== null
      ? ""
      : known.length === 0
        ? "; there are no programs"
        : `; known ${known.length === 1 ? "program" : "programs"}: ${some}${known.length > 8 ? ", …" : ""}`;
  return { problem: `there is no program ${given}${hint}`, near };
}

// The end of a program's logs that says most, and what kept it from being read.

/** Number of output lines to show. */
const LINES = 10;

/**
 * The last lines, of stderr first; else a log that could not be read; else an empty one. null: no log of any channel is
 * known.
 */
export function lastOutput(
  { group, name }: KnownProcess,
  status: ProgramStatus | null,
  config: Config | null,
  probe: Probe,
): LastOutput | null {
  const written = config?.groups
    .find((one) => one.name === group)
    ?.processes.find((one) => one.name === name);
  const seen = (["stderr", "stdout"] as const).flatMap((channel): readonly LastOutput[] => {
    const target = written?.[channel].logfile;
    const used = (channel === "stderr" ? status?.stderrLog : status?.stdoutLog) ?? "";
    const path = used === "" && target?.kind === "file" ? target.path : used;
    if (!path.startsWith("/") || path.startsWith("/dev/")) return [];
    return logAt(path, channel, used !== "" && (status?.start ?? 0) > 0, probe);
  });
  return (
    seen.find(({ lines }) => lines !== null && lines.length > 0) ??
    seen.find(({ lines }) => lines === null) ??
    seen.at(-1) ??
    null
  );
}

/** @param isOpen the daemon reported this path: a missing file was removed */
function logAt(
  path: string,
  channel: LastOutput["channel"],
  isOpen: boolean,
  probe: Probe,
): readonly LastOutput[] {
  const there = probe.look(path);
  if (!there.ok && there.error === "ENOENT") {
    return isOpen ? [{ path, channel, lines: null, problem: "missing" }] : [];
  }
  const lines = lastLines(path, LINES, probe);
  return [{ path, channel, lines, problem: lines === null ? "unreadable" : null }];
}
