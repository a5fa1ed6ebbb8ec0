// The actions of `tsv fleet` on a host, made of the verbs of ctl.

import { displayName } from "../core/base/ids.ts";
import { displayWidth } from "../core/base/printable.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import { askOwnStatus, statusItems } from "../ctl/commands/own-status.ts";
import { findCommand } from "../ctl/commands/table.ts";
import { type CommandContext, EXIT, runCommand } from "../ctl/context.ts";
import { UnhandledFailure } from "../ctl/failure.ts";
import { runRow } from "../ctl/run-verb.ts";
import type { VerbArguments } from "../ctl/verb-arguments.ts";
import { findVerb } from "../ctl/verbs.ts";
import type { FleetAction } from "./arguments.ts";

/** Runs the verb of the same name. */
export async function runSame(
  context: CommandContext,
  action: FleetAction,
  given: VerbArguments,
): Promise<void> {
  const row = findVerb(action);
  if (row !== null) await runRow(context, action, row, given);
}

/** As `tsv apply`; on a Supervisor, which lacks it, as `update`. */
export async function runApply(context: CommandContext, given: VerbArguments): Promise<void> {
  // A plan may take long; a host that is away must not.
  if (!(await context.isUp())) return;
  try {
    await runSame(context, "apply", given);
  } catch (error) {
    if (!isUnknownMethod(error)) throw error;
    await runUpdate(context, given);
  }
}

function isUnknownMethod(error: unknown): boolean {
  if (!(error instanceof UnhandledFailure) || error.failure.kind !== "fault") return false;
  return error.failure.code === FAULT_CODES.UNKNOWN_METHOD;
}

async function runUpdate(
  context: CommandContext,
  { plan, rollback, undo, words }: VerbArguments,
): Promise<void> {
  if (rollback || undo) {
    const option = undo ? "--undo" : "--rollback";
    return await context.complain(async () => {
      return { kind: "failed", message: `a Supervisor has no ${option}`, steps: [] };
    });
  }
  const update = findCommand("update");
  if (plan) {
    const { planUpdate } = await import("../ctl/commands/config.ts");
    await planUpdate(context, words);
  } else if (update !== null) await runCommand(update, context, words.join(" "));
}

/** What a host answered to `status`. */
export type StatusAnswer = NonNullable<Awaited<ReturnType<typeof askOwnStatus>>>;

/** Asks for programs, as `tsv status` does on a terminal. @returns null if that failed, which is reported */
export async function askStatus(
  context: CommandContext,
  given: VerbArguments,
): Promise<StatusAnswer | null> {
  const row = findVerb("status");
  let answer: StatusAnswer | null = null;
  if (row === null) return null;
  const run = async (_: CommandContext, names: readonly string[]): Promise<void> => {
    answer = await askOwnStatus(context, names, given.failed);
  };
  await runRow(context, "status", { ...row, run }, given);
  if (answer === null && context.exitStatus === EXIT.OK) context.exitStatus = EXIT.GENERIC;
  return answer;
}

/** Columns of the names of programs. */
export function programWidth(answers: readonly StatusAnswer[]): number {
  const names = answers.flatMap(({ shown }) =>
    shown.map(({ group, name }) => displayWidth(displayName(group, name))),
  );
  return names.reduce((most, width) => Math.max(most, width), 0);
}

/** The lines of a host. @param columns beside the names of hosts; null without a terminal */
export function statusLines(answer: StatusAnswer, columns: number | null, width: number) {
  return [...answer.errors, ...statusItems(answer.shown, answer.known, columns, width)];
}
