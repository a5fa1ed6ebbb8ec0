// PROG-012: a copy of a program that an earlier run left behind, and whoever else holds its port.

import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import { clueIn, lastLines } from "../../facts/log-end.ts";
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
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const ORPHAN = defineCheck({
  code: "PROG-012",
  area: "programs",
  title: "orphan of an earlier run",
  page: {
    symptom:
      "`Address already in use` in the log of a program that will not start; or two copies of a program, one of which `stop` does not stop.",
    cause:
      "A process of an earlier run is still there: the daemon was killed with SIGKILL, or a stop reached a wrapper alone. Nobody supervises it any more, and it keeps its port. Doctor finds processes that run the same command, have init for a parent and carry `SUPERVISOR_PROCESS_NAME` in their environment; and for a program that says that its port is taken, whoever listens there; where the log does not name the port, the command does.",
    repair:
      "End the process that doctor names, then start the program. Doctor never does that by itself: only you know whether it was started on purpose. `orphans=stop` in `[supervisord]` makes a daemon that starts after a crash stop what the one before has left.",
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

/** Processes that a supervisor started and nobody supervises, by the name that it gave them. */
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

/** The words of its command end as the program's do: an interpreter may have been put before them. */
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
    symptom: `a copy of ${program.label} runs that no daemon supervises`,
    cause:
      "An earlier run of it was left behind when its daemon died, or when a stop reached its wrapper alone.",
    evidence: [...left.slice(0, 5).map(describeProcess), "its parent is init (pid 1)", ...held],
    place: placeIn(situation, program, "command"),
    repair: byHand(
      first === undefined
        ? "End it"
        : `End it, if nobody wants it (it runs as ${userName(first.uid, probe)})`,
      [`kill ${left.map(({ pid }) => pid).join(" ")}`],
    ),
  });
}

/** A program that says that its address is taken: who has it? */
function taken(
  program: Supervised,
  { state, stderrLog, stdoutLog, pid }: ProgramStatus,
  { situation, probe, listeners }: Around,
): readonly Finding[] {
  if (state !== "FATAL" && state !== "BACKOFF") return [];
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
  return [
    programFinding(program, {
      severity: "error",
      symptom: `Address already in use: ${program.label} wants port ${port}`,
      cause: "Another process listens there.",
      evidence: [
        `${addressOf(holder)} is taken`,
        process === null ? "by a process that cannot be seen" : describeProcess(process),
      ],
      place: placeIn(situation, program, "command"),
      repair: byHand(
        "Stop that process, or give one of the two another port",
        process === null ? [`ss -ltnp 'sport = :${port}'`] : [`kill ${process.pid}`],
      ),
    }),
  ];
}

/** Python does not say which address was taken, and the command mostly does. */
function portsIn(command: string): readonly number[] {
  return (command.match(/(?<![\d.])\d{2,5}(?![\d.])/g) ?? []).map(Number);
}

function addressOf({ address, port }: Pick<Listener, "address" | "port">): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}
