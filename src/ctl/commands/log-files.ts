// rotate, reopen, and clear with options (of `tsv` alone): acts on the log files of programs.

import { parseNamespec } from "../../core/base/ids.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readResultRows } from "../answers.ts";
import { faultCode } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { reportOne } from "../report-results.ts";
import { CLEAR_WORDS, LOG_FAULTS, noSuchGroup, type ResultWords, resultItem } from "../results.ts";

/** What was asked for. */
interface LogFilesRequest {
  readonly verb: LogFilesVerb;
  readonly names: readonly string[];
  /** Null for both. */
  readonly channel: "stdout" | "stderr" | null;
  /** Of `clear`. */
  readonly backups: boolean;
}

type LogFilesVerb = "rotate" | "reopen" | "clear";

const WORDS: Readonly<Record<LogFilesVerb, ResultWords>> = {
  rotate: { success: "rotated", faults: LOG_FAULTS },
  reopen: { success: "reopened", faults: LOG_FAULTS },
  clear: { ...CLEAR_WORDS, faults: LOG_FAULTS },
};
const METHODS: Readonly<Record<LogFilesVerb, string>> = {
  rotate: "tsv.rotateLogs",
  reopen: "tsv.reopenLogs",
  clear: "tsv.clearLogs",
};
/** What there was to do, by the description of a success; others have done it. */
const UNNEEDED: Readonly<Record<string, (verb: LogFilesVerb) => string>> = {
  EMPTY: (verb) => `nothing to ${verb}`,
  SHARED: (verb) => `nothing to ${verb}, its stderr is in the stdout log`,
};

/** Runs `tsv rotate`, `tsv reopen` and `tsv clear`. */
export async function runLogFiles(
  context: CommandContext,
  { verb, names, channel, backups }: LogFilesRequest,
): Promise<void> {
  if (names.length === 0) {
    const usage = [[`${verb} <name> [...]`, "Act on the log files of programs"]] as const;
    return context.misuse({ usage }, `Error: ${verb} requires a process name`);
  }
  if (!(await context.isUp())) return;
  const params: readonly XmlRpcValue[] = [channel ?? "", ...(verb === "clear" ? [backups] : [])];
  for (const name of names.includes("all") ? ["all"] : names) {
    const spec = parseNamespec(name);
    const asked = name === "all" ? "" : name;
    const result = await context.client.call(METHODS[verb], [asked, ...params]);
    const words = WORDS[verb];
    if (result.ok) {
      for (const row of readResultRows(result.value)) {
        const isDone = row.status === FAULT_CODES.SUCCESS;
        const success = (isDone ? UNNEEDED[row.description]?.(verb) : null) ?? words.success;
        context.report.item(resultItem({ ...words, success }, row));
        context.fold(row.status, null);
      }
    } else if (spec.process === null && faultCode(result.error) === FAULT_CODES.BAD_NAME) {
      context.report.item(noSuchGroup(spec.group));
      context.unknownNames.push(name);
      context.exitStatus = EXIT.GENERIC;
    } else reportOne(context, spec, { result, words, ignored: null });
  }
}
