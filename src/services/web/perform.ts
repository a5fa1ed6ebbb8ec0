// Does what a request asks for, by the same RPC methods that ctl uses, and says in a sentence what came of it. Waits as
// they do; others are answered meanwhile.

import { parseNamespec } from "../../core/base/ids.ts";
import {
  doneMessage,
  faultMessage,
  groupMessage,
  noSuchMessage,
  type ProgramVerb,
  type WebAction,
} from "../../core/web/actions.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { isStruct } from "../../core/xmlrpc/fields.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Call, WebDeps } from "./deps.ts";

type PerformDeps = Pick<WebDeps, "supervisor" | "now" | "localTime"> & { readonly call: Call };

/** Performs an action. @returns the message for the client */
export async function perform(deps: PerformDeps, action: WebAction): Promise<string> {
  switch (action.kind) {
    case "refresh":
      break;
    case "all":
      await deps.call("supervisor.stopAllProcesses", []);
      if (action.verb === "restart") await deps.call("supervisor.startAllProcesses", []);
      break;
    case "program": {
      const problem = await onPrograms(deps, action.verb, action.name);
      if (problem !== null) return problem;
      break;
    }
  }
  return doneMessage(action, deps.localTime(deps.now().wall));
}

/** @returns what went wrong, or null */
async function onPrograms(
  deps: PerformDeps,
  verb: ProgramVerb,
  name: string,
): Promise<string | null> {
  const { group, process } = parseNamespec(name);
  const isKnown =
    process === null
      ? deps.supervisor.group(group) !== null && verb !== "clearlog"
      : deps.supervisor.process(group, process) !== null;
  if (!isKnown) return noSuchMessage(name);
  switch (verb) {
    case "start":
      return await step(deps, "supervisor.startProcess", verb, name);
    case "stop":
      return await step(deps, "supervisor.stopProcess", verb, name);
    case "restart":
      // One that does not run is only started.
      await deps.call("supervisor.stopProcess", [name]);
      return await step(deps, "supervisor.startProcess", "start", name);
    case "clearlog":
      return await step(deps, "supervisor.clearProcessLogs", verb, name);
  }
}

async function step(
  deps: PerformDeps,
  method: string,
  verb: ProgramVerb,
  name: string,
): Promise<string | null> {
  const outcome = await deps.call(method, [name]);
  if (!outcome.ok) return faultMessage(verb, name, outcome.error);
  const failed = failures(outcome.value);
  return failed.length === 0 ? null : groupMessage(name, failed);
}

/** Of the structs that methods on groups answer, those with a fault: `name: DESCRIPTION`. */
function failures(value: XmlRpcValue): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isStruct)
    .filter((struct) => struct["status"] !== FAULT_CODES.SUCCESS)
    .map((struct) => `${struct["name"]}: ${struct["description"]}`);
}
