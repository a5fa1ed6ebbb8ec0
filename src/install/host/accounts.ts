// Users and groups of the host or of an image; adds and removes system groups.

import { readFileSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { runCommand } from "./processes.ts";
import { lookAt, quietly, readTextFile, removeFresh, writeWhole } from "./safe-files.ts";
import { pathInRoot } from "./safe-paths.ts";

export interface InstallAccounts {
  userId(name: string): number | null;
  groupId(name: string): number | null;
  userName(uid: number): string | null;
  groupName(gid: number): string | null;
  /** @param gid null: any free id */
  addGroup(name: string, gid: number | null): Result<true, string>;
  removeGroup(name: string): Result<true, string>;
  /** Removes temporary files of an installer that was killed while it changed them. */
  tidy(): void;
}

/** Accounts under a root; "/" is this host, whose name service is queried. */
export function createInstallAccounts(root: string): InstallAccounts {
  return root === "/" ? hostAccounts() : imageAccounts(root);
}

function hostAccounts(): InstallAccounts {
  const own = createAccounts();
  return {
    userId: (name) => own.findUser(name)?.uid ?? null,
    groupId: (name) => own.findGroup(name)?.gid ?? null,
    userName: (uid) => own.findUser(uid)?.name ?? null,
    groupName: (gid) => nameIn("/", "group", gid),
    addGroup(name, gid) {
      const number = gid === null ? "" : String(gid);
      return firstThatExists(`the group ${name} cannot be added`, [
        ["groupadd", "--system", ...(gid === null ? [] : ["--gid", number]), name],
        ["addgroup", "-S", ...(gid === null ? [] : ["-g", number]), name],
      ]);
    },
    removeGroup: (name) =>
      firstThatExists(`the group ${name} cannot be removed`, [
        ["groupdel", name],
        ["delgroup", name],
      ]),
    // groupadd(8) and groupdel(8) clean up their own files.
    tidy: () => undefined,
  };
}

/** No command is run in an image: its files are edited. */
function imageAccounts(root: string): InstallAccounts {
  const edit = (change: (text: string, file: "group" | "gshadow") => string | null): void => {
    for (const file of ["group", "gshadow"] as const) {
      const path = pathInRoot(root, `/etc/${file}`);
      const found = lookAt(path);
      const text = found.kind === "file" ? readTextFile(path) : null;
      if (found.kind !== "file" || text === null) continue;
      const changed = change(text, file);
      if (changed !== null) writeWhole(path, Buffer.from(changed), found);
    }
  };
  return {
    userId: (name) => idIn(root, "passwd", name),
    groupId: (name) => idIn(root, "group", name),
    userName: (uid) => nameIn(root, "passwd", uid),
    groupName: (gid) => nameIn(root, "group", gid),
    addGroup(name, gid) {
      if (lookAt(pathInRoot(root, "/etc/group")).kind !== "file") {
        return err(`the group ${name} cannot be added: ${root} has no /etc/group`);
      }
      edit((text, file) => addGroupLine(text, file, { name, gid }));
      return ok(true);
    },
    removeGroup(name) {
      edit((text) => removeGroupLine(text, name));
      return ok(true);
    },
    tidy() {
      for (const file of ["group", "gshadow"]) removeFresh(pathInRoot(root, `/etc/${file}`));
    },
  };
}

/** passwd(5) and group(5) have the name and the id in the same columns. */
function linesOf(root: string, file: "passwd" | "group"): readonly (readonly string[])[] {
  const text = quietly(() => readFileSync(pathInRoot(root, `/etc/${file}`), "utf8"));
  return (text ?? "").split("\n").map((line) => line.split(":"));
}

function idIn(root: string, file: "passwd" | "group", name: string): number | null {
  const id = linesOf(root, file).find(([entry]) => entry === name)?.[2];
  return id === undefined ? null : Number(id);
}

function nameIn(root: string, file: "passwd" | "group", id: number): string | null {
  return linesOf(root, file).find((entry) => entry[2] === String(id))?.[0] ?? null;
}

/** Busybox has different commands for this. */
function firstThatExists(
  what: string,
  commands: readonly (readonly string[])[],
): Result<true, string> {
  let reason = "";
  for (const argv of commands) {
    const { status, output } = runCommand(argv);
    if (status === 0) return ok(true);
    reason = `${argv.join(" ")}: ${output === "" ? `exit status ${status}` : output}`;
    if (status !== null) break;
  }
  return err(`${what}: ${reason}`);
}

/** System groups by Debian's and Fedora's rules (login.defs(5): SYS_GID_MIN, SYS_GID_MAX), from above as groupadd does. */
const HIGHEST = 999;
const LOWEST = 100;

/**
 * The text with a line for the group, or null if it has one.
 * @param file the two files have different columns
 */
export function addGroupLine(
  text: string,
  file: "group" | "gshadow",
  { name, gid }: { readonly name: string; readonly gid: number | null },
): string | null {
  const entries = text.split("\n").map((line) => line.split(":"));
  if (entries.some(([entry]) => entry === name)) return null;
  const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  if (file === "gshadow") return `${whole}${name}:!::\n`;
  const taken = new Set(entries.map((entry) => Number(entry[2])));
  return `${whole}${name}:x:${gid ?? firstFree(taken)}:\n`;
}

/** The text without the group's line, or null if there is none. */
export function removeGroupLine(text: string, name: string): string | null {
  const lines = text.split("\n");
  const kept = lines.filter((line) => line.split(":")[0] !== name);
  return kept.length === lines.length ? null : kept.join("\n");
}

function firstFree(taken: ReadonlySet<number>): number {
  let gid = HIGHEST;
  while (taken.has(gid) && gid > LOWEST) gid -= 1;
  return gid;
}
