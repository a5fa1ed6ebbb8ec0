// clear, and rotate and reopen of `tsv` alone: act on the log files of programs.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { errnoText } from "../../host/error-code.ts";
import { type ResultRow, readProcessRows, readResultRows } from "../answers.ts";
import { faultOf } from "../client.ts";
import { type Command, type CommandContext, EXIT } from "../context.ts";
import { type ResultWords, reportNoGroup, reportRow, rowOf } from "../results.ts";

const CLEARED: ResultWords = {
  success: "cleared",
  faults: { BAD_NAME: "no such process", FAILED: "failed" },
};

/** Under tsv's own name: the reason why a log cannot be used. supervisorctl only prints that it failed. */
const OWN_FAULTS: ResultWords["faults"] = { BAD_NAME: "no such process", FAILED: logReason };

/** `FAILED: web: /root/web.log: EACCES` without the name, and with words for the error. */
function logReason({ group, name, description }: ResultRow): string {
  const text = description.replace(/^FAILED(?:: |$)/, "");
  const shown = [`${group}:${name}`, displayName(group, name)].find(
    (each) => text === each || text.startsWith(`${each}: `),
  );
  const reason = shown === undefined ? text : text.slice(shown.length + 2);
  if (reason === "") return "failed";
  return reason.replace(/(?<=: )E[A-Z0-9]+$/, errnoText);
}

export const clear: Command = {
  name: "clear",
  usage: [
    ["clear <name> [...]", "Empty the stdout and stderr logs of processes"],
    ["clear <group>:*", "Empty the logs of every process of a group"],
    ["clear all", "Empty the logs of every process"],
  ],
  run: async (context, names) => {
    if (!(await context.isUp())) return;
    if (names.length === 0) {
      return context.misuse(clear, "Error: clear requires a process name");
    }
    const words = context.isOwn ? { ...CLEARED, faults: OWN_FAULTS } : CLEARED;
    if (names.includes("all")) {
      const rows = readResultRows(await context.call("supervisor.clearAllProcessLogs"));
      for (const row of rows) reportRow(context, words, row);
      return;
    }
    for (const name of names) {
      for (const spec of await membersOf(context, name)) {
        const member = `${spec.group}:${spec.process}`;
        const result = await context.client.call("supervisor.clearProcessLogs", [member]);
        reportRow(context, words, rowOf(spec, result));
      }
    }
  },
};

/** The processes of a name: the interface clears one at a time. An empty group is reported. */
async function membersOf(
  context: CommandContext,
  name: string,
): Promise<readonly { readonly group: string; readonly process: string }[]> {
  const { group, process } = parseNamespec(name);
  if (process !== null) return [{ group, process }];
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const members = rows.filter((row) => row.group === group);
  if (members.length === 0) reportNoGroup(context, group, EXIT.GENERIC);
  return members.map((row) => ({ group, process: row.name }));
}

const OWN_ACTIONS = {
  rotate: { method: "tsv.rotateLogs", success: "rotated" },
  reopen: { method: "tsv.reopenLogs", success: "reopened" },
  clear: { method: "tsv.clearLogs", success: "cleared" },
} as const;

/**
 * Runs `tsv rotate`, `tsv reopen`, and `tsv clear` with options.
 * @param channel null for both
 * @param backups of `clear`: remove the backups, too
 */
export async function runLogFiles(
  context: CommandContext,
  verb: keyof typeof OWN_ACTIONS,
  names: readonly string[],
  channel: "stdout" | "stderr" | null,
  backups: boolean,
): Promise<void> {
  if (names.length === 0) {
    const usage = [[`${verb} <name> [...]`, "Act on the log files of programs"]] as const;
    return context.misuse({ usage }, `Error: ${verb} requires a process name`);
  }
  if (!(await context.isUp())) return;
  const { method, success } = OWN_ACTIONS[verb];
  const params: readonly XmlRpcValue[] = [channel ?? "", ...(verb === "clear" ? [backups] : [])];
  for (const name of names.includes("all") ? ["all"] : names) {
    const spec = parseNamespec(name);
    const result = await context.client.call(method, [name === "all" ? "" : name, ...params]);
    if (spec.process === null && faultOf(result) === "BAD_NAME") {
      reportNoGroup(context, spec.group, EXIT.GENERIC);
      continue;
    }
    for (const row of result.ok ? readResultRows(result.value) : [rowOf(spec, result)]) {
      const unneeded = row.status === FAULT_CODES.SUCCESS ? UNNEEDED[row.description] : undefined;
      const words = { success: unneeded?.(verb) ?? success, faults: OWN_FAULTS };
      reportRow(context, words, row);
    }
  }
}

/** What is shown instead of the success, by its description; other descriptions are of logs that were changed. */
const UNNEEDED: Readonly<Record<string, (verb: string) => string>> = {
  EMPTY: (verb) => `nothing to ${verb}`,
  SHARED: (verb) => `nothing to ${verb}, its stderr is in the stdout log`,
};
