// Stops that do not end as they should: children keep running (PROG-011), or every stop needs SIGKILL (PROG-013).

import { waitsForChildren } from "../../../core/config/lint/commands.ts";
import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { SIGKILL, signalName } from "../../../core/process/signals.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check } from "../check.ts";
import { isOutdated, programCheck, programFinding, setOptions } from "./program.ts";

/** A child of a loop, such as sleep or curl, soon exits; a server keeps running. */
const SETTLED_MS = 60_000;
const SHELL = /\/(?:ba|da|z|k)?sh$/;

/** A wrapper exits on the stop signal, but leaves its children running. */
export const STOP_LEAVES_CHILDREN = check("PROG-011", "stop leaves children running", (facts) => {
  const { probe } = facts;
  const statuses = statusTable(facts);
  const children = childTable(probe);
  // One edit fixes all processes of a section, whose commands may differ by a number.
  const found = new Map<string, { program: Supervised; running: readonly SeenProcess[] }>();
  for (const program of supervisedPrograms(facts)) {
    if (program.config.stopAsGroup) continue;
    const pids = statusesOf(program, statuses).flatMap(({ pid }) => (pid === 0 ? [] : [pid]));
    const running = pids
      .flatMap((pid) => leftBehind(pid, children, probe))
      .filter(({ startedMs }) => facts.nowMs - startedMs > SETTLED_MS);
    if (running.length === 0 && !waitsForOthers(program, pids, probe)) continue;
    const known = found.get(program.section);
    const members = [...(known?.program.members ?? []), ...program.members];
    found.set(program.section, {
      program: { ...(known?.program ?? program), members },
      running: [...(known?.running ?? []), ...running],
    });
  }
  return Array.from(found.values(), ({ program, running }) =>
    programFinding("warning", program, facts, "command", {
      symptom: `stopping ${program.label} leaves its child processes running`,
      cause: "The stop signal is sent only to the shell, and the shell does not forward it.",
      evidence: [
        ...running.slice(0, 3).map((child) => `started by its shell: ${describeProcess(child)}`),
        "stopasgroup is false",
      ],
      repair: setOptions(
        "Send signals to the whole process group, or begin the last command with exec",
        program,
        { stopasgroup: "true", killasgroup: "true" },
        facts,
      ),
    }),
  );
});

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
function waitsForOthers({ config }: Supervised, pids: readonly number[], probe: Probe): boolean {
  if (!waitsForChildren(config.command)) return false;
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

export const STOP_TAKES_LONG = programCheck(
  "PROG-013",
  "stop ends in SIGKILL",
  (facts) => (program) => {
    const { stopSignal, stopWaitSecs, command } = program.config;
    // Only stops that the daemon began with another signal.
    const killed = program.histories
      .map(({ runs }) =>
        runs.filter(({ ending, signals }) => ending === "stopped" && signals[0] !== SIGKILL),
      )
      .find((stops) => stops.length >= 2 && stops.every(({ signal }) => signal === SIGKILL));
    if (killed === undefined || stopSignal === SIGKILL) return null;
    if (isOutdated(program, killed.at(-1)?.end ?? 0, facts)) return null;
    const words = splitCommand(command);
    const name = words.ok ? splitPath(words.value[0] ?? "").tail : "";
    const wanted = GRACEFUL.find(([pattern]) => pattern.test(name))?.[1];
    const isSet = wanted === undefined || signalName(stopSignal) === `SIG${wanted}`;
    return programFinding("warning", program, facts, "stopsignal", {
      symptom: `stop takes ${stopWaitSecs} s and ends in SIGKILL`,
      cause: `The program does not exit on ${signalName(stopSignal)} within ${stopWaitSecs} s.`,
      evidence: [`all of its last ${killed.length} stops needed SIGKILL`],
      repair: isSet
        ? byHand("Find in its manual the signal for a graceful stop, or raise stopwaitsecs=")
        : setOptions(`Stop ${name} with SIG${wanted}`, program, { stopsignal: wanted }, facts),
    });
  },
);
