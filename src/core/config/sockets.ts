// The sockets of a program (socket=): the daemon listens, and every process of the program gets the descriptors.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { checkText, parseTcp, parseUnix } from "./check-target.ts";
import type { ExpansionValue } from "./expand.ts";
import type { ProcessConfig, SocketConfig } from "./model.ts";
import { strip } from "./py-text.ts";
import type { OwnerValue, SocketValue } from "./value-types.ts";
import type { ConfigWorld } from "./world.ts";

/** The first descriptor of a socket (sd_listen_fds(3)). */
export const FIRST_SOCKET = 3;
/** Of a unix socket whose option is not given. */
export const SOCKET_MODE = 0o700;
/** Sockets of one program. A start passes at most 28 descriptors. */
const MOST_SOCKETS = 16;
const HOW = "write tcp://HOST:PORT or unix:///PATH, or NAME=tcp://HOST:PORT";
/** As long as the longest pid. */
const PID_PLACE = "0000000000";
const NAMED = /^(?:([\w.-]{1,64})=)?((?:tcp|unix):\/\/.*)$/;

/** `tcp://HOST:PORT` and `unix:///PATH`, each perhaps with `NAME=` before it, separated by commas. */
export function parseSockets(text: string): Result<readonly SocketValue[], string> {
  const sockets: SocketValue[] = [];
  for (const item of text.split(",").map(strip)) {
    if (item === "") continue;
    const [, name = null, written = ""] = NAMED.exec(item) ?? [];
    const address = parseTcp(written) ?? parseUnix(written) ?? HOW;
    if (typeof address === "string") {
      return err(`not a valid socket: ${pyRepr(item)}: ${address}`);
    }
    const lower =
      address.kind === "tcp" ? { ...address, host: address.host.toLowerCase() } : address;
    const url = checkText(lower);
    if (sockets.some((each) => each.url === url)) return err(`${url} is listed twice`);
    if (name !== null && sockets.some((each) => each.name === name)) {
      return err(`two sockets have the name ${name}`);
    }
    sockets.push({ name, url, address: lower });
  }
  if (sockets.length <= MOST_SOCKETS) return ok(sockets);
  return err(`a program has at most ${MOST_SOCKETS} sockets, not ${sockets.length}`);
}

/** As a file has them. */
export function socketsText(sockets: readonly SocketValue[]): string {
  return sockets.map(({ name, url }) => (name === null ? url : `${name}=${url}`)).join(", ");
}

/** `socket_fd`, the first descriptor, and `socket_fd_NAME` of each socket with a name. */
export function socketNames(
  sockets: readonly SocketValue[],
): readonly (readonly [string, ExpansionValue])[] {
  const named = sockets.flatMap(({ name }, index) =>
    name === null ? [] : [[`socket_fd_${name}`, FIRST_SOCKET + index] as const],
  );
  return sockets.length === 0 ? [] : [["socket_fd", FIRST_SOCKET], ...named];
}

/** The program's user owns its socket; null for the daemon's user. */
export function usualOwner(uid: number | null, world: ConfigWorld): OwnerValue | null {
  const user = uid === null || uid === world.uid ? null : world.findUser(uid);
  return uid === null || user === null ? null : { uid, gid: user.gid, text: String(uid) };
}

/** The sockets of a process that stay open while it is down, with the options that make them. */
export function socketsOf({
  sockets,
  socketBacklog: backlog,
  socketOwner: owner,
  socketMode: mode,
}: ProcessConfig): readonly SocketConfig[] {
  return sockets.map(({ url, address }) => ({ url, address, backlog, owner, mode }));
}

/**
 * Variables that tell a program its sockets (sd_listen_fds(3)).
 * @param pid for LISTEN_PID; without one, a text of its length that the start replaces
 */
export function listenVariables(
  { sockets, programName }: Pick<ProcessConfig, "sockets" | "programName">,
  pid = PID_PLACE,
): Readonly<Record<string, string>> {
  if (sockets.length === 0) return {};
  return {
    LISTEN_FDS: String(sockets.length),
    LISTEN_FDNAMES: sockets.map(({ name }) => name ?? programName).join(":"),
    LISTEN_PID: pid,
  };
}
