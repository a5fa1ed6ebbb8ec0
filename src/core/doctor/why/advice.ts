// What to do about a program, from what was found out: the surest thing first.

import { shellLine } from "../words.ts";
import type { Advice, Explanation } from "./explain.ts";

type Known = Pick<Explanation, "state" | "history" | "clue" | "kill" | "findings"> & {
  readonly label: string;
};

/** In the order in which to try it; empty where all is well. */
export function adviceFor({
  state,
  history,
  clue,
  kill,
  findings,
  label,
}: Known): readonly Advice[] {
  const advice: Advice[] = findings.map(({ code, repair }) => ({
    text: `${repair.advice} (${code})`,
    commands:
      repair.steps.length > 0 ? [shellLine(["tsv", "doctor", "--fix", code])] : repair.commands,
  }));
  const last = history?.runs.at(-1);
  const isDown = state !== null && state !== "RUNNING" && state !== "STARTING";
  const hasFailed =
    state === "FATAL" || state === "BACKOFF" || (state === "EXITED" && last?.expected === false);
  if (clue !== null && hasFailed) advice.push({ text: clue.advice, commands: [] });
  if (kill !== null && hasFailed && kill.by !== "unknown") {
    advice.push({
      text: "Give the program more memory, or set a lower limit of its own; MemoryMax= of the service limits all programs together",
      commands: [],
    });
  }
  if (hasFailed && advice.length === 0) {
    advice.push({
      text: "See what it wrote before it ended",
      commands: [shellLine(["tsv", "tail", label, "stderr"]), shellLine(["tsv", "tail", label])],
    });
  }
  if (hasFailed && last?.core === true) {
    advice.push({
      text: "It left a core dump: a debugger shows where it crashed",
      commands: ["coredumpctl list"],
    });
  }
  if (
    state === "FATAL" ||
    (isDown && state !== "BACKOFF" && state !== "STOPPING" && history?.nextStartMs === null)
  ) {
    const then = advice.length > 0 ? "Then start it" : "Start it";
    advice.push({ text: then, commands: [shellLine(["tsv", "start", label])] });
  }
  return advice;
}
