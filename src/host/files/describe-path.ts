// Describes the file at a path and its owner, and why a path cannot be used, for error messages.
//
// sync-ok(findUser, lstatSync): texts of errors about paths that answered a moment ago; asks the
// name service for a name, which may wait: see the ADR, what is left
// sync-ok(accessSync, findGroup, groupsOf, statSync): commands alone: ctl says why this user may not read or use a path

import { accessSync, constants, promises as fs, lstatSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { octalMode, type PermissionFacts } from "../../core/base/permission-words.ts";
import { type LinkProblem, linkProblem } from "../../core/logs/log-path.ts";
import type { PathDiagnosis } from "../../core/logs/messages.ts";
import { codeOf, errnoOf, quietly } from "../error-code.ts";
import { posix } from "../posix.ts";

/** `root (0)`. */
export function userName(uid: number): string {
  const user = posix().findUser(uid);
  return typeof user === "number" ? `${uid}` : `${user.name} (${uid})`;
}

/** `owned by root (0), mode 0755`. */
export function describeOwner(stats: Pick<Stats, "uid" | "mode">): string {
  return `owned by ${userName(stats.uid)}, mode ${octalMode(stats.mode)}`;
}

/** The kind of a file, with its article. */
export function describeKind(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFile()) return "a plain file";
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** Why nothing can be created at `path`: names the first missing directory on the way, or the directory that denies it. */
export function describeDirectory(path: string, errno: string): string {
  const us = userName(process.geteuid?.() ?? 0);
  if (errno === "ENOENT" || errno === "ENOTDIR") return describeMissing(path);
  const directory = dirname(path);
  const stats = lstatQuietly(directory);
  const owner = stats === null ? "which cannot be examined" : describeOwner(stats);
  if (errno === "EROFS") return `${path} is on a read-only file system; choose another path.`;
  if (errno === "EACCES" || errno === "EPERM") {
    return `User ${us} has no permission to create ${path} in ${directory}, ${owner}. Choose a directory of that user, or run tsv as another user.`;
  }
  return `${path} cannot be created in ${directory}, ${owner}: ${errno}.`;
}

function describeMissing(path: string): string {
  const directory = dirname(path);
  let missing = directory;
  while (dirname(missing) !== missing && lstatQuietly(dirname(missing)) === null) {
    missing = dirname(missing);
  }
  const stats = lstatQuietly(missing);
  if (stats === null) {
    const from = missing === directory ? "" : ` (nor does ${missing})`;
    return `The directory ${directory} does not exist${from}: create it, or choose another path.`;
  }
  if (stats.isDirectory()) {
    // A file system of the kernel, such as /proc.
    return `${path} cannot be created: ${directory} accepts no new files. Choose another path.`;
  }
  return `${missing} is ${describeKind(stats)}, not a directory: choose another path.`;
}

/** Null for ENOTDIR and EACCES on the way too: missing, as far as a message is concerned. */
function lstatQuietly(path: string): Stats | null {
  return quietly(() => lstatSync(path), null);
}

// Names the user-owned symlink that root refused to follow, for error messages. posix/guarded.c makes the decision.

interface ForeignLink {
  readonly path: string;
  readonly uid: number;
  /** The file that the symlink leads to; its text, made absolute, if that file does not exist. */
  readonly target: string;
  readonly why: LinkProblem;
}

/** The first symlink on the way to an absolute path that root does not follow; null for none. */
async function foreignLink(path: string): Promise<ForeignLink | null> {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const found = await fs.lstat(next).catch(nothing);
    if (found?.isSymbolicLink() !== true) continue;
    const { uid } = found;
    const text = (await fs.readlink(next).catch(nothing)) ?? "";
    const target = (await fs.realpath(next).catch(nothing)) ?? resolve(walk.at, text);
    const led = await fs.stat(next).catch(nothing);
    const why = linkProblem({
      uid,
      holder: await fs.stat(walk.at).catch(nothing),
      led: led === null ? null : { uid: led.uid, isFile: led.isFile() },
      ledIn: (await fs.stat(dirname(target)).catch(nothing))?.uid ?? null,
      isLast: walk.isLast,
    });
    if (why !== null) return { path: next, uid, target, why };
    if (!walk.follow(text)) return null;
  }
  return null;
}

function nothing(): null {
  return null;
}

// Why a path cannot be opened for writing: walks its components with the privileges of the daemon and stops at the first one
// that prevents it.

type Problem = PathDiagnosis["problem"];

/** @param errno the error of open(2), used where the walk finds no other reason */
export async function diagnosePath(path: string, errno: string): Promise<PathDiagnosis> {
  const absolute = isAbsolute(path) ? path : resolve(path);
  const uid = process.geteuid?.() ?? 0;
  const isRefused = uid === 0 && (errno === "ELOOP" || errno === "EACCES");
  const link = isRefused ? await foreignLink(absolute) : null;
  if (link !== null) {
    const owner = { uid: link.uid, name: await accountName(link.uid), mode: 0o777 };
    const { path: component, target, why } = link;
    return { component, problem: `${why}-link`, target, owner, uid };
  }
  const found = (await walkDirectories(absolute)) ?? (await judgeFile(absolute, errno));
  const described = found.problem === "missing" ? dirname(found.component) : found.component;
  return { ...found, owner: await ownerOf(described), uid };
}

interface Finding {
  readonly component: string;
  readonly problem: Problem;
}

async function walkDirectories(path: string): Promise<Finding | null> {
  for (const component of directoriesOf(path.replaceAll(/\/+/g, "/"))) {
    const found = await fs.stat(component).catch(codeOf);
    if (typeof found !== "string" && found.isDirectory()) continue;
    const errno = typeof found === "string" ? found : "ENOTDIR";
    if (errno === "EACCES") return { component: dirname(component), problem: "not-searchable" };
    if (errno === "ENOENT") return { component, problem: "missing" };
    if (errno === "ENOTDIR") return { component, problem: "not-a-directory" };
    return { component, problem: "unknown" };
  }
  return null;
}

async function judgeFile(path: string, errno: string): Promise<Finding> {
  if (errno === "EROFS") return { component: path, problem: "read-only" };
  if (errno === "ENXIO" || errno === "EPIPE") return { component: path, problem: "no-reader" };
  if (errno === "EISDIR") return { component: path, problem: "is-a-directory" };
  if (errno === "EEXIST") return { component: path, problem: "in-the-way" };
  const directory = dirname(path);
  const missing = (await fs.stat(path).catch(nothing)) === null;
  if (errno === "EACCES" || errno === "EPERM") {
    // stat(2) fails with EACCES too if the directory is not searchable.
    const unsearchable = (await fs.access(directory, constants.X_OK).catch(nothing)) === null;
    if (unsearchable) return { component: directory, problem: "not-searchable" };
    return { component: missing ? directory : path, problem: "not-writable" };
  }
  if (errno === "ENOENT") return { component: path, problem: "missing" };
  return { component: path, problem: "unknown" };
}

/** Null for a path that was removed meanwhile, or is in a directory that is not searchable: the message has no owner. */
async function ownerOf(path: string): Promise<PathDiagnosis["owner"]> {
  const found = await fs.stat(path).catch(nothing);
  if (found === null) return null;
  const { uid, mode } = found;
  return { uid, name: await accountName(uid), mode: mode & 0o7777 };
}

/** Reads /etc/passwd only: a directory service may not answer, and messages always show the number. */
async function accountName(uid: number): Promise<string | null> {
  const passwd = (await fs.readFile("/etc/passwd", "utf8").catch(nothing)) ?? "";
  const accounts = passwd.split("\n").map((line) => line.split(":"));
  return accounts.find((fields) => fields[2] === String(uid))?.[0] ?? null;
}

// Why this user has no permission to use a path: the component that denies it, its owner, and the group that has permission.

/** The use of the path: a file is read, a socket is written to. */
type Wanted = "read" | "connect";

const FILE_BITS = { read: 0o040, connect: 0o020 } as const;
const SEARCH_BIT = 0o010;

/** Checks all components from the root down to the path. @returns null if none denies access, as far as modes show */
export function permissionFacts(path: string, wanted: Wanted): PermissionFacts | null {
  const absolute = isAbsolute(path) ? path : resolve(path);
  for (const directory of directoriesOf(absolute)) {
    if (errnoOf(() => accessSync(directory, constants.X_OK)) !== null)
      return factsOf(directory, SEARCH_BIT);
  }
  const mode = wanted === "read" ? constants.R_OK : constants.W_OK;
  if (errnoOf(() => accessSync(absolute, mode)) === null) return null;
  return factsOf(absolute, FILE_BITS[wanted]);
}

/** Whether a file can be read by users that are neither its owner nor of its group. False where that is not known. */
export function isReadableByAll(path: string): boolean {
  return quietly(() => (statSync(path).mode & constants.S_IROTH) !== 0, false);
}

/** The directories of a path, from the root down. */
function directoriesOf(path: string): readonly string[] {
  const directory = dirname(path);
  return directory === path ? [directory] : [...directoriesOf(directory), directory];
}

function factsOf(path: string, bit: number): PermissionFacts | null {
  const stats = quietly(() => statSync(path), null);
  if (stats === null) return null;
  const user = nameOf(posix().findUser(process.geteuid?.() ?? 0), process.geteuid?.() ?? 0);
  const group = nameOf(posix().findGroup(stats.gid), stats.gid);
  const isOpenToGroup = stats.gid !== 0 && (stats.mode & bit) !== 0;
  return {
    path,
    owner: nameOf(posix().findUser(stats.uid), stats.uid),
    group,
    mode: octalMode(stats.mode),
    user,
    joins: isOpenToGroup ? group : null,
    isNewMember: isOpenToGroup && isListed(user, stats.gid),
  };
}

/** The user database lists the user in the group; this session is older than that entry. */
function isListed(user: string, gid: number): boolean {
  const account = posix().findUser(user);
  return typeof account !== "number" && posix().groupsOf(user, account.gid).includes(gid);
}

function nameOf(found: { readonly name: string } | number, id: number): string {
  return typeof found === "number" ? String(id) : found.name;
}
