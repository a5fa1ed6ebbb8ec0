// PROG-011: a wrapper exits on the stop signal, but leaves its children running.

import { waitsForChildren } from "../../../core/config/lint/commands.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { SIGKILL, signalName } from "../../../core/process/signals.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check } from "../check.ts";
import { isOutdated, placeIn, programFinding, setOptions } from "./program.ts";

/** A child of a loop, such as sleep or curl, soon exits; a server keeps running. */
const SETTLED_MS = 60_000;
const SHELL = /\/(?:ba|da|z|k)?sh$/;

export const STOP_LEAVES_CHILDREN = check(
  "programs",
  "PROG-011",
  "stop leaves children running",
  (situation, probe) => {
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
);

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

// PROG-013: every stop of a program ends in SIGKILL.

export const STOP_TAKES_LONG = check(
  "programs",
  "PROG-013",
  "stop ends in SIGKILL",
  (situation, probe) => {
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const killed = program.members
        .map((member) => stopsOf(histories.get(member)?.runs ?? []))
        .find((stops) => stops.length >= 2 && stops.every(({ signal }) => signal === SIGKILL));
      const { stopSignal, stopWaitSecs } = program.config;
      if (killed === undefined || stopSignal === SIGKILL) return [];
      if (isOutdated(program, killed.at(-1)?.end ?? 0, situation, probe)) return [];
      return [
        programFinding(program, {
          severity: "warning",
          symptom: `stop takes ${stopWaitSecs} s and ends in SIGKILL`,
          cause: `The program does not exit on ${signalName(stopSignal)} within ${stopWaitSecs} s.`,
          evidence: [`all of its last ${killed.length} stops needed SIGKILL`],
          place: placeIn(situation, program, "stopsignal"),
          repair: repairOf(program, (key, value, advice) =>
            setOptions(advice, program, { [key]: value }, situation, probe),
          ),
        }),
      ];
    });
  },
);

/** Only stops that the daemon began with another signal. */
function stopsOf<Run extends { readonly ending: string; readonly signals: readonly number[] }>(
  runs: readonly Run[],
): readonly Run[] {
  return runs.filter(({ ending, signals }) => ending === "stopped" && signals[0] !== SIGKILL);
}

const WANTED: readonly (readonly [RegExp, string])[] = [
  [/^php-fpm[\d.]*$/, "QUIT"],
  [/^nginx$/, "QUIT"],
  [/^uwsgi$/, "INT"],
  [/^(?:apache2|httpd)$/, "WINCH"],
  [/^postgres$/, "INT"],
];

function repairOf(
  { config }: Supervised,
  set: (key: string, value: string, advice: string) => Repair,
): Repair {
  const words = splitCommand(config.command);
  const name = words.ok ? splitPath(words.value[0] ?? "").tail : "";
  const wanted = WANTED.find(([pattern]) => pattern.test(name))?.[1];
  if (wanted === undefined || signalName(config.stopSignal) === `SIG${wanted}`) {
    return byHand("Find in its manual the signal for a graceful stop, or raise stopwaitsecs=");
  }
  return set("stopsignal", wanted, `Stop ${name} with SIG${wanted}`);
}
