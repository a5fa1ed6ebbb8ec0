// Performs the action of a request with the RPC methods that ctl uses, and describes the outcome in a sentence. Waits as they
// do; other requests are answered meanwhile.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import {
  type AllVerb,
  allMessage,
  doneMessage,
  faultMessage,
  groupMessage,
  noSuchMessage,
  type ProgramVerb,
  signalFaultMessage,
  type WebAction,
} from "../../core/web/actions.ts";
import { FAULT_CODES, type FaultName, faultText } from "../../core/xmlrpc/faults.ts";
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Call, WebDeps } from "./deps.ts";

type PerformDeps = Pick<WebDeps, "supervisor" | "now" | "localTime"> & { readonly call: Call };

/** Performs an action. @returns the message for the client */
export async function perform(deps: PerformDeps, action: WebAction): Promise<string> {
  const problem = await problemOf(deps, action);
  if (problem !== null) return problem;
  return doneMessage(action, deps.localTime(deps.now().wall));
}

/** @returns what went wrong, or null */
async function problemOf(deps: PerformDeps, action: WebAction): Promise<string | null> {
  if (action.kind === "refresh") return null;
  if (action.kind === "all") return await onAll(deps, action.verb);
  if (action.kind === "some") return await onSome(deps, action.verb, action.names);
  if (action.kind === "program") return await onPrograms(deps, action.verb, action.name);
  const { name, signal } = action;
  const outcome = await deps.call("supervisor.signalProcess", [name, signal]);
  return outcome.ok ? null : signalFaultMessage(name, signal, outcome.error);
}

async function onAll({ call }: PerformDeps, verb: AllVerb): Promise<string | null> {
  const refused = verb === "restart" ? await refusedRestarts(call, "") : [];
  if (refused.length > 0) return allMessage(verb, refused);
  const outcomes: Awaited<ReturnType<Call>>[] = [];
  if (verb !== "start") outcomes.push(await call("supervisor.stopAllProcesses", []));
  if (verb !== "stop") outcomes.push(await call("supervisor.startAllProcesses", []));
  const failed = outcomes.flatMap((outcome) =>
    outcome.ok ? failures(outcome.value, memberName) : [faultText(outcome.error)],
  );
  return failed.length === 0 ? null : allMessage(verb, failed);
}

const NONE: ReadonlySet<FaultName> = new Set();
/** Of selected programs, some may already be as they shall be. */
const MOOT: ReadonlySet<FaultName> = new Set(["ALREADY_STARTED", "NOT_RUNNING"]);

async function onSome(
  deps: PerformDeps,
  verb: AllVerb,
  names: readonly string[],
): Promise<string | null> {
  const problems = await Promise.all(names.map((name) => onPrograms(deps, verb, name, MOOT)));
  const failed = problems.flatMap((problem, at) => {
    if (problem === null) return [];
    const name = names[at] ?? "";
    const why = problem.replace(/^ERROR: (?:Process |Group |Not all \w+: )/, "");
    return [why.includes(name) ? why : `${name}: ${why}`];
  });
  return failed.length === 0 ? null : allMessage(verb, failed);
}

const METHODS = {
  start: "supervisor.startProcess",
  stop: "supervisor.stopProcess",
  clearlog: "supervisor.clearProcessLogs",
} as const;

/** @param moot faults that are none here @returns what went wrong, or null */
async function onPrograms(
  deps: PerformDeps,
  verb: ProgramVerb,
  name: string,
  moot: ReadonlySet<FaultName> = NONE,
): Promise<string | null> {
  const { group, process } = parseNamespec(name);
  const isKnown =
    process === null
      ? deps.supervisor.group(group) !== null && verb !== "clearlog"
      : deps.supervisor.process(group, process) !== null;
  if (!isKnown) return noSuchMessage(name);
  if (verb === "restart") {
    const refused = await refusedRestarts(deps.call, name);
    if (refused.length > 0) return allMessage(verb, refused);
    // One that does not run is only started.
    await deps.call(METHODS.stop, [name]);
  }
  const done = verb === "restart" ? "start" : verb;
  const outcome = await deps.call(METHODS[done], [name]);
  if (!outcome.ok) {
    return moot.has(outcome.error.name) ? null : faultMessage(done, name, outcome.error);
  }
  const failed = failures(outcome.value, (struct) => String(struct["name"]));
  return failed.length === 0 ? null : groupMessage(name, failed);
}

/** Programs that are not stopped, because they could not be started again. */
async function refusedRestarts(call: Call, name: string): Promise<readonly string[]> {
  const checked = await call("tsv.checkStarts", [name]);
  return checked.ok ? failures(checked.value, memberName) : [];
}

/** Of the structs that methods on groups answer, those with a fault: `name: DESCRIPTION`. */
function failures(value: XmlRpcValue, nameOf: (struct: XmlRpcStruct) => string): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isStruct)
    .filter((struct) => struct["status"] !== FAULT_CODES.SUCCESS)
    .map((struct) => `${nameOf(struct)}: ${struct["description"]}`);
}

function memberName({ group, name }: XmlRpcStruct): string {
  return displayName(String(group), String(name));
}
