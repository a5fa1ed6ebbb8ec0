// Tries parts of a new configuration while the old one still runs: its sockets and its activity log. A reload that would
// fail on one of them is refused before any program is stopped.
//
// sync-ok(accessSync, statSync): in the process that reads for the daemon

import { accessSync, constants, statSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, resolve } from "node:path";
import { err, type Result } from "../../core/base/result.ts";
import type { Config, ServerConfig } from "../../core/config/model.ts";
import { tlsFilesOf } from "../../core/net/certificates.ts";
import { errnoOf, quietly } from "../error-code.ts";
import { describeDirectory } from "../files/describe-path.ts";
import { posix } from "../posix.ts";
import { type SocketProblem, socketProblem } from "./socket-problem.ts";
import { type ClaimedSocket, claimUnixSocket } from "./sockets.ts";
import { listenTcpAt } from "./tcp-sockets.ts";
import { tlsProblem } from "./tls-problem.ts";

const BACKLOG = 1;

/** Called with the path that is about to be read, because it may not answer. */
export type Note = (doing: string) => void;

/**
 * Why a daemon that serves `current` could not start over with `next`, as far as can be told now; null when nothing speaks
 * against it. Looks at paths that users name: not for the daemon's own process.
 */
export async function whyUnstartable(
  next: Config,
  current: readonly ServerConfig[],
  note: Note,
): Promise<string | null> {
  for (const server of next.servers) {
    const files = tlsFilesOf(server);
    if (files !== null) note(`reading ${files.cert} and ${files.key}`);
    const problem = await tlsProblem(server);
    if (problem !== null) return problemText(server, problem);
  }
  note(`examining the activity log ${next.daemon.logfile}`);
  return logProblem(next.daemon.logfile) ?? serverProblem(next.servers, current, note);
}

function logProblem(logfile: string): string | null {
  if (logfile === "syslog") return null;
  const errno = writeError(logfile);
  return errno === null ? null : `the activity log ${logfile} cannot be written: ${errno}`;
}

/** @returns the name of the error that opening the file for writing would give */
function writeError(path: string): string | null {
  if (quietly(() => statSync(path).isDirectory(), false)) return "EISDIR";
  const errno = errnoOf(() => accessSync(path, constants.W_OK));
  return errno === "ENOENT" ? directoryError(resolve(path)) : errno;
}

/** All at once, so that two of them that are in each other's way are found too. */
function serverProblem(
  next: readonly ServerConfig[],
  current: readonly ServerConfig[],
  note: Note,
): string | null {
  const tried: ClaimedSocket[] = [];
  try {
    for (const server of next) {
      note(
        server.kind === "unix" ? `trying the socket ${server.path}` : `trying port ${server.port}`,
      );
      const claimed = isOurs(server, current) ? tryOurs(server) : tryServer(server);
      if (claimed === null) continue;
      if (!claimed.ok) {
        return problemText(server, claimed.error);
      }
      tried.push(claimed.value);
    }
    return null;
  } finally {
    for (const socket of tried) {
      posix().close(socket.fd);
      socket.release();
    }
  }
}

function problemText({ section }: ServerConfig, { summary, detail }: SocketProblem): string {
  return `section [${section}]: ${summary}\n${detail}`;
}

/** Whether we listen there ourselves, so that it will be free when the old servers are closed. */
function isOurs(server: ServerConfig, current: readonly ServerConfig[]): boolean {
  return current.some((ours) => {
    if (server.kind === "inet") return ours.kind === "inet" && ours.port === server.port;
    return ours.kind === "unix" && isSameFile(ours.path, server.path);
  });
}

function isSameFile(left: string, right: string): boolean {
  if (left === right) return true;
  // Claiming a path that leads nowhere says what is wrong with it.
  const [one, other] = [left, right].map((path) => quietly(() => statSync(path), null));
  return one != null && one.ino === other?.ino && one.dev === other.dev;
}

type Tried = Result<ClaimedSocket, SocketProblem> | null;

/** Of an address that is in use by us only the directory can be looked at. */
function tryOurs(server: ServerConfig): Tried {
  const errno = server.kind === "inet" ? null : directoryError(server.path);
  if (server.kind === "inet" || errno === null) return null;
  return err(socketProblem(errno, describeDirectory(server.path, errno)));
}

/** Why nothing can be made at a path; null if it can. */
function directoryError(path: string): string | null {
  return errnoOf(() => accessSync(dirname(path), constants.W_OK | constants.X_OK));
}

/** @returns null for a name that would have to be looked up, which may take long */
function tryServer(server: ServerConfig): Tried {
  if (server.kind === "unix") return claimUnixSocket({ ...server, backlog: BACKLOG });
  const address = addressOf(server.host);
  return address === null ? null : listenTcpAt(address, { ...server, backlog: BACKLOG });
}

function addressOf(host: string): string | null {
  if (host === "") return "0.0.0.0";
  if (host === "localhost") return "127.0.0.1";
  return isIP(host) === 0 ? null : host;
}
