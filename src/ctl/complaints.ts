// Errors in words for people, with the commands that fix them: of calls, and of the configuration. The line that Supervisor's
// scripts match is in failure.ts.

import type { Complaint, ErrorKind } from "../core/base/complaint.ts";
import {
  type PermissionFacts,
  permissionDenied,
  permissionSteps,
  type Step,
} from "../core/base/permission-words.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { CONFIGS_HERE } from "../core/config/load.ts";
import type { ConfigError } from "../core/config/model.ts";
import { readServerUrl, socketPathOf } from "../core/config/server-address.ts";
import {
  BAD_FILE,
  certificateProblem,
  isClientRefused,
  isNoTls,
  TLS_NEEDED,
} from "../core/net/certificates.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { createAccounts } from "../host/system/accounts.ts";
import type { HttpFailure } from "../ports/http-client.ts";
import type { CtlAccess } from "./client.ts";
import type { CallFailure } from "./failure.ts";
import type { NamedDaemon, Where } from "./where.ts";

/** The call that failed, and how to find out more. */
interface FailedCall {
  readonly access: CtlAccess;
  readonly where: Where;
  /** Why this user may not use a socket; null when modes allow it. */
  readonly permission: (path: string) => PermissionFacts | null;
}

/** The text for the user. */
export function complaintOf(failure: CallFailure, call: FailedCall): Complaint {
  switch (failure.kind) {
    case "fault":
      return faultComplaint(failure.code, failure.text, call);
    case "http":
      return httpComplaint(failure, call);
    case "connection":
      return connectionComplaint(failure.failure, call);
    case "other":
      return otherComplaint(failure.exception, failure.text, call);
  }
}

/** Whether the complaint says more than Supervisor's line. */
export function hasFix(failure: CallFailure, { access }: Pick<FailedCall, "access">): boolean {
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

function doctor({ where }: FailedCall): Step {
  return ["Find out why", `tsv doctor${where.config}`];
}

function otherDaemon(): Step {
  return ["Name another daemon with -s URL or -c FILE", null];
}

function starting({ where }: FailedCall): readonly Step[] {
  return where.start === null ? [] : [["Start it", where.start]];
}

function faultComplaint(code: number, text: string, call: FailedCall): Complaint {
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
        doctor(call),
      );
    default:
      return complaint("failed", text);
  }
}

function httpComplaint(
  { status, reason }: Extract<CallFailure, { kind: "http" }>,
  call: FailedCall,
): Complaint {
  const { serverUrl, username } = call.access;
  if (reason === TLS_NEEDED) {
    const message = `${serverUrl} speaks TLS`;
    return complaint("not-the-daemon", message, ["Write https:// in the URL", null]);
  }
  if (status === 401) {
    const what =
      username === null
        ? `${serverUrl} requires a user name and a password`
        : `${serverUrl} refuses this user name and password`;
    return complaint(
      "unauthorized",
      what,
      ["Give -u NAME -p -, or set username= and password= in [supervisorctl]", null],
      doctor(call),
    );
  }
  if (status === 503) {
    const message = `${serverUrl} is busy: others need all memory that it has for large requests`;
    return complaint("no-answer", message, ["Try again later", null]);
  }
  if (status >= 500) {
    const message = `${serverUrl} failed with HTTP status ${status}`;
    return complaint("failed", message, ["The log of the daemon says more, if it is one", null]);
  }
  return notTheDaemon(`it answers with HTTP status ${status}`, call);
}

function notTheDaemon(why: string, call: FailedCall): Complaint {
  const message = `what listens at ${call.access.serverUrl} is not a tsv daemon: ${why}`;
  return complaint("not-the-daemon", message, otherDaemon(), doctor(call));
}

function connectionComplaint({ code, message }: HttpFailure, call: FailedCall): Complaint {
  const { serverUrl } = call.access;
  const path = socketPathOf(serverUrl);
  switch (code) {
    case "ECONNREFUSED":
      return complaint(
        "not-running",
        path === null
          ? `no daemon is running: nothing is listening at ${serverUrl}`
          : `the daemon is no longer running: nothing is listening on ${path}`,
        ...starting(call),
        doctor(call),
      );
    case "ENOENT":
      return complaint(
        "not-running",
        `no daemon is running: ${path ?? serverUrl} does not exist`,
        ...starting(call),
        doctor(call),
      );
    case "EACCES":
    case "EPERM":
      return deniedComplaint(path ?? serverUrl, call);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return complaint("unreachable", `the host in ${serverUrl} is not known`, otherDaemon());
    case "DISCONNECTED":
      return complaint(
        "no-answer",
        `${serverUrl} closed the connection without an answer: the daemon was stopped or upgraded ` +
          "meanwhile, or another program is listening there",
        doctor(call),
      );
    case "BAD_REPLY":
      return notTheDaemon("it does not speak HTTP", call);
    case "SILENT":
      return complaint(
        "no-answer",
        "the daemon accepts connections and does not answer",
        doctor(call),
      );
    case "EAGAIN":
      return complaint("no-answer", "the daemon accepts no more connections", doctor(call));
    case "UNTRUSTED":
      return complaint(
        "not-the-daemon",
        `the password was not sent: ${message}`,
        ["If that is your daemon: run this as its user, or set user= in [supervisord]", null],
        doctor(call),
      );
    case BAD_FILE:
      return complaint("configuration", message, [
        "Correct ssl_ca=, ssl_cert= and ssl_key= in [supervisorctl], or SSL_CERT_FILE",
        null,
      ]);
    case "PATH_TOO_LONG":
      return complaint("unreachable", "the path of a socket has 107 bytes at most");
    default:
      return (
        tlsComplaint(code, call) ??
        complaint("unreachable", `cannot reach ${serverUrl}: ${message}`, otherDaemon())
      );
  }
}

/** Null for an error that is none of TLS. */
function tlsComplaint(code: string, call: FailedCall): Complaint | null {
  const { serverUrl } = call.access;
  const known = certificateProblem(code);
  if (known !== null) {
    const message = `the certificate of ${serverUrl} ${known.problem}`;
    return complaint("not-the-daemon", message, [known.help, null], doctor(call));
  }
  if (isClientRefused(code)) {
    const message = `${serverUrl} requires a certificate of the client, of an authority that it knows`;
    const step = "Name a certificate and its key with ssl_cert= and ssl_key= in [supervisorctl]";
    return complaint("unauthorized", message, [step, null]);
  }
  if (!isNoTls(code)) return null;
  return complaint(
    "not-the-daemon",
    `what listens at ${serverUrl} does not speak TLS`,
    ["Write http:// in the URL, if no other host can read it", null],
    doctor(call),
  );
}

function deniedComplaint(path: string, call: FailedCall): Complaint {
  const facts = call.permission(path);
  if (facts === null) {
    const message = `permission denied, use sudo: ${path}`;
    return complaint(
      "permission-denied",
      message,
      ["Once", `sudo ${call.where.again}`],
      doctor(call),
    );
  }
  return complaint(
    "permission-denied",
    permissionDenied(facts),
    ...permissionSteps(facts, call.where.again),
  );
}

function otherComplaint(exception: string, text: string, call: FailedCall): Complaint {
  if (exception === RESPONSE_ERROR) return notTheDaemon(text, call);
  if (exception === "ValueError" && !readServerUrl(call.access.serverUrl).ok) {
    return complaint("usage", `'${call.access.serverUrl}' is not the URL of a daemon`, [
      "Use http[s]://HOST:PORT or unix:///PATH, with -s or in [supervisorctl]",
      null,
    ]);
  }
  if (exception === "OverflowError") return complaint("usage", "the number is too large");
  return complaint("failed", text);
}

/**
 * The complaint about a configuration that is missing, unreadable or wrong.
 * @param permission why a path cannot be read; null if modes allow it
 */
export function configComplaint(
  { rule, text, file, line }: ConfigError,
  where: Where,
  permission: (path: string) => PermissionFacts | null,
): Complaint {
  const facts = file === null ? null : permission(file);
  const isAbsent = rule === "unreadable-file" || rule === "no-file";
  if (isAbsent && facts !== null) {
    return {
      kind: "permission-denied",
      message: permissionDenied(facts),
      steps: permissionSteps(facts, where.again),
    };
  }
  if (rule === "no-supervisorctl") {
    return {
      kind: "configuration",
      message: `${file} has no [supervisorctl] section, which names the address of the daemon`,
      steps: [
        ["Add that section and those of a server, as in", "tsv sample-conf"],
        ["Or name the address with -s URL", null],
      ],
    };
  }
  const location = file === null || isAbsent ? "" : `${file}${line === null ? "" : `:${line}`}: `;
  return {
    kind: "configuration",
    message: location + text,
    steps: isAbsent || file === null ? [] : [["Show all mistakes", `tsv check ${shellWord(file)}`]],
  };
}

/** Replaces the complaint that nothing is listening, if no configuration was found: then that is the reason. */
export function orNoConfiguration(
  complaint: Complaint,
  { searched, usedConfig, serverUrl }: NamedDaemon,
  exists: (path: string) => boolean,
): Complaint {
  const isUnnamed = usedConfig === null && serverUrl === null;
  if (!isUnnamed || complaint.kind !== "not-running") return complaint;
  const here = CONFIGS_HERE.find(exists);
  return {
    kind: "configuration",
    message: `no configuration was found; looked for ${searched.join(", ")}`,
    steps:
      here === undefined
        ? [
            ["Set tsv up on this host", "sudo tsv install"],
            ["Or name the configuration with -c FILE", null],
          ]
        : [["Name the one in this directory", `-c ${here}`]],
  };
}

const NO_SECTION = "does not include supervisord section";

/**
 * The complaint about a configuration that the daemon refuses to read again.
 * @param text of the fault
 * @param file the configuration that ctl has read; null if the daemon may be on another host
 */
export async function refusedConfigComplaint(
  text: string,
  file: string | null,
): Promise<Complaint> {
  const { namedFile, refusedConfig } = await import("../core/config/lint/check.ts");
  const world = createConfigWorld(createAccounts());
  const message = text.replace(/^CANT_REREAD: /, "");
  // The daemon may have another file than ctl.
  const found = (file === null ? [] : [namedFile(text), file]).flatMap((each) => {
    const refused = each !== null && world.readText(each).ok ? refusedConfig(each, world) : null;
    return refused === null ? [] : [refused];
  });
  // ctl may have read a file for clients alone, which the daemon does not mean.
  const isMeant = (each: Complaint): boolean =>
    message.includes(NO_SECTION) || !each.message.includes(NO_SECTION);
  return found.find(isMeant) ?? { kind: "configuration", message, steps: [] };
}
