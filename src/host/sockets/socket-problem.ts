// Errors of server sockets as text: Supervisor's own first line, which tools match, then which path or port, its holder, and
// what to do.

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { userName } from "../files/describe-path.ts";

/** A server socket that could not be had. */
export interface SocketProblem {
  /** For example "EADDRINUSE". */
  readonly errno: string;
  /** Supervisor's text for it, one line. */
  readonly summary: string;
  /** What, which one, why, what to do: one or two sentences. */
  readonly detail: string;
}

const IN_USE =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

/** A problem with Supervisor's summary for that error. */
export function socketProblem(errno: string, detail: string): SocketProblem {
  if (errno === "EADDRINUSE") return { errno, summary: IN_USE, detail };
  if (errno === "ENAMETOOLONG")
    return { errno, summary: reported("AF_UNIX path too long"), detail };
  const number = (constants.errno as Readonly<Record<string, number | undefined>>)[errno];
  const name = number === undefined ? errno : `errno.${errno} (${number})`;
  return { errno, summary: reported(name), detail };
}

function reported(what: string): string {
  return `Cannot open an HTTP server: socket.error reported ${what}`;
}

/** `process 42 (nginx) of user www-data`, as far as this host shows it. */
export function describeProcess(pid: number | null, uid: number | null = null): string {
  if (pid === null || pid <= 0) return "a process that is not visible from here";
  const program = readQuietly(`/proc/${pid}/comm`)?.trim();
  const owner = uid ?? uidOf(pid);
  const of = owner === null ? "" : ` of user ${userName(owner)}`;
  return `process ${pid}${program === undefined ? "" : ` (${program})`}${of}`;
}

function uidOf(pid: number): number | null {
  const line = /^Uid:\s+(\d+)/m.exec(readQuietly(`/proc/${pid}/status`) ?? "");
  return line?.[1] === undefined ? null : Number(line[1]);
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // gone, hidden, or a host without /proc: the message says less then
  }
}
