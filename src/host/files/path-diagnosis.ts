// Why a path cannot be opened for writing: walks its components with the privileges of the daemon and stops at the first one
// that prevents it.

import { constants, promises as fs } from "node:fs";
import { dirname, isAbsolute, parse, resolve, sep } from "node:path";
import type { PathDiagnosis } from "../../core/logs/messages.ts";
import { codeOf } from "../error-code.ts";
import { foreignLink } from "./describe-path.ts";

type Problem = PathDiagnosis["problem"];

/** @param errno the error of open(2), used where the walk finds no other reason */
export async function diagnosePath(path: string, errno: string): Promise<PathDiagnosis> {
  const absolute = isAbsolute(path) ? path : resolve(path);
  const uid = process.geteuid?.() ?? 0;
  const isRefused = uid === 0 && (errno === "ELOOP" || errno === "EACCES");
  const link = isRefused ? await foreignLink(absolute) : null;
  if (link !== null) {
    const owner = { uid: link.uid, name: await userName(link.uid), mode: 0o777 };
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
  const { root } = parse(path);
  const names = path
    .slice(root.length)
    .split(sep)
    .filter((name) => name !== "");
  let current = root;
  for (const name of names.slice(0, -1)) {
    const parent = current;
    current = current === root ? root + name : current + sep + name;
    const errno = await errnoOf(async () => {
      if (!(await fs.stat(current)).isDirectory())
        throw Object.assign(new Error(), { code: "ENOTDIR" });
    });
    if (errno === "EACCES") return { component: parent, problem: "not-searchable" };
    if (errno === "ENOENT") return { component: current, problem: "missing" };
    if (errno === "ENOTDIR") return { component: current, problem: "not-a-directory" };
    if (errno !== null) return { component: current, problem: "unknown" };
  }
  return null;
}

async function judgeFile(path: string, errno: string): Promise<Finding> {
  if (errno === "EROFS") return { component: path, problem: "read-only" };
  if (errno === "ENXIO" || errno === "EPIPE") return { component: path, problem: "no-reader" };
  if (errno === "EISDIR") return { component: path, problem: "is-a-directory" };
  if (errno === "EEXIST") return { component: path, problem: "in-the-way" };
  const directory = dirname(path);
  const missing = (await errnoOf(() => fs.stat(path))) !== null;
  if (errno === "EACCES" || errno === "EPERM") {
    // stat(2) fails with EACCES too if the directory is not searchable.
    const unsearchable = (await errnoOf(() => fs.access(directory, constants.X_OK))) !== null;
    if (unsearchable) return { component: directory, problem: "not-searchable" };
    return { component: missing ? directory : path, problem: "not-writable" };
  }
  if (errno === "ENOENT") return { component: path, problem: "missing" };
  return { component: path, problem: "unknown" };
}

async function ownerOf(path: string): Promise<PathDiagnosis["owner"]> {
  try {
    const { uid, mode } = await fs.stat(path);
    return { uid, name: await userName(uid), mode: mode & 0o7777 };
  } catch {
    return null; // removed meanwhile, or in a directory that is not searchable: the message has no owner
  }
}

/** Reads /etc/passwd only: a directory service may not answer, and messages always show the number. */
async function userName(uid: number): Promise<string | null> {
  try {
    const passwd = await fs.readFile("/etc/passwd", "utf8");
    for (const line of passwd.split("\n")) {
      const fields = line.split(":");
      if (fields[2] === String(uid)) return fields[0] ?? null;
    }
  } catch {
    // Without /etc/passwd, messages show only the number.
  }
  return null;
}

async function errnoOf(attempt: () => Promise<unknown>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    return codeOf(error);
  }
}
