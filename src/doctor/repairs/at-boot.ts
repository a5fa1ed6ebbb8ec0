// Directories in memory, which a boot deletes: systemd recreates those in tmpfiles.d(5).

import { octalMode } from "../../core/base/permission-words.ts";
import type { Access } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import type { Fix } from "../model.ts";
import { repairStep } from "./repairs.ts";
import { shellWord } from "./shell-quoting.ts";

/** The file with doctor's directories for systemd. */
const TMPFILES = "/etc/tmpfiles.d/tsv-doctor.conf";

const HEADER = "# Directories to create at each boot. Written by `tsv doctor`.\n";

/** The line for a directory; null if its name cannot be written there. */
export function tmpfilesLine(
  path: string,
  { uid, gid, mode }: Access,
  probe: Probe,
): string | null {
  if (/[\s%"'\\]/.test(path)) return null;
  const [user, group] = probe.ownerName(uid, gid).split(":");
  return `d ${path} ${octalMode(mode)} ${user} ${group} -`;
}

/** Adds lines to the file, so that systemd creates their directories at each boot. */
export function atBoot(lines: readonly string[], probe: Probe): Fix {
  const before = probe.readText(TMPFILES);
  const known = (before ?? HEADER).split("\n");
  const added = Array.from(new Set(lines)).filter((line) => !known.includes(line));
  const text = `${before ?? HEADER}${added.map((line) => `${line}\n`).join("")}`;
  const owner = { user: "root", group: "root" };
  const what = "directories to create at boot";
  const now = before === null ? "missing" : "without these directories";
  return {
    class: "B",
    commands: added.map((line) => `echo ${shellWord(line)} >> ${TMPFILES}`),
    steps: [
      repairStep({ kind: "file", path: TMPFILES, text, mode: 0o644, owner, what }, now, what),
    ],
  };
}

/** Whether the file system of a path is in memory. */
export function isVolatile(path: string, probe: Probe): boolean {
  const type = probe.fileSystem(path)?.type ?? "";
  return type === "tmpfs" || type === "ramfs";
}
