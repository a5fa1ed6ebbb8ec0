// system.* and tsv.* about the methods: the list of methods, their help and signatures, and several calls in one request.

import { may } from "../../../core/access/permissions.ts";
import type { Principal } from "../../../core/access/principal.ts";
import type { Shape } from "../../../core/api/signature.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import { FAULT_CODES, type Fault, fault, faultText } from "../../../core/xmlrpc/faults.ts";
import {
  isArray,
  isStruct,
  Utf8Text,
  type XmlRpcStruct,
  type XmlRpcValue,
} from "../../../core/xmlrpc/value.ts";
import { type Method, method, type Outcome, type RequestWork, signatureOf } from "../method.ts";
import { list, text } from "../params.ts";

/** What system.* needs to know of the whole table. */
export interface Directory {
  /** Full names, sorted. */
  names(): readonly string[];
  find(fullName: string): Method | null;
  call(fullName: string, params: readonly XmlRpcValue[], work: RequestWork): Promise<Outcome>;
}

const VALUE_BYTES = 16;
const OBJECT_BYTES = 64;

const MULTICALL = "system.multicall";
/** What the answers of one multicall may take in memory: as much as one read of a log. */
const MOST_BYTES = 8 * 1024 * 1024;

const TOO_LARGE = resultValue(
  err(fault("FAILED", "the answers to one multicall may have 8 MB; this one is beyond")),
);
const NOT_MADE = resultValue(
  err(fault("FAILED", "not called: the answers before it have 8 MB, the most for one multicall")),
);

/** The methods of this area. */
export function systemMethods(directory: Directory): readonly Method[] {
  return [
    method("listMethods", [], ["string"], "read", {
      help: "The names of all methods, sorted.",
      run: () => ok(directory.names()),
    }),
    method("methodHelp", [text("name")], "string", "read", {
      help: "The description of a method. Fault: SIGNATURE_UNSUPPORTED if there is no method of that name.",
      run: (_context, [name]) => describeMethod(directory, name, (found) => found.help),
    }),
    method("methodSignature", [text("name")], ["string"], "read", {
      help:
        "The type a method returns, then the types of its parameters. Fault: SIGNATURE_UNSUPPORTED if there is no " +
        "method of that name.",
      run: (_context, [name]) => describeMethod(directory, name, signatureOf),
    }),
    method("multicall", [list("calls")], ["any"], "read", {
      help:
        "Makes calls, each a struct of methodName and params, strictly one after the other. Returns an array with a " +
        "value for each, or a struct of faultCode and faultString. Values are not wrapped in arrays of one. After " +
        "8 MB of answers, those that are left are not made and answer FAILED.",
      run: (_context, [calls], work) => multicall(directory, calls, work),
    }),
  ];
}

/** The row of a method in an answer. */
const METHOD = {
  ...{ name: "string", help: "string", permission: "string", permitted: "boolean" },
  ...{ named: "boolean" },
  params: [{ name: "string", type: "string", optional: "boolean", "preset?": "any" }],
} as const satisfies Shape;

/** `tsv.*` about the table. */
export function directoryMethods(directory: Directory): readonly Method[] {
  return [
    method("getMethods", [], [METHOD], "read", {
      help:
        "All methods, sorted: name, help, permission (read, control, configure or shutdown), permitted (whether the caller has it), " +
        "named (false: it takes an array of whatever it is given), and params: name, type, optional, and preset, the value that " +
        "has the same effect as leaving it out.",
      always: true,
      run: (_context, _, { principal }) =>
        ok(
          directory.names().flatMap((name) => {
            const found = directory.find(name);
            return found === null ? [] : [methodStruct(name, found, principal)];
          }),
        ),
    }),
  ];
}

function methodStruct(
  name: string,
  { help, permission, params }: Method,
  principal: Principal,
): XmlRpcStruct {
  return {
    ...{ name, help, permission, permitted: may(principal, permission), named: params !== null },
    params: (params ?? []).map(({ name, type, optional, preset }) => ({
      ...{ name, type, optional },
      ...(preset === undefined ? {} : { preset }),
    })),
  };
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

/** Calls strictly in order. Those beyond the limit are not made; one fault stands for each of them. */
async function multicall(
  directory: Directory,
  calls: readonly XmlRpcValue[],
  work: RequestWork,
): Promise<Outcome> {
  const results: XmlRpcValue[] = [];
  let left = MOST_BYTES;
  for (const call of calls) {
    const pause = work.pause();
    if (pause !== null) await pause;
    if (left < 0) {
      results.push(NOT_MADE);
      continue;
    }
    const result = resultValue(await callOne(directory, call, work));
    const bytes = sizeOf(result);
    left -= bytes;
    const refused = await work.reserve(bytes);
    if (refused !== null) results.push(resultValue(err(refused)));
    else results.push(left < 0 ? TOO_LARGE : result);
  }
  return ok(results);
}

/** Memory that a value takes, in bytes: roughly, and rather too much. */
function sizeOf(value: XmlRpcValue): number {
  if (typeof value === "string") return VALUE_BYTES + value.length;
  if (typeof value !== "object") return VALUE_BYTES;
  if (value instanceof Uint8Array) return OBJECT_BYTES + value.length;
  if (value instanceof Utf8Text) return OBJECT_BYTES + value.bytes.length;
  let bytes = OBJECT_BYTES;
  for (const member of Object.values(value)) bytes += sizeOf(member);
  return bytes;
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
