// What to do about a failure, in one sentence for people. The error line itself keeps Supervisor's words, for scripts.

import type { HttpFailure } from "../ports/http-client.ts";
import type { CtlAccess } from "./client.ts";
import type { CallFailure } from "./failure.ts";
import { parseServerUrl } from "./server-url.ts";

/** Says why a socket may not be used: which directory or file, whose it is, who asked. */
export type DiagnosePath = (path: string, errno: string) => Promise<string>;

const OTHER_PLACE = "name the right place with -s URL or -c FILE";
const SHUTDOWN_STATE = 6;

/** The sentence; null where the error line says it all. */
export async function remedyFor(
  failure: CallFailure,
  access: CtlAccess,
  diagnose: DiagnosePath,
): Promise<string | null> {
  switch (failure.kind) {
    case "fault":
      return failure.code === SHUTDOWN_STATE
        ? "supervisord is on its way down. Wait until it has ended, then start it again"
        : null;
    case "http":
      return httpRemedy(failure.status, access);
    case "connection":
      return await connectionRemedy(failure.failure, access, diagnose);
    case "other":
      return otherRemedy(failure.exception, access);
  }
}

function httpRemedy(status: number, { serverUrl, username }: CtlAccess): string {
  if (status === 401) {
    const what = username === null ? "wants a name and a password" : "refuses this password";
    return (
      `supervisord at ${serverUrl} ${what}. Give -u NAME -p PASSWORD, or set username and password ` +
      "in [supervisorctl]; they stand in the section of the server, [unix_http_server] or [inet_http_server]"
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
  return `something answers at ${serverUrl}, but it is not supervisord; ${OTHER_PLACE}`;
}

async function connectionRemedy(
  { code }: HttpFailure,
  { serverUrl }: CtlAccess,
  diagnose: DiagnosePath,
): Promise<string> {
  const address = parseServerUrl(serverUrl);
  const path = address.ok && address.value.kind === "unix" ? address.value.path : null;
  switch (code) {
    case "ECONNREFUSED":
      return path === null
        ? `nothing listens at ${serverUrl}. Start supervisord, check port in [inet_http_server], or ${OTHER_PLACE}`
        : `the socket is there, but nobody listens: supervisord has ended. Start it again, or ${OTHER_PLACE}`;
    case "ENOENT":
      return `there is no such socket. Start supervisord, or ${OTHER_PLACE}`;
    case "EACCES":
    case "EPERM": {
      const why = path === null ? "" : `: ${await diagnose(path, code)}`;
      return `this user may not use the socket${why}. Use sudo, or change chmod and chown in [unix_http_server]`;
    }
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of the host in ${serverUrl} is not known. Correct it, or ${OTHER_PLACE}`;
    case "DISCONNECTED":
    case "BAD_REPLY":
      return notSupervisor(serverUrl);
    case "PATH_TOO_LONG":
      return "a socket's path has 107 bytes at most; choose a shorter one";
    default:
      return `${serverUrl} cannot be reached. Check the network and the daemon, or ${OTHER_PLACE}`;
  }
}

function otherRemedy(exception: string, { serverUrl }: CtlAccess): string | null {
  if (exception === "xmlrpc.client.ResponseError") return notSupervisor(serverUrl);
  if (exception !== "ValueError" || parseServerUrl(serverUrl).ok) return null;
  return "a serverurl is http://HOST:PORT or unix:///PATH/TO/SOCKET; set it with -s or in [supervisorctl]";
}
