// The sockets of the daemon's servers, claimed before anything else is touched, or restored from a snapshot.
//
// sync-ok(probeUnix): at a start, if the private socket is in use; the socket does not block, and
// its directory was asked before (answers.ts)

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigNotice, ServerConfig } from "../core/config/model.ts";
import { privateKey, privateServer, runKey } from "../core/config/server-address.ts";
import { otherRunTexts, unreachableText } from "../core/run/terminal.ts";
import type { ServerState } from "../core/snapshot/snapshot.ts";
import { answers } from "../host/files/answers.ts";
import { posix } from "../host/posix.ts";
import {
  placePrivateSocket,
  placesOfPrivateSocket,
  removeDeadSockets,
} from "../host/sockets/private-socket.ts";
import { type SocketProblem, socketProblem } from "../host/sockets/socket-problem.ts";
import { adoptUnixSocket, type ClaimedSocket, claimUnixSocket } from "../host/sockets/sockets.ts";
import { adoptTcpSocket, claimTcpSocket } from "../host/sockets/tcp-sockets.ts";
import { startPause } from "../host/time/pause.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import { list, release, type ServerSocket } from "./served-sockets.ts";

const BACKLOG = 1024;
/** Waits between tries to claim a private socket that another process holds. */
const AGAIN_MS = [100, 200, 400, 800];

/**
 * The sockets of `tsv run`: its own, by which the commands of tsv in the same directory find it, and those of its configuration. It runs
 * without those that it cannot have.
 * @param cwd where it was started
 * @param notices receives lines for the log
 */
export async function claimRunSockets(
  config: Config,
  cwd: string,
  descriptors: DescriptorTable,
  notices: ConfigNotice[],
): Promise<readonly ServerSocket[]> {
  const claimed: ServerSocket[] = [];
  const warn = (text: string): void => void notices.push({ level: "WARN", text });
  const own = await claimPrivate(config, runKey(cwd), descriptors);
  if (own.ok) claimed.push(own.value);
  else for (const text of unreachable(own.error)) warn(text);
  for (const server of config.servers) {
    const result = await claim(server);
    if (!result.ok) {
      warn(`[${server.section}] is not served: ${result.error.detail}`);
      continue;
    }
    claimed.push({ server, socket: result.value });
    list(server, result.value, descriptors);
  }
  return claimed;
}

/** Why the run has no socket of its own: usually because of another run in its directory. */
function unreachable({ detail, holder }: PrivateProblem): readonly string[] {
  return holder === null ? [unreachableText("run", detail)] : otherRunTexts(holder);
}

/** All or none: after a failure, sockets that were already claimed are released. @param notices receives lines for the log */
export async function claimSockets(
  config: Config,
  descriptors: DescriptorTable,
  notices: ConfigNotice[],
): Promise<Result<readonly ServerSocket[], string>> {
  if (config.servers.length === 0) {
    const { here, configFile } = config.daemon;
    const socket = await claimPrivate(config, privateKey(here, configFile), descriptors);
    if (socket.ok) return ok([socket.value]);
    notices.push({ level: "WARN", text: unreachableText("daemon", socket.error.detail) });
    return ok([]);
  }
  const claimed: ServerSocket[] = [];
  for (const server of config.servers) {
    const result = await claim(server);
    if (!result.ok) {
      releaseAll(claimed, descriptors);
      return err(`${result.error.summary}\n${result.error.detail}`);
    }
    claimed.push({ server, socket: result.value });
    list(server, result.value, descriptors);
  }
  return ok(claimed);
}

/** A private control socket that could not be had. */
interface PrivateProblem extends Pick<SocketProblem, "detail"> {
  /** The pid of the process that is listening there; null for none. */
  readonly holder: number | null;
}

/** The private control socket of a configuration without servers. Without it the daemon runs all the same. */
async function claimPrivate(
  config: Config,
  key: string,
  descriptors: DescriptorTable,
): Promise<Result<ServerSocket, PrivateProblem>> {
  const path = await placePrivateSocket(key);
  if (path === null) {
    const detail = `it can create no socket in ${placesOfPrivateSocket().join(", ")}; make one of them writable`;
    return err({ detail, holder: null });
  }
  const server = privateServer(config, path);
  let result = await claim(server);
  let holder: number | null = null;
  for (const waitMs of AGAIN_MS) {
    if (result.ok || result.error.errno !== "EADDRINUSE") break;
    const listening = posix().probeUnix(path);
    if (typeof listening !== "number") {
      holder = listening.pid;
      break;
    }
    // Nothing listens: another daemon or a command holds the lock while it checks whether the socket at this path is dead.
    await startPause(waitMs).over;
    result = await claim(server);
  }
  if (!result.ok) return err({ detail: result.error.detail, holder });
  list(server, result.value, descriptors);
  removeDeadSockets(path);
  return ok({ server, socket: result.value });
}

async function claim(server: ServerConfig): Promise<Result<ClaimedSocket, SocketProblem>> {
  if (server.kind === "inet") return await claimTcpSocket({ ...server, backlog: BACKLOG });
  if (await answers(server.path)) return claimUnixSocket({ ...server, backlog: BACKLOG });
  const detail = `The file system of ${server.path} does not answer. Choose a path on another one.`;
  return err(socketProblem("ETIMEDOUT", detail));
}

/** Restores the sockets of the predecessor, whose descriptors are in the table. */
export function adoptSockets(
  config: Config,
  states: readonly ServerState[],
  descriptors: DescriptorTable,
): readonly ServerSocket[] {
  // The private control socket stays at its path, whatever path a new daemon would choose.
  const path = states[0]?.privatePath ?? null;
  const servers = path === null ? config.servers : [privateServer(config, path)];
  return states.flatMap(({ server: index, socket: held }) => {
    const server = servers[index];
    if (server === undefined) {
      // Clients that connect must fail rather than wait for an answer.
      for (const fd of [held.fd, held.lockFd]) {
        if (fd === null) continue;
        posix().close(fd);
        descriptors.remove(fd);
      }
      return [];
    }
    const socket =
      server.kind === "unix"
        ? adoptUnixSocket({ ...server, backlog: BACKLOG }, held)
        : adoptTcpSocket(held.fd);
    return [{ server, socket }];
  });
}

/** Returns sockets that are not served yet. */
export function releaseAll(sockets: readonly ServerSocket[], descriptors: DescriptorTable): void {
  for (const { socket } of sockets) {
    posix().close(socket.fd);
    release(socket, descriptors);
  }
}
