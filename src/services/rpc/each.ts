// One action on many processes at once, and the array of results that Supervisor answers for it.

import { displayName } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/result.ts";
import { ok } from "../../core/base/result.ts";
import { FAULT_CODES, type Fault, faultText } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcStruct } from "../../core/xmlrpc/value.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { Outcome } from "./method.ts";

type Action = (
  process: ProcessView,
  name: string,
) => Result<true, Fault> | Promise<Result<true, Fault>>;

/**
 * Begins the action on every process, in this order, without waiting in between.
 * @returns one result a process in order of completion: those that were complete at once come first
 */
export async function forEach(processes: readonly ProcessView[], act: Action): Promise<Outcome> {
  const results: XmlRpcStruct[] = [];
  await Promise.all(
    processes.map(async (process) => {
      const result = await act(process, displayName(process.group, process.config.name));
      results.push(describeResult(process, result));
    }),
  );
  return ok(results);
}

function describeResult(process: ProcessView, result: Result<true, Fault>): XmlRpcStruct {
  return {
    name: process.config.name,
    group: process.group,
    status: result.ok ? FAULT_CODES.SUCCESS : FAULT_CODES[result.error.name],
    description: result.ok ? "OK" : faultText(result.error),
  };
}
