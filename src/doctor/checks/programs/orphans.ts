// PROG-012: an orphan of an earlier run of a program, and any other process that listens on its port.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { serverUrlForPrograms } from "../../../core/config/server-address.ts";
import { clueIn } from "../../../core/why/clues.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import { lastLines } from "../../facts/log-end.ts";
import type { Listener, Probe, SeenProcess } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { check } from "../check.ts";
import { placeIn, programFinding } from "./program.ts";

/** A worker is a child or grandchild of its program; a longer chain is cut. */
const MOST_ANCESTORS = 16;

export const ORPHAN = check(
  "programs",
  "PROG-012",
  "orphan of an earlier run",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const orphans = orphansByName(situation, probe);
    const listeners = probe.listeners();
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const own = statusesOf(program, statuses);
      const pids = new Set(own.map(({ pid }) => pid));
      const left = (orphans.get(program.config.name) ?? []).filter(
        (process) => !pids.has(process.pid) && runsCommand(process, program),
      );
      const around = { situation, probe, listeners };
      if (left.length > 0) return [orphaned(program, left, around)];
      return own.slice(0, 20).flatMap((status) => taken(program, status, around));
    });
  },
);

interface Around {
  readonly situation: Situation;
  readonly probe: Probe;
  readonly listeners: readonly Listener[];
}

/** Unsupervised processes that a supervisor started, by their program name. */
function orphansByName(
  { daemons }: Situation,
  probe: Probe,
): ReadonlyMap<string, readonly SeenProcess[]> {
  const supervisors = new Set(daemons.map(({ pid }) => pid));
  const table = new Map<string, SeenProcess[]>();
  for (const process of probe.processes()) {
    const { pid, parent, contained, state } = process;
    if (parent !== 1 || contained || state === "Z" || supervisors.has(pid)) continue;
    if (supervisors.has(parent)) continue;
    const environment = probe.environment(pid);
    const name = environment?.["SUPERVISOR_PROCESS_NAME"];
    if (environment?.["SUPERVISOR_ENABLED"] !== "1" || name === undefined) continue;
    const siblings = table.get(name);
    if (siblings === undefined) table.set(name, [process]);
    else siblings.push(process);
  }
  return table;
}

/** Whether the words of its command end like those of the program; an interpreter may precede them. */
function runsCommand(process: SeenProcess, program: Supervised): boolean {
  const words = splitCommand(program.config.command);
  if (!words.ok || words.value.length === 0) return false;
  const [first = "", ...rest] = words.value;
  const tail = process.command.slice(-rest.length - 1);
  const [started = "", ...others] = tail;
  const isSameFile = splitPath(started).tail === splitPath(first).tail;
  return isSameFile && others.length === rest.length && others.every((word, i) => word === rest[i]);
}

function orphaned(
  program: Supervised,
  left: readonly SeenProcess[],
  { situation, probe, listeners }: Around,
): Finding {
  const [first] = left;
  const ports = listeners.filter(
    ({ pid, kind }) => kind === "tcp" && left.some((one) => one.pid === pid),
  );
  const held = ports.map(
    ({ address, port, pid }) => `pid ${pid} listens on ${addressOf({ address, port })}`,
  );
  return programFinding(program, {
    severity: "warning",
    symptom: `an unsupervised copy of ${program.label} is running`,
    cause: "It is left from an earlier run: its daemon died, or a stop reached only its wrapper.",
    evidence: [
      ...left.slice(0, 5).map(describeProcess),
      "its parent is init (pid 1)",
      ...held,
      ...startedElsewhere(program, left, { situation, probe }),
    ],
    place: placeIn(situation, program, "command"),
    repair: byHand(
      first === undefined
        ? "Stop it"
        : `Stop it, if it is not needed (it runs as ${userName(first.uid, probe)})`,
      [`kill ${left.map(({ pid }) => pid).join(" ")}`],
    ),
  });
}

/** Another configuration, or this one before its server was changed, has a program of that name. */
function startedElsewhere(
  { config }: Supervised,
  left: readonly SeenProcess[],
  { situation, probe }: Pick<Around, "situation" | "probe">,
): readonly string[] {
  const servers = readConfig(situation)?.servers;
  const own = config.serverUrl ?? (servers === undefined ? null : serverUrlForPrograms(servers));
  if (own === null) return [];
  return left.slice(0, 5).flatMap(({ pid }) => {
    const url = probe.environment(pid)?.["SUPERVISOR_SERVER_URL"];
    return url === undefined || url === own
      ? []
      : [`the daemon that started pid ${pid} had the server ${url}`];
  });
}

/** For a program that reports its address in use: the process that listens on it. */
function taken(
  program: Supervised,
  { state, spawnError, stderrLog, stdoutLog, pid }: ProgramStatus,
  { situation, probe, listeners }: Around,
): readonly Finding[] {
  if ((state !== "FATAL" && state !== "BACKOFF") || isBlocked({ state, spawnError })) return [];
  const log = stderrLog === "" ? stdoutLog : stderrLog;
  const clue = clueIn(lastLines(log, 10, probe) ?? []);
  if (clue?.isTaken !== true) return [];
  const ports = clue.port === null ? portsIn(program.config.command) : [clue.port];
  const holder = listeners.find(
    (one) => one.kind === "tcp" && ports.includes(one.port) && one.pid !== pid,
  );
  if (holder === undefined) return [];
  const { port } = holder;
  const process = holder.pid === null ? null : probe.process(holder.pid);
  const other = programOf(holder.pid, situation, probe);
  return [
    programFinding(program, {
      severity: "error",
      symptom: `Address already in use: ${program.label} needs port ${port}`,
      cause:
        other === null
          ? "Another process listens on this port."
          : `${other}, another program of this daemon, listens on this port.`,
      evidence: [
        `${addressOf(holder)} is in use`,
        process === null ? "by a process that this user cannot see" : describeProcess(process),
      ],
      place: placeIn(situation, program, "command"),
      repair:
        other === null
          ? byHand(
              "Stop that process, or change the port of one of the two",
              process === null ? [`ss -ltnp 'sport = :${port}'`] : [`kill ${process.pid}`],
            )
          : byHand(`Change the port of one of the two, or stop ${other}`, [
              tsvCommand(["stop", other], situation),
            ]),
    }),
  ];
}

/** The program of this daemon that a process belongs to, as ctl names it; null for none. A kill would only restart it. */
function programOf(pid: number | null, situation: Situation, probe: Probe): string | null {
  const { programs, everyProgram = programs } = situation;
  let at = pid;
  for (let depth = 0; at !== null && at > 1 && depth < MOST_ANCESTORS; depth++) {
    const owner = (everyProgram ?? []).find((program) => program.pid === at);
    if (owner !== undefined) return displayName(owner.group, owner.name);
    at = probe.process(at)?.parent ?? null;
  }
  return null;
}

/** Python does not name the address that is in use, but the command usually does. */
function portsIn(command: string): readonly number[] {
  return (command.match(/(?<![\d.])\d{2,5}(?![\d.])/g) ?? []).map(Number);
}

function addressOf({ address, port }: Pick<Listener, "address" | "port">): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

// PROG-017: a program runs from deleted files.

export const DELETED = check(
  "programs",
  "PROG-017",
  "program runs from deleted files",
  (situation, probe) => {
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] =>
      statusesOf(program, statuses).flatMap(({ pid, name, group }): readonly Finding[] => {
        const process = pid === 0 ? null : probe.process(pid);
        if (process === null || (!process.cwdDeleted && !process.exeDeleted)) return [];
        const where = displayName(group, name);
        const only = { ...program, label: where, members: [`${group}:${name}`] };
        return [findingOf(only, process, { situation, probe })];
      }),
    );
  },
);

function findingOf(
  program: Supervised,
  { pid, cwd, cwdDeleted, exe }: SeenProcess,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const isReplaced = exe !== null && probe.look(exe).ok;
  const isSerious = cwdDeleted || !isReplaced;
  const path = printable((cwdDeleted ? cwd : exe) ?? "");
  return programFinding(program, {
    severity: isSerious ? "warning" : "info",
    symptom: cwdDeleted
      ? `${program.label} runs in a directory that was deleted`
      : isReplaced
        ? `${program.label} runs from an executable that was replaced since it started`
        : `${program.label} runs from an executable that was deleted`,
    cause: "A program keeps the files that it started from until it is restarted.",
    evidence: [`pid ${pid}: ${path} (deleted)`],
    place: placeIn(situation, program, cwdDeleted ? "directory" : "command"),
    repair: restart(program.label, cwdDeleted, situation),
  });
}

function restart(label: string, isOffered: boolean, situation: Situation): Repair {
  const { executable, config } = situation;
  const advice = `Restart ${label}`;
  const commands = [tsvCommand(["restart", label], situation)];
  if (!isOffered || config.path === null) return byHand(advice, commands);
  const argv = [executable.path, "restart", "-c", config.path, label];
  const step = repairStep(
    { kind: "command", argv, undo: null, what: `restart ${label}` },
    "runs in a deleted directory",
    "restarted",
  );
  return { class: "B", advice, commands, steps: [step] };
}

// PROG-020: a program whose start is blocked, because a program that it needs is down.

/** What the daemon reports as the error of such a program begins with this. */
const BLOCKED = "blocked: ";

export const BLOCKED_PROGRAM = check(
  "programs",
  "PROG-020",
  "dependency is down",
  (situation, probe) => {
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program) => {
      const blocked = statusesOf(program, statuses).find(isBlocked);
      return blocked === undefined ? [] : [blockedFinding(program, blocked, situation)];
    });
  },
);

/** Whether the daemon delays a start because of another program: what the program printed earlier explains nothing then. */
export function isBlocked({
  state,
  spawnError,
}: Pick<ProgramStatus, "state" | "spawnError">): boolean {
  return state === "BACKOFF" && spawnError.startsWith(BLOCKED);
}

function blockedFinding(program: Supervised, status: ProgramStatus, situation: Situation): Finding {
  const { group, name, spawnError } = status;
  const on = historyTable(situation).get(`${group}:${name}`)?.blockedBy ?? "";
  const isNamed = program.config.dependsOn.length > 0;
  return programFinding(program, {
    severity: "warning",
    symptom: `BACKOFF ${printable(spawnError)}`,
    cause: `${displayName(group, name)} needs a program that is down.`,
    evidence: [],
    place: placeIn(situation, program, isNamed ? "depends_on" : "restart_with"),
    repair:
      on === ""
        ? byHand("Start the program that it needs, or remove that from depends_on=")
        : byHand(`Find out why ${on} is down, then start it`, [
            tsvCommand(["why", on], situation),
            tsvCommand(["start", on], situation),
          ]),
  });
}
