// Directories that a boot loses, because they lie in memory: systemd makes them again where tmpfiles.d(5) names them.

import { octalMode } from "../../core/base/file-mode.ts";
import type { Access, PlannedStep } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import { repairStep } from "./repairs.ts";

/** The file with what doctor has systemd make. */
export const TMPFILES = "/etc/tmpfiles.d/tsv-doctor.conf";

const HEADER = "# Directories that a boot finds gone. Written by `tsv doctor`.\n";

/** The line for a directory; null where its name cannot be written there. */
export function tmpfilesLine(
  path: string,
  { uid, gid, mode }: Access,
  probe: Probe,
): string | null {
  if (/[\s%"'\\]/.test(path)) return null;
  const [user, group] = probe.ownerName(uid, gid).split(":");
  return `d ${path} ${octalMode(mode)} ${user} ${group} -`;
}

/** Adds lines to the file. */
export function tmpfilesStep(lines: readonly string[], probe: Probe): PlannedStep {
  const before = probe.readText(TMPFILES);
  const known = (before ?? HEADER).split("\n");
  const added = Array.from(new Set(lines)).filter((line) => !known.includes(line));
  const text = `${before ?? HEADER}${added.map((line) => `${line}\n`).join("")}`;
  const owner = { user: "root", group: "root" };
  const what = "directories for each boot";
  const now = before === null ? "missing" : "without these directories";
  return repairStep({ kind: "file", path: TMPFILES, text, mode: 0o644, owner, what }, now, what);
}

/** Whether a boot empties what holds a path. */
export function isVolatile(path: string, probe: Probe): boolean {
  const type = probe.fileSystem(path)?.type ?? "";
  return type === "tmpfs" || type === "ramfs";
}
