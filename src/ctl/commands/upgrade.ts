// upgrade: replaces the daemon by another executable, in place. What becomes of it is asked of whoever answers next: its
// successor, or the same daemon if it goes on. Exit statuses are those of tsv(1), for scripts of packages.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { isStruct } from "../../core/xmlrpc/fields.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type CallResult, faultCode } from "../client.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { connectionCode } from "../failure.ts";
import { UPGRADE_USAGE } from "./upgrade-usage.ts";

/** What the command line asked for. */
export interface UpgradeRequest {
  /** The new executable, absolute, or nothing. */
  readonly words: readonly string[];
  readonly check: boolean;
  readonly fromPackage: boolean;
  readonly json: boolean;
}

/** What this verb says when it fails goes to standard error, unlike what Supervisor's own actions say. */
type Complain = (line: string, exitStatus: number) => void;

const STATUS = { REFUSED: EXIT.GENERIC, NOBODY: 3, LOST: 4 } as const;

/** Nobody listens there. */
const ABSENT = ["ECONNREFUSED", "ENOENT", "ENOTDIR"];
/** Somebody did, and ended before it answered: a daemon that hung, and was killed for it. */
const GONE = ["ECONNRESET", "EPIPE", "DISCONNECTED"];

interface Plan {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly id: number;
}

/** Runs `tsv upgrade`. */
export async function runUpgrade(context: CommandContext, request: UpgradeRequest): Promise<void> {
  const { words, check, fromPackage, json } = request;
  const complain: Complain = (line, exitStatus) => {
    if (json) context.fail(line, exitStatus);
    else context.terminal.writeError(`${line}\n`);
    context.exitStatus = exitStatus;
  };
  if (words.length > 1) {
    const line = "Error: upgrade takes one path at most";
    context.misuse({ usage: UPGRADE_USAGE }, line, EXIT.INVALID_ARGS);
    return;
  }
  const path = words[0] ?? "";
  const answer = check
    ? await context.client.call("tsv.checkUpgrade", [path])
    : await context.client.call("tsv.upgrade", [path, fromPackage]);
  if (!answer.ok) {
    refused(context, answer, { complain, isQuiet: fromPackage });
    return;
  }
  const plan = readPlan(answer.value);
  if (check) say(context, plan, "possible", `tsv ${plan.from} can be replaced by ${plan.path}`);
  else if (plan.id === 0) say(context, plan, "unchanged", `${plan.path} runs already`);
  else await tellOutcome(context, plan, complain);
}

function say(context: CommandContext, plan: Plan, result: string, text: string): void {
  const { from, to, path } = plan;
  context.report.item({ line: `${text} (tsv ${to})`, data: { result, from, to, path } });
}

function refused(
  context: CommandContext,
  answer: CallResult,
  { complain, isQuiet }: { readonly complain: Complain; readonly isQuiet: boolean },
): void {
  if (answer.ok) return;
  const { error } = answer;
  const connection = connectionCode(error) ?? "";
  const absent = ABSENT.includes(connection);
  const code = faultCode(error);
  if (absent && isQuiet) context.exitStatus = STATUS.NOBODY;
  else if (absent) complain(`no daemon is running at ${context.serverUrl}`, STATUS.NOBODY);
  else if (code === FAULT_CODES.UNKNOWN_METHOD) {
    const text = `the daemon at ${context.serverUrl} cannot be replaced in place: restart it`;
    complain(`ERROR: ${text}`, STATUS.REFUSED);
  } else if (code === FAULT_CODES.SHUTDOWN_STATE) {
    complain("ERROR: the daemon is shutting down or starting over", STATUS.REFUSED);
  } else if (GONE.includes(connection)) {
    complain(`ERROR: the daemon at ${context.serverUrl} ended before it answered`, STATUS.LOST);
  } else if (error.kind === "fault" && code === FAULT_CODES.FAILED) {
    const reason = error.text.replace(/^FAILED: /, "");
    complain(`ERROR: not upgraded, the daemon goes on as it is: ${reason}`, STATUS.REFUSED);
  } else {
    expectValue(answer);
  }
}

/** A connection that is opened now waits until the successor takes it. */
async function tellOutcome(context: CommandContext, plan: Plan, complain: Complain): Promise<void> {
  context.client.close();
  const answer = await context.client.call("tsv.getUpgrade");
  if (!answer.ok && answer.error.kind === "connection") {
    const text = `the daemon at ${context.serverUrl} does not answer since it was to be replaced by ${plan.path}`;
    complain(`ERROR: ${text}; its activity log may say why`, STATUS.LOST);
    return;
  }
  const outcome = struct(expectValue(answer));
  if (outcome["state"] === "replaced" && outcome["id"] === plan.id) {
    say(context, plan, "replaced", `Replaced tsv ${plan.from} by ${plan.path}`);
  } else if (outcome["state"] === "failed" && outcome["id"] === plan.id) {
    // The activity log has the rest, which is for whoever mends tsv.
    const [reason] = String(outcome["reason"]).split("\n");
    complain(`ERROR: not upgraded, the daemon goes on as it was: ${reason}`, STATUS.REFUSED);
  } else {
    complain("ERROR: the daemon was started anew instead of being replaced", STATUS.LOST);
  }
}

function readPlan(value: XmlRpcValue): Plan {
  const { from, to, path, id } = struct(value);
  return { from: String(from), to: String(to), path: String(path), id: Number(id ?? 0) };
}

function struct(value: XmlRpcValue): XmlRpcStruct {
  return isStruct(value) ? value : {};
}
