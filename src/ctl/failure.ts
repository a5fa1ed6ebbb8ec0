// Failures of calls, and their error line. Scripts match the line up to `file:`, so it keeps the words of Supervisor, which are
// those of Python's exceptions.

import { pyRepr } from "../core/base/py-repr.ts";
import type { HttpFailure } from "../ports/http-client.ts";

export type CallFailure =
  /** The server answered with a fault. */
  | { readonly kind: "fault"; readonly code: number; readonly text: string }
  /** The server answered with something else than 200. */
  | { readonly kind: "http"; readonly status: number; readonly reason: string }
  /** No connection, or no reply on it. */
  | { readonly kind: "connection"; readonly failure: HttpFailure }
  /** Anything else: a URL that cannot be used, an answer of another shape. */
  | { readonly kind: "other"; readonly exception: string; readonly text: string };

/** A failure that an action does not handle: the session reports it. */
export class UnhandledFailure extends Error {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failureText(failure));
    this.failure = failure;
  }
}

/** Whether a call failed for the whole command: the connection, or an answer that is no XML-RPC. A fault is about one request. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof UnhandledFailure && thrown.failure.kind !== "fault";
}

/** errno(3) on Linux, with the class that Python maps each to. */
type SystemError = readonly [exception: string, errno: number, text: string];

const SYSTEM_ERRORS: Readonly<Record<string, SystemError>> = {
  EPERM: ["PermissionError", 1, "Operation not permitted"],
  ENOENT: ["FileNotFoundError", 2, "No such file or directory"],
  EACCES: ["PermissionError", 13, "Permission denied"],
  ENOTDIR: ["NotADirectoryError", 20, "Not a directory"],
  EINVAL: ["OSError", 22, "Invalid argument"],
  EMFILE: ["OSError", 24, "Too many open files"],
  EPIPE: ["BrokenPipeError", 32, "Broken pipe"],
  ELOOP: ["OSError", 40, "Too many levels of symbolic links"],
  EPROTOTYPE: ["OSError", 91, "Protocol wrong type for socket"],
  ENETUNREACH: ["OSError", 101, "Network is unreachable"],
  ECONNRESET: ["ConnectionResetError", 104, "Connection reset by peer"],
  ETIMEDOUT: ["TimeoutError", 110, "Connection timed out"],
  ECONNREFUSED: ["ConnectionRefusedError", 111, "Connection refused"],
  EHOSTUNREACH: ["OSError", 113, "No route to host"],
  EAGAIN: ["BlockingIOError", 11, "Resource temporarily unavailable"],
};

/** Failures that are not a system call's: resolver, protocol. */
const OTHER_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: "<class 'socket.gaierror'>, [Errno -2] Name or service not known",
  EAI_AGAIN: "<class 'socket.gaierror'>, [Errno -3] Temporary failure in name resolution",
};

const EXCEPTION_OF_CODE: Readonly<Record<string, string>> = {
  DISCONNECTED: "http.client.RemoteDisconnected",
  BAD_REPLY: "http.client.BadStatusLine",
};

/** `<class '…'>, …`: the part of the error line between `error: ` and `: file:`. */
export function failureText(failure: CallFailure): string {
  switch (failure.kind) {
    case "fault":
      return `<class 'xmlrpc.client.Fault'>, ${faultRepr(failure.code, failure.text)}`;
    case "http": {
      const what = `${failure.status} ${failure.reason}`;
      return `<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: ${what}>`;
    }
    case "connection":
      return connectionText(failure.failure);
    case "other":
      return `<class '${failure.exception}'>, ${failure.text}`;
  }
}

function connectionText({ code, message }: HttpFailure): string {
  const known = OTHER_ERRORS[code];
  if (known !== undefined) return known;
  const system = SYSTEM_ERRORS[code];
  if (system !== undefined) return `<class '${system[0]}'>, [Errno ${system[1]}] ${system[2]}`;
  return `<class '${EXCEPTION_OF_CODE[code] ?? "OSError"}'>, ${message}`;
}

/** A fault as Python shows it. */
export function faultRepr(code: number, text: string): string {
  return `<Fault ${code}: ${pyRepr(text)}>`;
}

/** The `<class> (<text>)` of a stream that could not be opened. */
export function streamFailureText(failure: HttpFailure): string {
  const text = connectionText(failure);
  const comma = text.indexOf(", ");
  return `${text.slice(0, comma)} (${text.slice(comma + 2)})`;
}

/** The whole error line. Supervisor names its Python file and line; tsv has one name for all of ctl. */
export function errorLine(failure: CallFailure): string {
  return `error: ${failureText(failure)}: file: tsv-ctl line: 0`;
}

/** The code of a connection failure, else null. */
export function connectionCode(failure: CallFailure): string | null {
  return failure.kind === "connection" ? failure.failure.code : null;
}
