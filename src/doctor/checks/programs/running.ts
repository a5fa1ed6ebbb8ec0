// Processes that run on: of earlier runs (PROG-012), after a stop (PROG-011), until SIGKILL (PROG-013), and from deleted files
// (PROG-017); and programs that wait for another one (PROG-020).

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { waitsForChildren } from "../../../core/config/lint/commands.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { SIGKILL, signalName } from "../../../core/process/signals.ts";
import { lastClue } from "../../../core/why/last-output.ts";
import { userName } from "../../facts/access.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import { lastOutputs } from "../../facts/last-output.ts";
import { type Listener, listenerAddress, type Probe, type SeenProcess } from "../../facts/probe.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, groupBy, setOptions } from "../check.ts";
import {
  commandName,
  ctlFix,
  type ExaminedProgram,
  historyOf,
  isOutdated,
  programCheck,
  programFinding,
  withAncestors,
  wordsOf,
} from "./program.ts";

/** An orphan of an earlier run of a program, or any other process that listens on its port. */
export const ORPHAN = programCheck("PROG-012", (facts) => {
  const orphans = orphansOf(facts);
  const listeners = facts.probe.listeners();
  return (program) => {
    const pids = new Set(program.statuses.map(({ pid }) => pid));
    const left = orphans.filter(
      ({ name, process }) =>
        name === program.config.name && !pids.has(process.pid) && runsCommand(process, program),
    );
    const processes = left.map(({ process }) => process);
    if (left.length > 0) return orphaned(program, processes, listeners, facts);
    const some = program.statuses.slice(0, 20);
    return some.map((status) => taken(program, status, listeners, facts));
  };
});

/** Unsupervised processes that a supervisor started, with their program name. */
function orphansOf({
  daemons,
  probe,
}: DoctorFacts): readonly { readonly name: string; readonly process: SeenProcess }[] {
  const supervisors = new Set(daemons.map(({ pid }) => pid));
  return probe.processes().flatMap((process) => {
    const { pid, parent, contained, state } = process;
    if (parent !== 1 || contained || state === "Z") return [];
    if (supervisors.has(pid) || supervisors.has(parent)) return [];
    const environment = probe.environment(pid);
    const name = environment?.["SUPERVISOR_PROCESS_NAME"];
    const isOfSupervisor = environment?.["SUPERVISOR_ENABLED"] === "1";
    return isOfSupervisor && name !== undefined ? [{ name, process }] : [];
  });
}

/** Whether the words of its command end like those of the program; an interpreter may precede them. */
function runsCommand(process: SeenProcess, program: Supervised): boolean {
  const [first = "", ...rest] = wordsOf(program);
  const tail = process.command.slice(-rest.length - 1);
  const [started = "", ...others] = tail;
  const isSameFile = splitPath(started).tail === splitPath(first).tail;
  return (
    first !== "" &&
    isSameFile &&
    others.length === rest.length &&
    others.every((word, i) => word === rest[i])
  );
}

function orphaned(
  program: Supervised,
  left: readonly SeenProcess[],
  listeners: readonly Listener[],
  facts: DoctorFacts,
): Finding {
  const ports = listeners.filter(
    ({ pid, kind }) => kind === "tcp" && left.some((one) => one.pid === pid),
  );
  return programFinding("warning", program, facts, "command", {
    symptom: `an unsupervised copy of ${program.label} is running`,
    cause: "It is left from an earlier run: its daemon died, or a stop reached only its wrapper.",
    evidence: [
      ...left.slice(0, 5).map(describeProcess),
      "its parent is init (pid 1)",
      ...ports.map((one) => `pid ${one.pid} listens on ${listenerAddress(one)}`),
    ],
    repair: byHand(
      `Stop it, if it is not needed (it runs as ${userName(left[0]?.uid ?? 0, facts.probe)})`,
      [`kill ${left.map(({ pid }) => pid).join(" ")}`],
    ),
  });
}

/** For a program that reports its address in use: the process that listens on it. */
function taken(
  program: ExaminedProgram,
  status: ProgramStatus,
  listeners: readonly Listener[],
  facts: DoctorFacts,
): Finding | null {
  const history = historyOf(status, program);
  const outputs = lastOutputs(null, status, history, facts.probe);
  const { clue } = lastClue(outputs, status, history) ?? {};
  if (clue?.isTaken !== true) return null;
  // Not every message names the address that is in use, but the command or a variable usually does.
  const variables = Object.entries(program.environment).filter(([name]) => /PORT$/.test(name));
  const written = [program.config.command, ...variables.map(([, value]) => value)]
    .join(" ")
    .match(/(?<![\d.])\d{2,5}(?![\d.])/g);
  const ports = clue.port === null ? (written ?? []).map(Number) : [clue.port];
  const holder = listeners.find(
    ({ kind, port, pid }) =>
      kind === "tcp" &&
      ports.includes(port) &&
      (pid === null || status.pid < 1 || !withAncestors(pid, facts.probe).includes(status.pid)),
  );
  if (holder === undefined) return null;
  const { port } = holder;
  const process = holder.pid === null ? null : facts.probe.process(holder.pid);
  const other = programOf(holder.pid, facts);
  return programFinding("error", program, facts, "command", {
    symptom: `Address already in use: ${program.label} needs port ${port}`,
    cause:
      other === null
        ? "Another process listens on this port."
        : `${other}, another program of this daemon, listens on this port.`,
    evidence: [
      `${listenerAddress(holder)} is in use`,
      process === null ? "by a process that this user cannot see" : describeProcess(process),
    ],
    repair:
      other === null
        ? byHand(
            "Stop that process, or change the port of one of the two",
            process === null ? [`ss -ltnp 'sport = :${port}'`] : [`kill ${process.pid}`],
          )
        : byHand(`Change the port of one of the two, or stop ${other}`, [
            tsvCommand(["stop", other], facts),
          ]),
  });
}

/** The program of this daemon that a process belongs to, as ctl names it; null for none. A kill would only restart it. */
function programOf(pid: number | null, facts: DoctorFacts): string | null {
  const { programs, everyProgram = programs, probe } = facts;
  const pids = pid === null ? [] : withAncestors(pid, probe);
  const owner = (everyProgram ?? []).find((one) => one.pid > 1 && pids.includes(one.pid));
  return owner === undefined ? null : displayName(owner.group, owner.name);
}

export const DELETED = programCheck(
  "PROG-017",
  (facts) => (program) =>
    program.statuses.map(({ pid, name, group }) => {
      const process = pid === 0 ? null : facts.probe.process(pid);
      // An executable that was replaced, as by an upgrade of its package, is there at the next start.
      const isGone = process?.exeDeleted === true && !facts.probe.look(process.exe ?? "").ok;
      if (process === null || (!process.cwdDeleted && !isGone)) return null;
      const only = { label: displayName(group, name), members: [`${group}:${name}`] };
      return deletedFiles({ ...program, ...only }, process, facts);
    }),
);

function deletedFiles(
  program: Supervised,
  { pid, cwd, cwdDeleted, exe }: SeenProcess,
  facts: DoctorFacts,
): Finding {
  const { label } = program;
  const advice = `Restart ${label}`;
  const shown = { now: "runs in a deleted directory", will: "restarted" };
  const what = cwdDeleted ? "in a directory" : "from an executable";
  return programFinding("warning", program, facts, cwdDeleted ? "directory" : "command", {
    symptom: `${label} runs ${what} that was deleted`,
    cause: "A program keeps the files that it started from until it is restarted.",
    evidence: [`pid ${pid}: ${printable((cwdDeleted ? cwd : exe) ?? "")} (deleted)`],
    repair: cwdDeleted
      ? repair(advice, ctlFix(["restart", label], `restart ${label}`, shown, facts))
      : byHand(advice, [tsvCommand(["restart", label], facts)]),
  });
}

/** A start that the daemon delays because of another program: what the program printed earlier explains nothing then. */
function isBlocked({ state, spawnError }: ProgramStatus): boolean {
  return state === "BACKOFF" && spawnError.startsWith("blocked: ");
}

export const BLOCKED_PROGRAM = programCheck("PROG-020", (facts) => (program) => {
  const blocked = program.statuses.find(isBlocked);
  if (blocked === undefined) return null;
  const on = historyOf(blocked, program)?.blockedBy ?? "";
  const key = program.config.dependsOn.length > 0 ? "depends_on" : "restart_with";
  const isDisabled = blocked.spawnError === `blocked: ${on} is disabled`;
  const verb = isDisabled ? "enable" : "start";
  return programFinding("warning", program, facts, key, {
    symptom: `BACKOFF ${printable(blocked.spawnError)}`,
    cause: `${displayName(blocked.group, blocked.name)} needs a program that is ${isDisabled ? "disabled" : "down"}.`,
    repair:
      on === ""
        ? byHand("Start the program that it needs, or remove that from depends_on=")
        : byHand(`Find out why ${on} is ${isDisabled ? "disabled" : "down"}, then ${verb} it`, [
            tsvCommand(["why", on], facts),
            tsvCommand([verb, on], facts),
          ]),
  });
});

/** A child of a loop, such as sleep or curl, soon exits; a server keeps running. */
const SETTLED_MS = 60_000;
const SHELL = /\/(?:ba|da|z|k)?sh$/;

/** A wrapper exits on the stop signal, but leaves its children running. */
export const STOP_LEAVES_CHILDREN = check("PROG-011", (facts) => {
  const { probe } = facts;
  const statuses = statusTable(facts);
  const children = groupBy(probe.processes(), ({ parent }) => parent);
  const found = supervisedPrograms(facts).flatMap((program) => {
    // With kill_mode, stopasgroup has no effect.
    if (program.config.stopAsGroup || program.config.killMode !== null) return [];
    const pids = statusesOf(program, statuses).flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
    const running = pids
      .flatMap((pid) => leftBehind(pid, children, probe))
      .filter(({ startedMs }) => facts.nowMs - startedMs > SETTLED_MS);
    return running.length === 0 && !waitsForOthers(program, pids, probe)
      ? []
      : [{ program, running }];
  });
  // One edit fixes all processes of a section, whose commands may differ by a number.
  return Array.from(groupBy(found, ({ program }) => program.section).values(), (group) => {
    const members = group.flatMap(({ program }) => program.members);
    const program = { ...group[0].program, members };
    const running = group.flatMap((one) => one.running);
    return programFinding("warning", program, facts, "command", {
      symptom: `stopping ${program.label} leaves its child processes running`,
      cause: "The stop signal is sent only to the shell, and the shell does not forward it.",
      evidence: [
        ...running.slice(0, 3).map((child) => `started by its shell: ${describeProcess(child)}`),
        "stopasgroup is false",
      ],
      repair: setOptions(
        "Send signals to the whole process group, or begin the last command with exec",
        program.section,
        { stopasgroup: "true", killasgroup: "true" },
        facts,
      ),
    });
  });
});

/**
 * The command is a shell that waits, and no process of the program is known to be something else. The children of a job exit
 * by themselves.
 */
function waitsForOthers({ config }: Supervised, pids: readonly number[], probe: Probe): boolean {
  if (config.type === "oneshot" || !waitsForChildren(config.command)) return false;
  const executables = pids.flatMap((pid) => probe.process(pid)?.exe ?? []);
  return executables.length === 0 || executables.some((exe) => SHELL.test(exe));
}

/** The children of a program's shell, if the shell does not forward signals. */
function leftBehind(
  pid: number,
  children: ReadonlyMap<number, readonly SeenProcess[]>,
  probe: Probe,
): readonly SeenProcess[] {
  const shell = probe.process(pid);
  if (shell === null || !SHELL.test(shell.exe ?? "") || forwards(shell, probe)) return [];
  return (children.get(pid) ?? []).filter(({ state }) => state !== "Z");
}

/** A script with a trap may forward the signal. */
function forwards({ command, cwd }: SeenProcess, probe: Probe): boolean {
  const [, ...rest] = command;
  if (rest.some((word) => /\btrap\s/.test(word))) return true;
  const script = rest.find((word) => !word.startsWith("-"));
  if (script === undefined) return false;
  const path = script.startsWith("/") ? script : `${cwd ?? ""}/${script}`;
  return /\btrap\s/.test(probe.readText(path) ?? "");
}

const GRACEFUL: readonly (readonly [RegExp, string])[] = [
  [/^php-fpm[\d.]*$/, "QUIT"],
  [/^nginx$/, "QUIT"],
  [/^uwsgi$/, "INT"],
  [/^(?:apache2|httpd)$/, "WINCH"],
  [/^postgres$/, "INT"],
];

export const STOP_TAKES_LONG = programCheck("PROG-013", (facts) => (program) => {
  const { stopSignal, stopWaitSecs } = program.config;
  // Only stops that the daemon began with another signal.
  const killed = program.histories
    .map(({ runs }) =>
      runs.filter(({ ending, signals }) => ending === "stopped" && signals[0] !== SIGKILL),
    )
    .find((stops) => stops.length >= 2 && stops.every(({ signal }) => signal === SIGKILL));
  if (killed === undefined || stopSignal === SIGKILL) return null;
  if (isOutdated(program, killed.at(-1)?.end ?? 0, facts)) return null;
  const name = commandName(program);
  const wanted = GRACEFUL.find(([pattern]) => pattern.test(name))?.[1];
  const isSet = wanted === undefined || signalName(stopSignal) === `SIG${wanted}`;
  return programFinding("warning", program, facts, "stopsignal", {
    symptom: `stop takes ${stopWaitSecs} s and ends in SIGKILL`,
    cause: `The program does not exit on ${signalName(stopSignal)} within ${stopWaitSecs} s.`,
    evidence: [`all of its last ${killed.length} stops needed SIGKILL`],
    repair: isSet
      ? byHand("Find in its manual the signal for a graceful stop, or raise stopwaitsecs=")
      : setOptions(
          `Stop ${name} with SIG${wanted}`,
          program.section,
          { stopsignal: wanted },
          facts,
        ),
  });
});
