// PROG-012: an orphan of an earlier run of a program, and any other process that listens on its port.

import { displayName } from "../../../core/base/ids.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { serverUrlForPrograms } from "../../../core/config/server-url.ts";
import { clueIn } from "../../../core/why/clues.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import { lastLines } from "../../facts/log-end.ts";
import type { Listener, Probe, SeenProcess } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { isBlocked } from "./prog-020-blocked.ts";
import { placeIn, programFinding } from "./program-finding.ts";

/** A worker is a child or grandchild of its program; a longer chain is cut. */
const MOST_ANCESTORS = 16;

export const ORPHAN = defineCheck({
  code: "PROG-012",
  area: "programs",
  title: "orphan of an earlier run",
  repairs: ["C"],
  page: {
    symptom:
      "`Address already in use` in the log of a program that does not start; or two copies of a program, one of which `stop` does not stop.",
    cause:
      "A process of an earlier run is still running: the daemon was killed with SIGKILL, or a stop reached only a wrapper. No daemon supervises it any more, and it keeps its port. Doctor finds processes that run the same command, whose parent is init, and that have `SUPERVISOR_PROCESS_NAME` in their environment. If a program reports that its port is in use, doctor also finds the process that listens on it; it takes the port from the log or, if the log does not name it, from the command.",
    repair:
      "Stop the process that doctor names, then start the program. Doctor never does that itself, because the process may have been started on purpose. With `orphans=stop` in `[supervisord]`, a daemon that starts after a crash stops the orphans of the previous one.",
  },
  look(situation, probe) {
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
});

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
