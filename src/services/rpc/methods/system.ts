// system.*: what methods there are, and several calls in one request.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { FAULT_CODES, type Fault, fault, faultText } from "../../../core/xmlrpc/faults.ts";
import { isStruct } from "../../../core/xmlrpc/fields.ts";
import type { XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { isArray, list, text } from "../params.ts";

/** What system.* needs to know of the whole table. */
export interface Directory {
  /** Full names, sorted. */
  names(): readonly string[];
  find(fullName: string): Method | null;
  call(fullName: string, params: readonly XmlRpcValue[]): Promise<Outcome>;
}

const MULTICALL = "system.multicall";

/** The methods of this area. */
export function systemMethods(directory: Directory): readonly Method[] {
  return [
    method({
      name: "listMethods",
      params: [],
      returns: "array",
      help: "The names of all methods, sorted.",
      run: () => ok(directory.names()),
    }),
    method({
      name: "methodHelp",
      params: [text("name")],
      returns: "string",
      help: "What a method does, in a few sentences. Fault: SIGNATURE_UNSUPPORTED when there is none of that name.",
      run: (_context, [name]) => describeMethod(directory, name, (found) => found.help),
    }),
    method({
      name: "methodSignature",
      params: [text("name")],
      returns: "array",
      help:
        "The type a method returns, then the types of its parameters. Fault: SIGNATURE_UNSUPPORTED when there is no " +
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
      help:
        "Makes calls, each a struct of methodName and params, strictly one after the other. Answers an array with a " +
        "value for each, or a struct of faultCode and faultString. Values are not wrapped in arrays of one.",
      async run(_context, [calls]) {
        const results: XmlRpcValue[] = [];
        for (const call of calls) results.push(resultValue(await callOne(directory, call)));
        return ok(results);
      },
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

async function callOne(directory: Directory, call: XmlRpcValue): Promise<Outcome> {
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
    return await directory.call(name, params);
  } catch (error) {
    // One call that fails inside tsv must not take the results of the others with it.
    return err(fault("FAILED", String(error)));
  }
}

function resultValue(result: Result<XmlRpcValue, Fault>): XmlRpcValue {
  if (result.ok) return result.value;
  return { faultCode: FAULT_CODES[result.error.name], faultString: faultText(result.error) };
}
