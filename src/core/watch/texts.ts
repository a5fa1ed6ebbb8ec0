// Lines of the activity log about watched files.

import { printable } from "../base/printable.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { WatchReport } from "./request.ts";

/** Characters of a path in a line. */
const LONGEST_PATH = 200;

/** "src/app.js changed": relative to the directory of the program, if the file is there. */
export function changedText(path: string, { directory }: Pick<ProcessConfig, "directory">): string {
  const isInside = directory !== null && path.startsWith(`${directory.replace(/\/+$/, "")}/`);
  return `${shown(isInside ? path.slice(directory.replace(/\/+$/, "").length + 1) : path)} changed`;
}

function shown(path: string): string {
  const text = printable(path);
  return text.length > LONGEST_PATH ? `…${text.slice(1 - LONGEST_PATH)}` : text;
}

/** Why a path is not watched, by errno, and what helps. */
const REASONS: Readonly<Record<string, readonly [reason: string, help: string]>> = {
  ENOENT: ["it does not exist", "correct watch="],
  EACCES: ["permission denied to the user of the daemon", "let that user read it"],
  ENOSPC: [
    "no inotify watches are left",
    "add to watch_ignore=, or raise fs.inotify.max_user_watches with sysctl",
  ],
  EMFILE: ["no inotify instances are left", "raise fs.inotify.max_user_instances with sysctl"],
};

/** Lines of at most 80 columns, but for paths and names. @param names of the programs, for people */
export function reportLines(
  report: Exclude<WatchReport, { kind: "changed" }>,
  names: string,
): readonly string[] {
  switch (report.kind) {
    case "watching": {
      const { directories } = report;
      const where = `${directories} ${directories === 1 ? "directory" : "directories"}`;
      return [`watching files of ${names} in ${where}`];
    }
    case "failed": {
      const [reason, help] = REASONS[report.errno] ?? [report.errno, null];
      const line = `${names}: ${shown(report.path)} is not watched: ${reason}`;
      return help === null ? [line] : [line, `${names}: ${help}`];
    }
    case "too-many":
      return [
        `${names}: no files are watched: more than ${report.most} directories`,
        `${names}: name fewer in watch=, or add to watch_ignore=`,
      ];
  }
}

export const watchMessages = {
  failed: (reason: string, seconds: number) =>
    `files are not watched: ${reason}; tsv tries again in ${seconds} s`,
  reloaded: (name: string, text: string, how: string) => `reload of ${name}: ${text} (${how})`,
  notReloaded: (name: string, text: string, why: string) =>
    `reload of ${name} failed: ${text}: ${why}`,
} as const;
