// A snapshot of every file of a host, and the difference of two, to prove that a host is unchanged.

import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { CHANGING } from "./tree-changing.ts";

/** What is compared of a file. Times are not: to read is to change them. */
export interface Entry {
  readonly type: "file" | "directory" | "link" | "fifo" | "socket" | "device";
  /** In octal, with the bits for set-id and sticky. */
  readonly mode: string;
  readonly owner: string;
  readonly size: number | null;
  /** Of a file its SHA-256, of a link its target, of a device its number. */
  readonly content: string | null;
}

/** All files of a host by path. */
export type Tree = ReadonlyMap<string, Entry>;

/** What to leave out beside the files that change by themselves. */
export interface TreeOptions {
  /** Paths; `*` is any text without a slash, and a last `/**` all below. */
  readonly ignore?: readonly string[];
}

/** Reads all files below `root`, which may belong to a booted host. */
export function readTree(root: string, options: TreeOptions = {}): Tree {
  const ignored = [...CHANGING, ...(options.ignore ?? [])].map(patternOf);
  const tree = new Map<string, Entry>();
  const visit = (path: string): void => {
    if (ignored.some((pattern) => pattern.test(path))) return;
    const stats = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return; // It went between the listing and the look.
    const entry = unlessGone(() => entryOf(join(root, path), stats), null);
    if (entry === null) return;
    tree.set(path, entry);
    if (!stats.isDirectory()) return;
    for (const name of list(join(root, path)).sort())
      visit(path === "/" ? `/${name}` : `${path}/${name}`);
  };
  visit("/");
  return tree;
}

function list(path: string): string[] {
  return unlessGone(() => readdirSync(path), []);
}

/** A host that runs removes files between two looks at them. */
function unlessGone<T, U>(look: () => T, gone: U): T | U {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return gone;
    throw error;
  }
}

function patternOf(text: string): RegExp {
  const all = text.endsWith("/**");
  const words = (all ? text.slice(0, -3) : text).split("*");
  const source = words.map((word) => word.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^/]*");
  return new RegExp(`^${source}${all ? "/.*" : ""}$`);
}

function entryOf(path: string, stats: BigIntStats): Entry {
  const mode = (Number(stats.mode) & 0o7777).toString(8).padStart(4, "0");
  const common = { mode, owner: `${stats.uid}:${stats.gid}`, size: null, content: null };
  if (stats.isDirectory()) return { ...common, type: "directory" };
  if (stats.isSymbolicLink()) return { ...common, type: "link", content: readlinkSync(path) };
  if (stats.isFile())
    return { ...common, type: "file", size: Number(stats.size), content: contentOf(path, stats) };
  if (stats.isFIFO()) return { ...common, type: "fifo" };
  if (stats.isSocket()) return { ...common, type: "socket" };
  return { ...common, type: "device", content: String(stats.rdev) };
}

/**
 * Hashes by what the kernel changes with every write. Hosts of one base share its files, and most never change, so that
 * only a process's first snapshot reads them.
 */
const known = new Map<string, string>();

/** Younger files may be written again within the same tick of the kernel's clock. */
const SETTLED_MS = 2000n;

function contentOf(path: string, { ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): string {
  const key = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  const content = known.get(key) ?? hashOf(path);
  if (BigInt(Date.now()) - ctimeMs > SETTLED_MS) known.set(key, content);
  return content;
}

const chunk = Buffer.allocUnsafe(1 << 20);

function hashOf(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    for (let n = readSync(file, chunk); n > 0; n = readSync(file, chunk))
      hash.update(chunk.subarray(0, n));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

/** One line for each file that came (+), went (-) or changed (~), in the order of paths. Empty: the trees are equal. */
export function difference(before: Tree, after: Tree): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => lineFor(path, before.get(path), after.get(path)));
}

function lineFor(path: string, old: Entry | undefined, now: Entry | undefined): readonly string[] {
  if (old === undefined && now !== undefined) return [`+ ${path} ${describe(now)}`];
  if (now === undefined && old !== undefined) return [`- ${path} ${describe(old)}`];
  if (old === undefined || now === undefined) return [];
  const changes = (["type", "mode", "owner", "size", "content"] as const)
    .filter((key) => old[key] !== now[key])
    .map((key) => `${key} ${short(old[key])} -> ${short(now[key])}`);
  return changes.length === 0 ? [] : [`~ ${path} ${changes.join(", ")}`];
}

function describe({ type, mode, owner, size, content }: Entry): string {
  const tail = type === "file" ? ` ${size} bytes` : type === "link" ? ` -> ${content}` : "";
  return `${type} ${mode} ${owner}${tail}`;
}

/** A hash is long, and its beginning enough for a reader. */
function short(value: string | number | null): string {
  return String(value).replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
