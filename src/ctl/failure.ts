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

interface SystemError {
  readonly exception: string;
  readonly errno: number;
  readonly text: string;
}

/** errno(3) on Linux, with the class that Python maps each to. */
const SYSTEM_ERRORS: Readonly<Record<string, SystemError>> = {
  EPERM: { exception: "PermissionError", errno: 1, text: "Operation not permitted" },
  ENOENT: { exception: "FileNotFoundError", errno: 2, text: "No such file or directory" },
  EACCES: { exception: "PermissionError", errno: 13, text: "Permission denied" },
  ENOTDIR: { exception: "NotADirectoryError", errno: 20, text: "Not a directory" },
  EINVAL: { exception: "OSError", errno: 22, text: "Invalid argument" },
  EMFILE: { exception: "OSError", errno: 24, text: "Too many open files" },
  EPIPE: { exception: "BrokenPipeError", errno: 32, text: "Broken pipe" },
  ELOOP: { exception: "OSError", errno: 40, text: "Too many levels of symbolic links" },
  EPROTOTYPE: { exception: "OSError", errno: 91, text: "Protocol wrong type for socket" },
  ENETUNREACH: { exception: "OSError", errno: 101, text: "Network is unreachable" },
  ECONNRESET: { exception: "ConnectionResetError", errno: 104, text: "Connection reset by peer" },
  ETIMEDOUT: { exception: "TimeoutError", errno: 110, text: "Connection timed out" },
  ECONNREFUSED: { exception: "ConnectionRefusedError", errno: 111, text: "Connection refused" },
  EHOSTUNREACH: { exception: "OSError", errno: 113, text: "No route to host" },
  EAGAIN: { exception: "BlockingIOError", errno: 11, text: "Resource temporarily unavailable" },
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
  if (system !== undefined) {
    return `<class '${system.exception}'>, [Errno ${system.errno}] ${system.text}`;
  }
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
