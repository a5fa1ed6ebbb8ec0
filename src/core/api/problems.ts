// How the JSON API answers a fault: an HTTP status and a title for each, in a problem of RFC 9457.

import { isDenial } from "../access/permissions.ts";
import { BUSY, FAULT_CODES, type Fault, type FaultName, faultText } from "../xmlrpc/faults.ts";

export const PROBLEM_TYPE = "application/problem+json";
/** Where the faults are described; the name follows. */
export const PROBLEMS_PATH = "/api/v1/problems/";

/**
 * 4xx is for the client: 400 the request is wrong, 404 it names what does not exist, 409 the state of the program forbids it, 422 it
 * was tried and did not succeed. 503: try again later.
 */
export const PROBLEMS = {
  UNKNOWN_METHOD: { status: 404, title: "There is no such method" },
  INCORRECT_PARAMETERS: { status: 400, title: "The parameters are wrong" },
  BAD_ARGUMENTS: { status: 400, title: "A parameter has a value that is not possible" },
  SIGNATURE_UNSUPPORTED: { status: 404, title: "No such method is described" },
  SHUTDOWN_STATE: { status: 503, title: "The daemon is shutting down" },
  BAD_NAME: { status: 404, title: "There is no program or group of this name" },
  BAD_SIGNAL: { status: 400, title: "There is no such signal" },
  NO_FILE: { status: 409, title: "The file does not exist" },
  NOT_EXECUTABLE: { status: 409, title: "The file cannot be executed" },
  FAILED: { status: 422, title: "The request could not be carried out" },
  ABNORMAL_TERMINATION: { status: 422, title: "The program exited before it was up" },
  SPAWN_ERROR: { status: 422, title: "The program could not be started" },
  ALREADY_STARTED: { status: 409, title: "The program is already started" },
  NOT_RUNNING: { status: 409, title: "The program is not running" },
  SUCCESS: { status: 500, title: "The method reported success as a fault" },
  ALREADY_ADDED: { status: 409, title: "The group is already active" },
  STILL_RUNNING: { status: 409, title: "Programs of the group are still running" },
  CANT_REREAD: { status: 422, title: "The configuration cannot be used" },
  NOT_IN_WHITELIST: { status: 403, title: "The configuration does not allow this method" },
} as const satisfies Readonly<
  Record<FaultName, { readonly status: number; readonly title: string }>
>;

/** Of RFC 9457, with the name and the code that XML-RPC has for the fault. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly fault?: FaultName;
  readonly code?: number;
}

/** The problem of a fault, as far as its name says. */
export function problemOf(name: FaultName): Problem {
  const { status, title } = PROBLEMS[name];
  return { type: PROBLEMS_PATH + name, title, status, fault: name, code: FAULT_CODES[name] };
}

/** The problem that a client gets for a fault. */
export function problemFor(fault: Fault): Problem {
  const problem = { ...problemOf(fault.name), detail: fault.detail ?? faultText(fault) };
  if (isDenial(fault.detail)) return { ...problem, status: 403, title: "Permission denied" };
  if (fault.detail === BUSY.detail) return { ...problem, status: 503, title: "The daemon is busy" };
  return problem;
}
