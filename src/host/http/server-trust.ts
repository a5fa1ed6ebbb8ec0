// Whether a password may be sent to a server: the kernel says which user listens, never the server. While a daemon is down,
// any user can listen at its port, or create a socket with its name in a world-writable directory.
//
// sync-ok(findUser, statSync): in commands only: ctl, before it tells a password

import { statSync } from "node:fs";
import { dirname } from "node:path";
import { isLoopback, type TcpEnd, usersBehind } from "../../core/net/tcp-table.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { userName } from "../files/describe-path.ts";
import { distrustPlace } from "../files/path-trust.ts";
import { errnoName, posix } from "../posix.ts";
import { tcpTables } from "../procfs.ts";

/** Why nothing may be sent to a target on this connection to a unix socket, or no credentials; null when they may be. */
export function distrustUnixServer(
  target: HttpTarget,
  path: string,
  fd: number,
): HttpFailure | null {
  const { listener = null } = target;
  if (target.credentials === null && listener === null) return null;
  const peer = posix().peerCredentials(fd);
  if (typeof peer === "number") {
    return {
      code: "UNTRUSTED",
      message: `cannot determine the listener on ${path}: ${errnoName(peer)}`,
    };
  }
  if (listener !== null && (peer.uid !== listener.uid || peer.pid !== listener.pid)) {
    const message = `process ${peer.pid} listens on ${path}, and not the daemon (${listener.pid}): nothing was sent`;
    return { code: "UNTRUSTED", message };
  }
  if (target.credentials === null) return null;
  if (isTrusted(peer.uid, target) || isOwnPlace(path, peer.uid)) return null;
  return untrusted(path, peer.uid);
}

/**
 * The same for TCP. A server on another host cannot be known; one on this host is, where the kernel shows its tables.
 * @param server what the socket is connected to, numeric
 */
export function distrustTcpServer(
  target: HttpTarget,
  server: TcpEnd,
  client: TcpEnd,
): HttpFailure | null {
  if (target.credentials === null) return null;
  if (!isLoopback(server.address) && server.address !== client.address) return null;
  const other = usersBehind(tcpTables(), server, client).find((uid) => !isTrusted(uid, target));
  return other === undefined ? null : untrusted(`port ${server.port}`, other);
}

function isTrusted(uid: number, { daemonUser = null }: HttpTarget): boolean {
  if (uid === 0 || uid === process.geteuid?.()) return true;
  if (daemonUser === null) return false;
  const user = posix().findUser(/^\d+$/.test(daemonUser) ? Number(daemonUser) : daemonUser);
  return typeof user === "number" ? String(uid) === daemonUser : user.uid === uid;
}

/** The directory of the socket was given to that user by root, and no other user may make anything there. */
function isOwnPlace(path: string, uid: number): boolean {
  try {
    const directory = dirname(path);
    return statSync(directory).uid === uid && distrustPlace(directory, uid) === null;
  } catch {
    return false;
  }
}

function untrusted(where: string, uid: number): HttpFailure {
  const message = `user ${userName(uid)} listens on ${where}: the password was not sent`;
  return { code: "UNTRUSTED", message };
}
