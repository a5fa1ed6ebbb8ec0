// Commands that run as their program does: of its checks, reloads and hooks.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { Gathered } from "../../core/environment/layers.ts";
import {
  type LaunchContext,
  type ProgramCommand,
  planOwnCommand,
} from "../../core/process/launch.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { Checker, CheckOutcome, HostCheck } from "../../ports/checker.ts";
import { NOT_KEPT, NOT_KEPT_TEXT } from "./gathered.ts";

export interface OwnCommandDeps {
  readonly checker: Checker;
  /** The context of these commands, which run as programs do. */
  readonly context: LaunchContext;
}

export interface OwnCommand
  extends Pick<ProgramCommand, "use">,
    Pick<Extract<HostCheck, { readonly kind: "exec" }>, "output"> {
  readonly text: string;
  /** In milliseconds. */
  readonly limitMs: number;
  /** The environment of the run of the program. */
  readonly gathered: Gathered | typeof NOT_KEPT;
  /** Variables that only the command gets. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Runs a command of a program.
 * @param done called once, later, unless the command is cancelled
 * @returns cancels it; or why it cannot run
 */
export function runOwnCommand(
  { checker, context }: OwnCommandDeps,
  record: ProcessRecord,
  { text, limitMs, gathered, variables, use, output }: OwnCommand,
  done: (outcome: CheckOutcome) => void,
): Result<() => void, CheckOutcome> {
  if (gathered === NOT_KEPT) return err({ ok: false, text: NOT_KEPT_TEXT, byHost: true });
  const plan = planOwnCommand(record, text, context, gathered, variables);
  if (!plan.ok) return err({ ok: false, text: plan.error.text });
  const { programName: program, uid } = record.config;
  const command = use === undefined ? plan.value : { ...plan.value, use };
  const target = { kind: "exec", command, ...(output === undefined ? {} : { output }) } as const;
  return ok(checker.check(target, limitMs, done, { program, uid, isSuspect: false }));
}
