// system.*: the list of methods, their help and signatures, and several calls in one request.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { inTurns } from "../../../core/base/turns.ts";
import { FAULT_CODES, type Fault, fault, faultText } from "../../../core/xmlrpc/faults.ts";
import { isStruct } from "../../../core/xmlrpc/fields.ts";
import { sizeOf } from "../../../core/xmlrpc/size.ts";
import type { XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { isArray, list, text } from "../params.ts";
import { LimitedWork, type RequestWork } from "../request-work.ts";

/** What system.* needs to know of the whole table. */
export interface Directory {
  /** Full names, sorted. */
  names(): readonly string[];
  find(fullName: string): Method | null;
  call(fullName: string, params: readonly XmlRpcValue[], work: RequestWork): Promise<Outcome>;
}

const MULTICALL = "system.multicall";
/** Ten times what any client has been seen to send. */
const MOST_CALLS = 10_000;
/** What the answers of one multicall may take, in memory. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of a plain answer. */
const SMALL_BYTES = 64;

const TOO_LARGE = fault(
  "FAILED",
  "the answers to one multicall may have 16 MB; this one is beyond",
);
const NOT_MADE = resultValue(
  err(fault("FAILED", "not called: the answers before it have 16 MB, the most for one multicall")),
);
const TOO_MANY = resultValue(
  err(fault("FAILED", `not called: one multicall makes ${MOST_CALLS} calls at most`)),
);

/** The methods of this area. */
export function systemMethods(directory: Directory): readonly Method[] {
  return [
    method({
      name: "listMethods",
      params: [],
      returns: "array",
      permission: "read",
      help: "The names of all methods, sorted.",
      run: () => ok(directory.names()),
    }),
    method({
      name: "methodHelp",
      params: [text("name")],
      returns: "string",
      permission: "read",
      help: "The description of a method. Fault: SIGNATURE_UNSUPPORTED if there is no method of that name.",
      run: (_context, [name]) => describeMethod(directory, name, (found) => found.help),
    }),
    method({
      name: "methodSignature",
      params: [text("name")],
      returns: "array",
      permission: "read",
      help:
        "The type a method returns, then the types of its parameters. Fault: SIGNATURE_UNSUPPORTED if there is no " +
        "method of that name.",
      run: (_context, [name]) =>
        describeMethod(directory, name, (found) =>
          found.signature.length === 0 ? null : found.signature,
        ),
    }),
    method({
      name: "multicall",
      params: [list("calls")],
      returns: "array",
      permission: "read",
      help:
        "Makes calls, each a struct of methodName and params, strictly one after the other. Returns an array with a " +
        "value for each, or a struct of faultCode and faultString. Values are not wrapped in arrays of one. After " +
        "16 MB of answers, and after 10 000 calls, those that are left are not made and answer FAILED.",
      run: (_context, [calls], work) => multicall(directory, calls, work),
    }),
  ];
}

function describeMethod(
  directory: Directory,
  name: string,
  describe: (found: Method) => XmlRpcValue | null,
): Outcome {
  const found = directory.find(name);
  const described = found === null ? null : describe(found);
  return described === null ? err(fault("SIGNATURE_UNSUPPORTED")) : ok(described);
}

/** Calls strictly in order. Those beyond a limit are not made; one fault stands for each of them. */
async function multicall(
  directory: Directory,
  calls: readonly XmlRpcValue[],
  work: RequestWork,
): Promise<Outcome> {
  const limited = new LimitedWork(work, MOST_BYTES, TOO_LARGE);
  const results: XmlRpcValue[] = [];
  let isFull = false;
  for (const call of calls) {
    const pause = work.pause();
    if (pause !== null) await pause;
    if (isFull) results.push(NOT_MADE);
    else if (results.length >= MOST_CALLS) results.push(TOO_MANY);
    else {
      const before = limited.bytes;
      const outcome = await callOne(directory, call, limited);
      const refused = await bookResult(outcome, before, limited);
      results.push(resultValue(refused === null ? outcome : err(refused)));
      isFull = refused !== null || (!outcome.ok && outcome.error === TOO_LARGE);
    }
  }
  return ok(results);
}

/** Books what a method has not booked itself while it made its answer. */
async function bookResult(
  outcome: Outcome,
  before: number,
  work: LimitedWork,
): Promise<Fault | null> {
  if (!outcome.ok) return work.reserve(SMALL_BYTES);
  if (typeof outcome.value !== "object") {
    const length = typeof outcome.value === "string" ? outcome.value.length : 0;
    return work.reserve(SMALL_BYTES + length);
  }
  const booked = work.bytes - before;
  return booked > 0 ? null : work.reserve(await inTurns(sizeOf(outcome.value), work));
}

async function callOne(
  directory: Directory,
  call: XmlRpcValue,
  work: RequestWork,
): Promise<Outcome> {
  if (!isStruct(call)) return err(fault("INCORRECT_PARAMETERS", "a call must be a struct"));
  const name = call["methodName"];
  const params = call["params"] ?? [];
  if (name === undefined) return err(fault("INCORRECT_PARAMETERS", "No methodName"));
  if (name === MULTICALL) {
    return err(fault("INCORRECT_PARAMETERS", "Recursive system.multicall forbidden"));
  }
  if (typeof name !== "string") {
    return err(fault("INCORRECT_PARAMETERS", "methodName must be a string"));
  }
  if (!isArray(params)) return err(fault("INCORRECT_PARAMETERS", "params must be an array"));
  try {
    return await directory.call(name, params, work);
  } catch (error) {
    // One call that fails inside tsv must not take the results of the others with it.
    return err(fault("FAILED", String(error)));
  }
}

function resultValue(result: Result<XmlRpcValue, Fault>): XmlRpcValue {
  if (result.ok) return result.value;
  return { faultCode: FAULT_CODES[result.error.name], faultString: faultText(result.error) };
}
