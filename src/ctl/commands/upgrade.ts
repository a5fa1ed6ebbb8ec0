// upgrade: upgrades the daemon in place. The daemon that answers next reports the outcome: the successor, or the same daemon
// if the upgrade failed. Exit statuses are those of tsv(1), for scripts of packages.

import { complaintLines } from "../../core/base/complaint.ts";
import { textColumns } from "../../core/base/printable.ts";
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type CallResult, faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import { connectionCode } from "../failure.ts";
import type { VerbArguments } from "../verb-arguments.ts";

/** Reports an error, on standard error unlike those of Supervisor's own actions. */
type Complain = (message: string, exitStatus: number) => void;

const STATUS = { REFUSED: EXIT.GENERIC, NOBODY: 3, LOST: 4 } as const;

/** Nothing listens there. */
const ABSENT = ["ECONNREFUSED", "ENOENT", "ENOTDIR"];
/** A daemon listened, and exited before it answered: it hung and was killed. */
const GONE = ["ECONNRESET", "EPIPE", "DISCONNECTED"];

interface Plan {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly id: number;
}

/** Runs `tsv upgrade`. @param paths of the new executable, absolute; none for the path that the daemon was started from */
export async function runUpgrade(
  context: CommandContext,
  paths: readonly string[],
  { check, fromPackage, json }: Pick<VerbArguments, "check" | "fromPackage" | "json">,
): Promise<void> {
  const complain: Complain = (message, exitStatus) => {
    if (json) context.fail(`Error: ${message}`, exitStatus);
    else context.terminal.writeError(errorText(message, context));
    context.exitStatus = exitStatus;
  };
  if (paths.length > 1) {
    const line = "Error: upgrade takes one path at most";
    context.misuse({ usage: [["upgrade [path]", ""]] }, line, EXIT.INVALID_ARGS);
    return;
  }
  const [path = ""] = paths;
  const answer = check
    ? await context.client.call("tsv.checkUpgrade", [path])
    : await context.client.call("tsv.upgrade", [path, fromPackage]);
  if (!answer.ok) return await reportRejected(context, answer, complain, fromPackage);
  const plan = readPlan(answer.value);
  if (check)
    reportPlan(context, plan, "possible", `tsv ${plan.from} can be upgraded to ${plan.path}`);
  else if (plan.id === 0) reportPlan(context, plan, "unchanged", `${plan.path} is already running`);
  else await reportOutcome(context, plan, complain);
}

function errorText(message: string, { terminal }: CommandContext): string {
  const lines = complaintLines(
    { message, steps: [] },
    textColumns(terminal.size()?.columns ?? null),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function reportPlan(context: CommandContext, plan: Plan, result: string, text: string): void {
  const { from, to, path } = plan;
  context.report.item({ line: `${text} (tsv ${to})`, data: { result, from, to, path } });
}

/** @param isQuiet it is no error that no daemon is running */
async function reportRejected(
  context: CommandContext,
  answer: CallResult,
  complain: Complain,
  isQuiet: boolean,
): Promise<void> {
  if (answer.ok) return;
  const { error } = answer;
  const connection = connectionCode(error) ?? "";
  const absent = ABSENT.includes(connection);
  const fault = faultOf(answer);
  if (absent) {
    context.exitStatus = STATUS.NOBODY;
    if (!isQuiet) await context.explain(error);
  } else if (fault === "UNKNOWN_METHOD") {
    const text = `the daemon at ${context.serverUrl} cannot be upgraded in place: restart it`;
    complain(text, STATUS.REFUSED);
  } else if (fault === "SHUTDOWN_STATE") {
    complain("the daemon is shutting down or reloading", STATUS.REFUSED);
  } else if (GONE.includes(connection)) {
    complain(`the daemon at ${context.serverUrl} exited before it answered`, STATUS.LOST);
  } else if (error.kind === "fault" && fault === "FAILED") {
    const reason = error.text.replace(/^FAILED: /, "");
    complain(`not upgraded; the daemon continues: ${reason}`, STATUS.REFUSED);
  } else {
    expectValue(answer);
  }
}

/**
 * A connection that is opened now waits until the successor takes it. One that the daemon before had still accepted, and closed
 * because the request came too late, is opened again.
 */
async function outcomeOf({ client }: CommandContext): Promise<CallResult> {
  client.close();
  const answer = await client.call("tsv.getUpgrade");
  const isGone = !answer.ok && GONE.includes(connectionCode(answer.error) ?? "");
  return isGone ? await client.call("tsv.getUpgrade") : answer;
}

async function reportOutcome(
  context: CommandContext,
  plan: Plan,
  complain: Complain,
): Promise<void> {
  const answer = await outcomeOf(context);
  if (!answer.ok && answer.error.kind === "connection") {
    const text = `the daemon at ${context.serverUrl} no longer answers after the upgrade to ${plan.path}`;
    complain(`${text}; its activity log may say why`, STATUS.LOST);
    return;
  }
  const outcome = struct(expectValue(answer));
  if (outcome["state"] === "replaced" && outcome["id"] === plan.id) {
    reportPlan(context, plan, "replaced", `Upgraded tsv ${plan.from} to ${plan.path}`);
  } else if (outcome["state"] === "failed" && outcome["id"] === plan.id) {
    // The activity log has the rest, for developers.
    const [reason] = String(outcome["reason"]).split("\n");
    complain(`not upgraded; the daemon continues: ${reason}`, STATUS.REFUSED);
  } else {
    complain("the daemon was restarted instead of upgraded", STATUS.LOST);
  }
}

function readPlan(value: XmlRpcValue): Plan {
  const { from, to, path, id } = struct(value);
  return { from: String(from), to: String(to), path: String(path), id: Number(id ?? 0) };
}

function struct(value: XmlRpcValue): XmlRpcStruct {
  return isStruct(value) ? value : {};
}
