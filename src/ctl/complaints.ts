// Why a call failed, in words for people, and the commands that change it. The line that Supervisor's scripts match is in
// failure.ts.

import type { Complaint, ErrorKind } from "../core/base/complaint.ts";
import {
  type PermissionFacts,
  permissionDenied,
  permissionSteps,
  type Step,
} from "../core/base/permission-words.ts";
import { readServerUrl, socketPathOf } from "../core/config/server-address.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { HttpFailure } from "../ports/http-client.ts";
import type { CtlAccess } from "./client.ts";
import type { CallFailure } from "./failure.ts";
import type { Where } from "./where.ts";

/** What was asked, and how to find out more. */
interface Asked {
  readonly access: CtlAccess;
  readonly where: Where;
  /** Why this user may not use a socket; null when modes allow it. */
  readonly permission: (path: string) => PermissionFacts | null;
}

/** The text for the user. */
export function complaintOf(failure: CallFailure, asked: Asked): Complaint {
  switch (failure.kind) {
    case "fault":
      return faultComplaint(failure.code, failure.text, asked);
    case "http":
      return httpComplaint(failure.status, asked);
    case "connection":
      return connectionComplaint(failure.failure, asked);
    case "other":
      return otherComplaint(failure.exception, failure.text, asked);
  }
}

/** Whether there is more to say of a failure than Supervisor's line does. */
export function hasRemedy(failure: CallFailure, { access }: Pick<Asked, "access">): boolean {
  if (failure.kind === "fault") {
    return [FAULT_CODES.SHUTDOWN_STATE, FAULT_CODES.UNKNOWN_METHOD].some(
      (code) => code === failure.code,
    );
  }
  if (failure.kind !== "other" || failure.exception === RESPONSE_ERROR) return true;
  return failure.exception === "ValueError" && !readServerUrl(access.serverUrl).ok;
}

const RESPONSE_ERROR = "xmlrpc.client.ResponseError";

function complaint(kind: ErrorKind, message: string, ...steps: readonly Step[]): Complaint {
  return { kind, message, steps };
}

function doctor({ where }: Asked): Step {
  return ["Find out why", `tsv doctor${where.config}`];
}

function otherPlace(): Step {
  return ["Name another daemon with -s URL or -c FILE", null];
}

function starting({ where }: Asked): readonly Step[] {
  return where.start === null ? [] : [["Start it", where.start]];
}

function faultComplaint(code: number, text: string, asked: Asked): Complaint {
  switch (code) {
    case FAULT_CODES.SHUTDOWN_STATE:
      return complaint("shutting-down", "the daemon is shutting down", [
        "Wait until it has exited",
        null,
      ]);
    case FAULT_CODES.UNKNOWN_METHOD:
      return complaint(
        "failed",
        "the daemon does not know this request: its configuration lacks [rpcinterface:supervisor], or it is older than " +
          "this tsv",
        doctor(asked),
      );
    default:
      return complaint("failed", text);
  }
}

function httpComplaint(status: number, asked: Asked): Complaint {
  const { serverUrl, username } = asked.access;
  if (status === 401) {
    const what =
      username === null
        ? `${serverUrl} requires a user name and a password`
        : `${serverUrl} refuses this user name and password`;
    return complaint(
      "unauthorized",
      what,
      ["Give -u NAME -p -, or set username= and password= in [supervisorctl]", null],
      doctor(asked),
    );
  }
  if (status >= 500) {
    const message = `${serverUrl} failed with HTTP status ${status}`;
    return complaint("failed", message, ["The log of the daemon says more, if it is one", null]);
  }
  return notTheDaemon(`it answers with HTTP status ${status}`, asked);
}

function notTheDaemon(why: string, asked: Asked): Complaint {
  const message = `what listens at ${asked.access.serverUrl} is not a tsv daemon: ${why}`;
  return complaint("not-the-daemon", message, otherPlace(), doctor(asked));
}

function connectionComplaint({ code, message }: HttpFailure, asked: Asked): Complaint {
  const { serverUrl } = asked.access;
  const path = socketPathOf(serverUrl);
  switch (code) {
    case "ECONNREFUSED":
      return complaint(
        "not-running",
        path === null
          ? `no daemon is running: nothing is listening at ${serverUrl}`
          : `the daemon is no longer running: nothing is listening on ${path}`,
        ...starting(asked),
        doctor(asked),
      );
    case "ENOENT":
      return complaint(
        "not-running",
        `no daemon is running: ${path ?? serverUrl} does not exist`,
        ...starting(asked),
        doctor(asked),
      );
    case "EACCES":
    case "EPERM":
      return deniedComplaint(path ?? serverUrl, asked);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return complaint("unreachable", `the host in ${serverUrl} is not known`, otherPlace());
    case "DISCONNECTED":
      return complaint(
        "no-answer",
        `${serverUrl} closed the connection without an answer: the daemon was stopped or upgraded ` +
          "meanwhile, or another program is listening there",
        doctor(asked),
      );
    case "BAD_REPLY":
      return notTheDaemon("it does not speak HTTP", asked);
    case "SILENT":
      return complaint(
        "no-answer",
        "the daemon accepts connections and does not answer",
        doctor(asked),
      );
    case "EAGAIN":
      return complaint("no-answer", "the daemon accepts no more connections", doctor(asked));
    case "UNTRUSTED":
      return complaint(
        "not-the-daemon",
        `the password was not sent: ${message}`,
        ["If that is your daemon: run this as its user, or set user= in [supervisord]", null],
        doctor(asked),
      );
    case "PATH_TOO_LONG":
      return complaint("unreachable", "the path of a socket has 107 bytes at most");
    default:
      return complaint("unreachable", `cannot reach ${serverUrl}: ${message}`, otherPlace());
  }
}

function deniedComplaint(place: string, asked: Asked): Complaint {
  const facts = asked.permission(place);
  if (facts === null) {
    const message = `permission denied, use sudo: ${place}`;
    return complaint(
      "permission-denied",
      message,
      ["Once", `sudo ${asked.where.again}`],
      doctor(asked),
    );
  }
  return complaint(
    "permission-denied",
    permissionDenied(facts),
    ...permissionSteps(facts, asked.where.again),
  );
}

function otherComplaint(exception: string, text: string, asked: Asked): Complaint {
  if (exception === RESPONSE_ERROR) return notTheDaemon(text, asked);
  if (exception === "ValueError" && !readServerUrl(asked.access.serverUrl).ok) {
    return complaint("usage", `'${asked.access.serverUrl}' is not the URL of a daemon`, [
      "Use http://HOST:PORT or unix:///PATH, with -s or in [supervisorctl]",
      null,
    ]);
  }
  if (exception === "OverflowError") return complaint("usage", "the number is too large");
  return complaint("failed", text);
}
