// upgrade: upgrades the daemon in place. The daemon that answers next reports the outcome: the successor, or the same daemon
// if the upgrade failed. Exit statuses are those of tsv(1), for scripts of packages.

import { complaintLines } from "../../core/base/complaint.ts";
import { textColumns } from "../../core/base/printable.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type CallResult, faultCode } from "../client.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { connectionCode } from "../failure.ts";

/** What the command line asked for. */
interface UpgradeRequest {
  /** The new executable, absolute, or nothing. */
  readonly words: readonly string[];
  readonly check: boolean;
  readonly fromPackage: boolean;
  readonly json: boolean;
}

/** Errors of this verb go to standard error, unlike those of Supervisor's own actions. */
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

/** Runs `tsv upgrade`. */
export async function runUpgrade(context: CommandContext, request: UpgradeRequest): Promise<void> {
  const { words, check, fromPackage, json } = request;
  const complain: Complain = (message, exitStatus) => {
    if (json) context.fail(`Error: ${message}`, exitStatus);
    else context.terminal.writeError(errorText(message, context));
    context.exitStatus = exitStatus;
  };
  if (words.length > 1) {
    const line = "Error: upgrade takes one path at most";
    context.misuse({ usage: [["upgrade [path]", ""]] }, line, EXIT.INVALID_ARGS);
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
  if (check) say(context, plan, "possible", `tsv ${plan.from} can be upgraded to ${plan.path}`);
  else if (plan.id === 0) say(context, plan, "unchanged", `${plan.path} is already running`);
  else await tellOutcome(context, plan, complain);
}

function errorText(message: string, { terminal }: CommandContext): string {
  const lines = complaintLines(
    { message, steps: [] },
    textColumns(terminal.size()?.columns ?? null),
  );
  return lines.map((line) => `${line}\n`).join("");
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
    const text = `the daemon at ${context.serverUrl} cannot be upgraded in place: restart it`;
    complain(`${text}`, STATUS.REFUSED);
  } else if (code === FAULT_CODES.SHUTDOWN_STATE) {
    complain("the daemon is shutting down or reloading", STATUS.REFUSED);
  } else if (GONE.includes(connection)) {
    complain(`the daemon at ${context.serverUrl} exited before it answered`, STATUS.LOST);
  } else if (error.kind === "fault" && code === FAULT_CODES.FAILED) {
    const reason = error.text.replace(/^FAILED: /, "");
    complain(`not upgraded; the daemon continues: ${reason}`, STATUS.REFUSED);
  } else {
    expectValue(answer);
  }
}

/** A connection that is opened now waits until the successor takes it. */
async function tellOutcome(context: CommandContext, plan: Plan, complain: Complain): Promise<void> {
  context.client.close();
  const answer = await context.client.call("tsv.getUpgrade");
  if (!answer.ok && answer.error.kind === "connection") {
    const text = `the daemon at ${context.serverUrl} no longer answers after the upgrade to ${plan.path}`;
    complain(`${text}; its activity log may say why`, STATUS.LOST);
    return;
  }
  const outcome = struct(expectValue(answer));
  if (outcome["state"] === "replaced" && outcome["id"] === plan.id) {
    say(context, plan, "replaced", `Upgraded tsv ${plan.from} to ${plan.path}`);
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
