// What to do about a failure, in one sentence for people, and which checks of `tsv doctor` know more. The error line itself
// keeps Supervisor's words, for scripts.

import { readServerUrl, socketPathOf } from "../core/config/server-url.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { HttpFailure } from "../ports/http-client.ts";
import type { CtlAccess } from "./client.ts";
import type { CallFailure } from "./failure.ts";

/** Says why a socket may not be used: which directory or file, whose it is, who asked. */
export type DiagnosePath = (path: string, errno: string) => Promise<string>;

const OTHER_PLACE = "name the right place with -s URL or -c FILE";

/** A remedy, and the codes of doctor's catalogue that it may be: a look at several costs no more than at one. */
function more(sentence: string, ...codes: readonly string[]): string {
  return `${sentence}. More: tsv doctor ${codes.join(" ")}`;
}

/** The sentence; null where the error line says it all. */
export async function remedyFor(
  failure: CallFailure,
  access: CtlAccess,
  diagnose: DiagnosePath,
): Promise<string | null> {
  switch (failure.kind) {
    case "fault":
      return faultRemedy(failure.code);
    case "http":
      return httpRemedy(failure.status, access);
    case "connection":
      return await connectionRemedy(failure.failure, access, diagnose);
    case "other":
      return otherRemedy(failure.exception, access);
  }
}

function faultRemedy(code: number): string | null {
  switch (code) {
    case FAULT_CODES.SHUTDOWN_STATE:
      return more(
        "supervisord is on its way down. Wait until it has ended, then start it again",
        "SOCK-009",
      );
    case FAULT_CODES.UNKNOWN_METHOD:
      return more(
        "supervisord does not know what was asked of it: its configuration lacks [rpcinterface:supervisor], or it is " +
          "older than this ctl",
        "SOCK-013",
      );
    default:
      return null;
  }
}

function httpRemedy(status: number, { serverUrl, username }: CtlAccess): string {
  if (status === 401) {
    const what = username === null ? "wants a name and a password" : "refuses this password";
    return more(
      `supervisord at ${serverUrl} ${what}. Give -u NAME -p PASSWORD, or set username and password ` +
        "in [supervisorctl]; they stand in the section of the server, [unix_http_server] or [inet_http_server]",
      "SOCK-014",
    );
  }
  if (status >= 500) {
    return (
      `${serverUrl} met an error of its own. If supervisord is what listens there, its log says more; ` +
      `if not, ${OTHER_PLACE}`
    );
  }
  return notSupervisor(serverUrl);
}

function notSupervisor(serverUrl: string): string {
  const sentence = `something answers at ${serverUrl}, but it is not supervisord; ${OTHER_PLACE}`;
  return more(sentence, "SOCK-008", "SOCK-005");
}

async function connectionRemedy(
  { code }: HttpFailure,
  { serverUrl }: CtlAccess,
  diagnose: DiagnosePath,
): Promise<string> {
  const path = socketPathOf(serverUrl);
  switch (code) {
    case "ECONNREFUSED":
      return path === null
        ? more(
            `nothing listens at ${serverUrl}. Start supervisord, check port in [inet_http_server], or ${OTHER_PLACE}`,
            "SOCK-001",
            "SOCK-005",
          )
        : more(
            `the socket is there, but nobody listens: supervisord has ended. Start it again, or ${OTHER_PLACE}`,
            "SOCK-003",
            "SOCK-002",
            "SOCK-007",
          );
    case "ENOENT":
      return more(
        `there is no such socket. Start supervisord, or ${OTHER_PLACE}`,
        "SOCK-001",
        "SOCK-002",
        "SOCK-005",
      );
    case "EACCES":
    case "EPERM": {
      const why = path === null ? "" : `: ${await diagnose(path, code)}`;
      return more(
        `this user may not use the socket${why}. Use sudo, or change chmod and chown in [unix_http_server]`,
        "SOCK-004",
      );
    }
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of the host in ${serverUrl} is not known. Correct it, or ${OTHER_PLACE}`;
    case "DISCONNECTED":
    case "BAD_REPLY":
      return notSupervisor(serverUrl);
    case "SILENT":
      return more(
        "supervisord takes connections and does not answer: it hangs, or was stopped",
        "SOCK-015",
      );
    case "UNTRUSTED":
      return more(
        "another user listens where supervisord should. If that is your daemon, run this command as its user, or name " +
          "the user in [supervisord]: user=NAME. If not, stop that program, and keep the socket in a directory of its own",
        "SOCK-008",
        "SOCK-010",
      );
    case "PATH_TOO_LONG":
      return more("a socket's path has 107 bytes at most; choose a shorter one", "SOCK-007");
    case "EAGAIN":
      return more("supervisord takes no more connections: it hangs, or was stopped", "SOCK-015");
    default:
      return `${serverUrl} cannot be reached. Check the network and the daemon, or ${OTHER_PLACE}`;
  }
}

function otherRemedy(exception: string, { serverUrl }: CtlAccess): string | null {
  if (exception === "xmlrpc.client.ResponseError") return notSupervisor(serverUrl);
  if (exception !== "ValueError" || readServerUrl(serverUrl).ok) return null;
  return more(
    "a serverurl is http://HOST:PORT or unix:///PATH/TO/SOCKET; set it with -s or in [supervisorctl]",
    "SOCK-006",
  );
}

/** A program that could not be started. */
export interface FailedStart {
  /** As ctl shows it: "web", "pool:a". */
  readonly name: string;
  /** The fault of the result. */
  readonly fault: number;
}

const MOST_NAMES = 5;

/** What to do about programs that did not start; null where the results say it all. */
export function remedyForStarts(failed: readonly FailedStart[]): string | null {
  const told = failed.filter(({ fault }) => startWords(fault) !== null);
  const [first] = told;
  if (first === undefined) return null;
  const why = told.slice(0, MOST_NAMES).map(({ name }) => `tsv why ${name}`);
  if (told.length > 1) {
    const rest = told.length > MOST_NAMES ? " and so on" : "";
    return `${told.length} programs did not start. More: ${why.join(", ")}${rest}`;
  }
  const words = startWords(first.fault);
  if (words === null) return null;
  const doctor = words.code === null ? "" : ` or tsv doctor ${words.code}`;
  return `${words.what}. More: ${why.join()}${doctor}`;
}

function startWords(fault: number): { readonly what: string; readonly code: string | null } | null {
  switch (fault) {
    case FAULT_CODES.NO_FILE:
      return { what: "the command of this program was not found", code: "PROG-001" };
    case FAULT_CODES.NOT_EXECUTABLE:
      return { what: "the command of this program may not be executed", code: "PROG-002" };
    case FAULT_CODES.ABNORMAL_TERMINATION:
      return { what: "it ended before its startsecs were over", code: "PROG-009" };
    case FAULT_CODES.SPAWN_ERROR:
      return { what: "the program could not be started", code: null };
    default:
      return null;
  }
}
