// The sockets of FastCGI programs: bound as the daemon's own are, then made blocking, because the programs that inherit
// one accept on it as on any other.

import { closeSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FcgiSocketConfig } from "../../core/config/model.ts";
import type { ListenerSocket, ListenerSockets } from "../../ports/listener-sockets.ts";
import { userName } from "../files/describe-path.ts";
import { errnoName, posix } from "../posix.ts";
import { createHostNames, type HostNames } from "./host-names.ts";
import type { SocketProblem } from "./socket-problem.ts";
import {
  adoptUnixSocket,
  type ClaimedSocket,
  claimUnixSocket,
  type UnixSocketRequest,
} from "./sockets.ts";
import { adoptTcpSocket, listenTcpAt } from "./tcp-sockets.ts";

/** The kernel takes less of it where net.core.somaxconn is lower (listen(2)). */
const LONGEST_QUEUE = 4096;
const DEFAULT_MODE = 0o700;

/** Makes sockets on this host. */
export function createFcgiSockets(): ListenerSockets {
  const names = createHostNames();
  return {
    open(config) {
      const claimed = claim(config, names);
      if (!claimed.ok) return claimed;
      const socket = toListener(claimed.value);
      const blocking = posix().setBlocking(socket.fd);
      if (blocking >= 0) return ok(socket);
      socket.close();
      return err(`it cannot be made blocking: ${errnoName(blocking)}`);
    },
    adopt(config, held) {
      const { address } = config;
      if (address.kind === "tcp") return toListener(adoptTcpSocket(held.fd));
      return toListener(adoptUnixSocket(unixRequest(config, address.path), held));
    },
  };
}

function toListener({ fd, lockFd, file, release }: ClaimedSocket): ListenerSocket {
  return {
    ...{ fd, lockFd, file },
    close() {
      // The file goes first: whoever finds it can still connect.
      release();
      closeSync(fd);
    },
  };
}

function claim(config: FcgiSocketConfig, names: HostNames): Result<ClaimedSocket, string> {
  const { address } = config;
  if (address.kind === "tcp") {
    const numeric = names.resolve(address.host);
    if (!numeric.ok) return numeric;
    const { host, port } = address;
    const listening = listenTcpAt(numeric.value, { host, port, backlog: backlogOf(config) });
    return listening.ok ? listening : err(listening.error.detail);
  }
  const claimed = claimUnixSocket(unixRequest(config, address.path));
  return claimed.ok ? claimed : err(reason(config, claimed.error));
}

function unixRequest(config: FcgiSocketConfig, path: string): UnixSocketRequest {
  const { owner, mode } = config;
  return { path, mode: mode ?? DEFAULT_MODE, owner, backlog: backlogOf(config) };
}

function backlogOf({ backlog }: FcgiSocketConfig): number {
  return backlog ?? LONGEST_QUEUE;
}

/** The general text speaks of the daemon's own socket and its options. */
function reason({ address, owner }: FcgiSocketConfig, problem: SocketProblem): string {
  if (problem.errno !== "EPERM" || owner === null || address.kind !== "unix") return problem.detail;
  const us = userName(process.geteuid?.() ?? 0);
  const group = owner.gid < 0 ? "" : ` and group ${owner.gid}`;
  return (
    `User ${us} may not give ${address.path} to user ${owner.uid}${group}. Choose a socket_owner that it may, or run ` +
    "tsv as root."
  );
}
