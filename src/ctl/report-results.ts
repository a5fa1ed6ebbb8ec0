// Reports the results of start, stop, signal and clear: of one process, of a group, of many.

import { displayName, type Namespec } from "../core/base/ids.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import { readResultRows } from "./answers.ts";
import { type CallResult, faultCode } from "./client.ts";
import { type CommandContext, expectValue } from "./context.ts";
import { UnhandledFailure } from "./failure.ts";
import { noSuchGroup, type ResultWords, resultItem } from "./results.ts";

/** What differs between the commands. */
export interface OverNames {
  readonly words: ResultWords;
  /** A fault that is no failure of this command. */
  readonly ignored: number | null;
  readonly allMethod: string;
  readonly groupMethod: string;
  readonly processMethod: string;
  /** Parameters after the name. */
  readonly params: readonly XmlRpcValue[];
  /** Exit status for a group that does not exist. */
  readonly noGroupStatus: number;
  /** Called for each result that is a failure. */
  readonly failed?: (name: string, fault: number) => void;
}

/** Reports the answer of a method that takes a group. */
export function reportGroup(
  context: CommandContext,
  group: string,
  { result, how }: { readonly result: CallResult; readonly how: OverNames },
): void {
  if (!result.ok && faultCode(result.error) === FAULT_CODES.BAD_NAME) {
    context.report.item(noSuchGroup(group));
    context.unknownNames.push(`${group}:*`);
    context.exitStatus = how.noGroupStatus;
    return;
  }
  reportRows(context, expectValue(result), how);
}

/** Reports the answer of a method that takes one process. Only faults are results; the rest is unhandled. */
export function reportOne(
  context: CommandContext,
  spec: Namespec,
  answer: {
    readonly result: Awaited<ReturnType<CommandContext["client"]["call"]>>;
    readonly words: ResultWords;
    readonly ignored: number | null;
    readonly failed?: OverNames["failed"];
  },
): void {
  const { result, words, ignored, failed } = answer;
  if (!result.ok && result.error.kind !== "fault") throw new UnhandledFailure(result.error);
  const status = result.ok ? FAULT_CODES.SUCCESS : (faultCode(result.error) ?? 0);
  const description = !result.ok && result.error.kind === "fault" ? result.error.text : "";
  const row = { group: spec.group, name: spec.process ?? "*", status, description };
  context.report.item(resultItem(words, row, ignored));
  if (status !== FAULT_CODES.SUCCESS) failed?.(displayName(row.group, row.name), status);
  if (status === FAULT_CODES.BAD_NAME) context.unknownNames.push(displayName(row.group, row.name));
  context.fold(status, ignored);
}

/** Reports the answer of a method that takes many processes. */
export function reportRows(
  context: CommandContext,
  value: XmlRpcValue,
  how: Pick<OverNames, "words" | "ignored" | "failed">,
): void {
  for (const row of readResultRows(value)) {
    context.report.item(resultItem(how.words, row, how.ignored));
    if (row.status !== FAULT_CODES.SUCCESS)
      how.failed?.(displayName(row.group, row.name), row.status);
    context.fold(row.status, how.ignored);
  }
}
