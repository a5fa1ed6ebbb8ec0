// The verb status, a row of verbs.ts, with its ways to show programs.

import { findCommand } from "./commands/table.ts";
import { type CommandContext, runCommand } from "./context.ts";
import { set, type VerbArguments } from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";

/** Runs an action of supervisorctl. */
export async function runAction(
  name: string,
  context: CommandContext,
  words: readonly string[],
): Promise<void> {
  const command = findCommand(name);
  if (command !== null) await runCommand(command, context, words.join(" "));
}

export const NAMES =
  "A name is that of a program, GROUP:PROGRAM, GROUP:* for a whole group, all, or a pattern: 'web*', 'web:worker_?'.";

export const STATUS_VERB: VerbRow = {
  problem: async (given) => {
    const message = problemOf(given);
    return message === null ? null : { message, steps: [] };
  },
  run: async (context, words, { check, failed, long, watch }) => {
    if (check) {
      const { runStatusCheck } = await import("./commands/check-status.ts");
      await runStatusCheck(context, words);
    } else if (watch) {
      const { watchStatus } = await import("./commands/watch-status.ts");
      await watchStatus(context, words, failed, process.env["TERM"]);
    } else if (long) {
      const { runLongStatus } = await import("./commands/long-status.ts");
      await runLongStatus(context, words, failed);
    } else if (failed || context.terminal.stdoutIsTty || context.report.isData) {
      const { runOwnStatus } = await import("./commands/own-status.ts");
      await runOwnStatus(context, words, failed);
    } else await runAction("status", context, words);
  },
  usage: [
    ["status [options] [name...]", ""],
    ["status --check [name...]", ""],
  ],
  about: [
    NAMES,
    "On a terminal and in JSON, it also shows CPU and memory, restarts and the last exit of each program. The CPU is that since the program started; tsv top and --watch show what it uses now.",
  ],
  options: [
    ["--failed", "only programs that need attention", set("failed")],
    ["--long", "all that is known of each program, on several lines", set("long")],
    [
      "--watch",
      "show it until q is pressed, and draw it again when something changes",
      set("watch"),
    ],
    [
      "--check",
      "only say in one line whether all that should run is running and healthy",
      set("check"),
    ],
  ],
  examples: [
    ["tsv status", "all programs"],
    ["tsv status 'web*'", "programs whose names begin with web"],
    ["tsv status --failed", "what does not work"],
    ["tsv status --long web", "all about web"],
    ["tsv status --json", "for scripts, with CPU and memory"],
    ["tsv status --check", "for a HEALTHCHECK"],
  ],
  statuses: [
    [1, "--check: a program that should run is not RUNNING, not ready or unhealthy"],
    [3, "a program shown is not running; --failed: a program needs attention"],
    [4, "there is no such program, or no daemon is running; --check: it does not answer"],
  ],
};

/** Options that exclude each other. */
function problemOf({ check, failed, long, watch, json }: VerbArguments): string | null {
  if (check && (failed || long || watch)) return "status --check shows no programs";
  if (watch && long) return "status takes --watch or --long, not both";
  return watch && json ? "status --watch needs a terminal, so it has no --json" : null;
}
