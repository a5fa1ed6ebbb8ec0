// Path arithmetic on POSIX paths, as Python's os.path does it. Text only: nothing here looks at a disk.

import type { ConfigWorld } from "./world.ts";

/** `os.path.split`: everything up to the last slash (trailing slashes dropped, the root kept) and the rest. */
export function splitPath(path: string): { readonly head: string; readonly tail: string } {
  const cut = path.lastIndexOf("/") + 1;
  const head = path.slice(0, cut);
  const trimmed = head.replace(/\/+$/, "");
  return { head: trimmed === "" ? head : trimmed, tail: path.slice(cut) };
}

/** `os.path.dirname`. */
export function dirname(path: string): string {
  return splitPath(path).head;
}

/** `os.path.join` of two parts. */
export function joinPath(base: string, path: string): string {
  if (path.startsWith("/")) return path;
  return base === "" || base.endsWith("/") ? base + path : `${base}/${path}`;
}

/** `os.path.normpath`: no `.`, no `..` that can be resolved, no doubled slash (two leading ones stay two). */
export function normalizePath(path: string): string {
  if (path === "") return ".";
  const slashes = path.startsWith("//") && !path.startsWith("///") ? "//" : "/";
  const root = path.startsWith("/") ? slashes : "";
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (root === "") kept.push("..");
  }
  const joined = root + kept.join("/");
  return joined === "" ? "." : joined;
}

/** `os.path.abspath`. */
export function absolutePath(path: string, cwd: string): string {
  return normalizePath(joinPath(cwd, path));
}

/** `os.path.expanduser`: `~` and `~name` at the start; an unknown name leaves the path as it is. */
export function expandUser(path: string, world: ConfigWorld): string {
  if (!path.startsWith("~")) return path;
  const slash = path.indexOf("/");
  const end = slash < 0 ? path.length : slash;
  const name = path.slice(1, end);
  const home = name === "" ? world.home : world.findUser(name)?.home;
  if (home === undefined) return path;
  return home.replace(/\/+$/, "") + path.slice(end) || "/";
}

/** `~` expanded, absolute, normalised: what Supervisor does to log files, pid files and sockets. */
export function resolvePath(path: string, world: ConfigWorld): string {
  return absolutePath(expandUser(path, world), world.cwd);
}
