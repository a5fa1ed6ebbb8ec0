// PROG-011: a wrapper that takes the stop signal itself and leaves what it started running.

import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
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

/** A child of a loop, such as sleep or curl, ends by itself; a server stays. */
const SETTLED_MS = 60_000;

export const STOP_LEAVES_CHILDREN = defineCheck({
  code: "PROG-011",
  area: "programs",
  title: "stop leaves children running",
  page: {
    symptom:
      "After `stop` the program is STOPPED, but its real process goes on and keeps its port; the next start fails with `Address already in use`.",
    cause:
      "`command=` is a shell or a script that starts the real program and waits for it. The stop signal goes to the shell alone, which ends; what it started becomes an orphan. Doctor sees it in the command (`sh -c` with several commands and no `exec`), or in a running program: a shell with a child that has been there for more than a minute.",
    repair:
      "Begin the last command with `exec`, so that the program takes the place of the shell. Or add `stopasgroup=true` and `killasgroup=true`, which send the signals to the whole process group; doctor offers that.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const children = childTable(probe);
    const found = new Map<string, Wrapper>();
    for (const program of supervisedPrograms(situation, probe)) {
      if (program.config.stopAsGroup) continue;
      const running = statusesOf(program, statuses).flatMap(({ pid }) =>
        pid === 0 ? [] : leftBehind(pid, children, { situation, probe }),
      );
      if (running.length === 0 && !waitsForOthers(program)) continue;
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
  /** What its shells have started. */
  readonly running: readonly SeenProcess[];
}

/** Processes of one section whose commands differ by a number: one edit mends all of them. */
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

/** A list or pipe of commands, none of which takes the shell's place: the shell waits. */
function waitsForOthers({ config }: Supervised): boolean {
  const words = splitCommand(config.command);
  if (!words.ok) return false;
  const [program = "", option = "", script = ""] = words.value;
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh$/.test(program) && /^-[a-z]*c$/.test(option);
  const isList = /[;&|\n]/.test(script.replace(/[;&\s]+$/, ""));
  return isShell && isList && !/(?:^|[;&|]\s*)exec\s/.test(script) && !/\btrap\s/.test(script);
}

/** What the shell of a running program has started, when that stays and the shell does not pass signals on. */
function leftBehind(
  pid: number,
  children: ReadonlyMap<number, readonly SeenProcess[]>,
  { situation, probe }: Around,
): readonly SeenProcess[] {
  const shell = probe.process(pid);
  if (shell === null || !/\/(?:ba|da|z|k)?sh$/.test(shell.exe ?? "")) return [];
  if (passesOn(shell, probe)) return [];
  const own = children.get(pid) ?? [];
  return own.filter(
    ({ startedMs, state }) => state !== "Z" && situation.nowMs - startedMs > SETTLED_MS,
  );
}

/** A script with a trap may well pass the signal on; what it does is its own. */
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
    symptom: `after a stop of ${program.label}, what it started keeps running`,
    cause: "The stop signal reaches the shell alone, and the shell does not pass it on.",
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
