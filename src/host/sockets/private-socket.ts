// Where the private control socket of a configuration is on this host: in a directory that belongs to one user alone, so that
// no other user can listen there in place of the daemon.
//
// sync-ok(accessSync, findUser, lstatSync, mkdirSync, probeUnix, realpathSync, statSync, unlinkSync): the daemon
// has seen the directory answer, which only its user can fill; the search for a socket is a
// command's

import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  promises,
  realpathSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { CtlOptions } from "../../core/config/model.ts";
import {
  privateDirectories,
  privateSocketName,
  readServerUrl,
  runKey,
  socketPathOf,
} from "../../core/config/server-address.ts";
import { isLoopback, listenersAt } from "../../core/net/tcp-table.ts";
import type { Listener } from "../../ports/http-client.ts";
import { codeOf, errnoOf, quietly } from "../error-code.ts";
import { answers } from "../files/answers.ts";
import { listDirectory } from "../files/config-world.ts";
import { claimLock, isSame } from "../files/locks.ts";
import { silentMount } from "../files/silent-mounts.ts";
import { errnoName, posix } from "../posix.ts";
import { readProc, tcpTables } from "../procfs.ts";
import { containerCommand } from "../system/container-daemon.ts";

const OF_OTHERS = 0o077;
const SOCKET = /^[\w.-]+-[0-9a-f]{16}\.sock$/;
/** More than one process of a container has. */
const MOST_SOCKETS = 100;
/** More than daemons run here, and die between two starts. */
const MOST_DEAD = 1000;
/** Of a directory that another user fills, so many names are read. */
const MOST_NAMES = 10_000;

/**
 * The paths by which a daemon of this configuration is found: as it was named, which stays while a symlink in it is moved, and
 * without symlinks, as a shell in that directory knows it.
 */
export async function keysOfDaemon(configPath: string): Promise<readonly string[]> {
  const isSeen = await answers(configPath);
  const real = isSeen ? await promises.realpath(configPath).catch(() => configPath) : configPath;
  return [...new Set([configPath, real])];
}

/** The same for commands. */
function keysOf(configPath: string): readonly string[] {
  const isSilent = silentMount(configPath) !== null;
  const real = isSilent ? configPath : quietly(() => realpathSync(configPath), configPath);
  return [...new Set([configPath, real])];
}

/** The path for this process's own socket; its directory is created if needed. Null if no directory is suitable. */
export async function placePrivateSocket(configPath: string): Promise<string | null> {
  for (const directory of placesOfPrivateSocket()) {
    if (!(await answers(directory))) continue;
    const path = join(directory, privateSocketName(configPath));
    if (makePrivateDirectory(path) && isWritable(directory)) return path;
  }
  return null;
}

/** The directories in which `placePrivateSocket` looks, in order. */
export function placesOfPrivateSocket(): readonly string[] {
  return directoriesOf(ownUid());
}

/** It may be left on a file system that is read-only now. */
function isWritable(directory: string): boolean {
  return errnoOf(() => accessSync(directory, constants.W_OK)) === null;
}

/** Creates the directory of a private socket. @returns whether it belongs to this user */
export function makePrivateDirectory(socketPath: string): boolean {
  const directory = dirname(socketPath);
  // One that exists, or cannot be created, is checked below.
  errnoOf(() => mkdirSync(directory, { mode: 0o700 }));
  return isOwnedAlone(directory, ownUid());
}

/** Removes the sockets that killed daemons have left beside this one. */
export function removeDeadSockets(socketPath: string): void {
  const sockets = socketsIn(dirname(socketPath), MOST_DEAD);
  for (const path of sockets) if (path !== socketPath) removeDead(path);
}

/** For commands that nothing answered at a socket: removes it if it is a private one of this user and its daemon is dead. */
export function removeDeadSocket(socketPath: string): void {
  const directory = dirname(socketPath);
  const isOurs = placesOfPrivateSocket().includes(directory);
  if (isOurs && isOwnedAlone(directory, ownUid())) removeDead(socketPath);
}

/** Removes the socket of a dead daemon: it refuses connections, and its lock can be had. */
function removeDead(path: string): void {
  const there = socketAt(path);
  if (there === null || there.uid !== ownUid()) return;
  const answer = posix().probeUnix(path);
  if (typeof answer !== "number" || errnoName(answer) !== "ECONNREFUSED") return;
  const lock = claimLock(`${path}.lock`);
  if (!lock.ok) return;
  // A daemon may have started and exited meanwhile.
  errnoOf(() => isSame(path, there) && unlinkSync(path));
  lock.value.release();
}

/** Where it is, or where it would be. */
interface FoundSocket {
  readonly path: string;
  readonly exists: boolean;
  /** A socket is listening there that this user cannot see. */
  readonly isClosed: boolean;
}

/** For commands: see `FindPrivateSocket` in core/config/read.ts. */
export function findPrivateSocket(configPath: string, daemonUser: string | null): FoundSocket {
  // The last are of a run of another user: `findRun` finds those of this one. A killed run may have left it, so that the daemons
  // of all users come before it.
  const keys = keysOf(configPath);
  const names = [...keys, ...keys.map(runKey)].map(privateSocketName);
  const users = usersOf(daemonUser, configPath);
  const places = names.flatMap((name) =>
    users.flatMap((uid) =>
      directoriesOf(uid).map((directory) => ({ uid, directory, path: join(directory, name) })),
    ),
  );
  // A directory that another user made is none of the daemon's, whatever is in it.
  const sure = places.filter(({ uid, directory }) => isOwnedAlone(directory, uid));
  const found = sure.find(({ path }) => socketAt(path) !== null);
  if (found !== undefined) return { path: found.path, exists: true, isClosed: false };
  // In root's directory it may be: connecting says that it is closed to this user.
  const closed = sure.find(({ path }) => look(path) === "closed" && mayBeBound(path));
  const path = (closed ?? places[0])?.path ?? "";
  return { path, exists: false, isClosed: closed !== undefined };
}

/**
 * The private socket of a daemon that was started before its configuration named a server; null for none.
 * @param configKey the `privateKey` of the configuration
 * @param named where the configuration says that a server listens now: a daemon that does has precedence
 */
export function findEarlier(
  configKey: string,
  {
    serverUrl,
    daemonUser,
    isServerNamed,
  }: Pick<CtlOptions, "serverUrl" | "daemonUser" | "isServerNamed">,
): string | null {
  const { path, exists } = findPrivateSocket(configKey, daemonUser);
  if (!exists || socketPathOf(serverUrl) === path || typeof posix().probeUnix(path) === "number") {
    return null;
  }
  return mayListen(serverUrl, isServerNamed) ? null : path;
}

/** Whether a server may listen at a URL. One of another host is asked on purpose, if it is named. */
function mayListen(serverUrl: string, isNamed: boolean): boolean {
  const read = readServerUrl(serverUrl);
  if (!read.ok) return true;
  if (read.value.kind === "unix") {
    const answer = posix().probeUnix(read.value.path);
    return typeof answer !== "number" || !/^(?:ENOENT|ECONNREFUSED)$/.test(errnoName(answer));
  }
  const { host, port } = read.value;
  const tables = tcpTables();
  const isOther = isNamed && host !== "localhost" && !isLoopback(host);
  return isOther || tables.every((table) => table === "") || listenersAt(tables, port).length > 0;
}

/**
 * The socket of a `tsv run` of this user that still runs; null for none.
 * @param configKey the `privateKey` of a configuration: a run of it. null: a run of the working directory, or of this container
 */
export function findRun(configKey: string | null, cwd: string): string | null {
  if (configKey !== null) {
    return keysOf(configKey).reduce<string | null>((found, key) => found ?? runSocketAt(key), null);
  }
  const here = runSocketAt(cwd);
  const contained = here === null ? (containerCommand()?.cwd ?? null) : null;
  return contained === null ? here : runSocketAt(contained);
}

function runSocketAt(path: string): string | null {
  const name = privateSocketName(runKey(path));
  const uid = ownUid();
  for (const directory of directoriesOf(uid)) {
    const socket = join(directory, name);
    if (!isOwnedAlone(directory, uid) || socketAt(socket)?.uid !== uid) continue;
    if (typeof posix().probeUnix(socket) !== "number") return socket;
    removeDead(socket);
  }
  return null;
}

/**
 * A private socket at which this process listens, in a directory of its user; null for none. The kernel says who listens, so that
 * nothing that this user puts there leads to another process.
 */
export function findSocketOf({ uid, pid }: Listener): string | null {
  const found = privateDirectories(uid, null)
    .filter((directory) => isOwnedAlone(directory, uid))
    .flatMap((directory) => socketsIn(directory, MOST_SOCKETS))
    .find((path) => {
      if (socketAt(path)?.uid !== uid) return false;
      const peer = posix().probeUnix(path);
      return typeof peer !== "number" && peer.uid === uid && peer.pid === pid;
    });
  return found ?? null;
}

/** The paths of private sockets in a directory. */
function socketsIn(directory: string, most: number): readonly string[] {
  const found = listDirectory(directory, MOST_NAMES).filter((name) => SOCKET.test(name));
  return found.slice(0, most).map((name) => join(directory, name));
}

/** The kernel lists the sockets of all users. */
function mayBeBound(path: string): boolean {
  const table = readProc("net/unix");
  return table === "" || table.includes(` ${path}\n`);
}

function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

function directoriesOf(uid: number): readonly string[] {
  const isOwn = uid === ownUid();
  return privateDirectories(uid, isOwn ? (process.env["XDG_RUNTIME_DIR"] ?? null) : null);
}

/**
 * Whose daemon it may be: our own, that of the user whom the configuration names, and root's, which only says that it is closed. For
 * root, also that of the file's owner, who decides what runs with it in any case.
 */
function usersOf(daemonUser: string | null, configPath: string): readonly number[] {
  const own = ownUid();
  const named =
    daemonUser === null
      ? null
      : posix().findUser(/^\d+$/.test(daemonUser) ? Number(daemonUser) : daemonUser);
  const ofName = named === null || typeof named === "number" ? [] : [named.uid];
  const isSeen = own === 0 && silentMount(configPath) === null;
  const ofFile = isSeen ? quietly(() => [statSync(configPath).uid], []) : [];
  return [...new Set([own, ...ofName, 0, ...ofFile])];
}

function isOwnedAlone(directory: string, uid: number): boolean {
  const found = look(directory);
  if (found === null || found === "closed") return false;
  return found.isDirectory() && found.uid === uid && (found.mode & OF_OTHERS) === 0;
}

/** Null for what is no socket, or cannot be seen. */
function socketAt(path: string): Stats | null {
  const there = look(path);
  return there === null || there === "closed" || !there.isSocket() ? null : there;
}

function look(path: string): Stats | "closed" | null {
  try {
    return lstatSync(path);
  } catch (error) {
    return codeOf(error) === "EACCES" ? "closed" : null;
  }
}
