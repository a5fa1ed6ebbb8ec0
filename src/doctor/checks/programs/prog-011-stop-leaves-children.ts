// PROG-011: a wrapper exits on the stop signal, but leaves its children running.

import { waitsForChildren } from "../../../core/config/lint/commands.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";
import { setOptions } from "./program-repairs.ts";

/** A child of a loop, such as sleep or curl, soon exits; a server keeps running. */
const SETTLED_MS = 60_000;
const SHELL = /\/(?:ba|da|z|k)?sh$/;

export const STOP_LEAVES_CHILDREN = defineCheck({
  code: "PROG-011",
  area: "programs",
  title: "stop leaves children running",
  repairs: ["B"],
  page: {
    symptom:
      "After `stop`, the program is STOPPED, but its real process keeps running and keeps its port; the next start fails with `Address already in use`.",
    cause:
      "`command=` is a shell or a script that starts the real program and waits for it. The stop signal goes only to the shell, which exits; its child becomes an orphan. Doctor detects this in the command (`sh -c` with several commands and without `exec`), or in a running program: a shell with a child that is older than a minute.",
    repair:
      "Begin the last command with `exec`, so that the program replaces the shell. Or add `stopasgroup=true` and `killasgroup=true`, which send the signals to the whole process group; doctor offers that.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const children = childTable(probe);
    const found = new Map<string, Wrapper>();
    for (const program of supervisedPrograms(situation, probe)) {
      if (program.config.stopAsGroup) continue;
      const own = statusesOf(program, statuses);
      const running = own.flatMap(({ pid }) =>
        pid === 0 ? [] : leftBehind(pid, children, { situation, probe }),
      );
      if (running.length === 0 && !waitsForOthers(program, own, probe)) continue;
      const known = found.get(program.section);
      found.set(
        program.section,
        known === undefined ? { program, running } : both(known, program, running),
      );
    }
    return Array.from(found.values(), ({ program, running }) =>
      findingOf(program, running, { situation, probe }),
    );
  },
});

interface Wrapper {
  readonly program: Supervised;
  /** The children of its shells. */
  readonly running: readonly SeenProcess[];
}

/** Processes of one section whose commands differ by a number: one edit fixes all of them. */
function both(
  { program, running }: Wrapper,
  other: Supervised,
  more: readonly SeenProcess[],
): Wrapper {
  const members = [...program.members, ...other.members];
  return { program: { ...program, members }, running: [...running, ...more] };
}

interface Around {
  readonly situation: Situation;
  readonly probe: Probe;
}

function childTable(probe: Probe): ReadonlyMap<number, readonly SeenProcess[]> {
  const table = new Map<number, SeenProcess[]>();
  for (const process of probe.processes()) {
    const siblings = table.get(process.parent);
    if (siblings === undefined) table.set(process.parent, [process]);
    else siblings.push(process);
  }
  return table;
}

/** The command is a shell that waits, and no process of the program is known to be something else. */
function waitsForOthers(
  { config }: Supervised,
  statuses: readonly ProgramStatus[],
  probe: Probe,
): boolean {
  if (!waitsForChildren(config.command)) return false;
  const executables = statuses.flatMap(({ pid }) =>
    pid === 0 ? [] : (probe.process(pid)?.exe ?? []),
  );
  return executables.length === 0 || executables.some((exe) => SHELL.test(exe));
}

/** The long-running children of a program's shell, if the shell does not forward signals. */
function leftBehind(
  pid: number,
  children: ReadonlyMap<number, readonly SeenProcess[]>,
  { situation, probe }: Around,
): readonly SeenProcess[] {
  const shell = probe.process(pid);
  if (shell === null || !SHELL.test(shell.exe ?? "")) return [];
  if (passesOn(shell, probe)) return [];
  const own = children.get(pid) ?? [];
  return own.filter(
    ({ startedMs, state }) => state !== "Z" && situation.nowMs - startedMs > SETTLED_MS,
  );
}

/** A script with a trap may forward the signal. */
function passesOn({ command, cwd }: SeenProcess, probe: Probe): boolean {
  const [, ...rest] = command;
  if (rest.some((word) => /\btrap\s/.test(word))) return true;
  const script = rest.find((word) => !word.startsWith("-"));
  if (script === undefined) return false;
  const path = script.startsWith("/") ? script : `${cwd ?? ""}/${script}`;
  return /\btrap\s/.test(probe.readText(path) ?? "");
}

function findingOf(
  program: Supervised,
  running: readonly SeenProcess[],
  { situation, probe }: Around,
): Finding {
  const seen = running
    .slice(0, 3)
    .map((child) => `started by its shell: ${describeProcess(child)}`);
  return programFinding(program, {
    severity: "warning",
    symptom: `stopping ${program.label} leaves its child processes running`,
    cause: "The stop signal is sent only to the shell, and the shell does not forward it.",
    evidence: [...seen, "stopasgroup is false"],
    place: placeIn(situation, program, "command"),
    repair: setOptions(
      "Send signals to the whole process group, or begin the last command with exec",
      program,
      { stopasgroup: "true", killasgroup: "true" },
      situation,
      probe,
    ),
  });
}
