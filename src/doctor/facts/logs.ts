// The logs of a configuration, with the option that names each of them, and their last lines.

import type { Config } from "../../core/config/model.ts";
import { joinPath } from "../../core/config/paths.ts";
import { autoLogPath, autoLogPrefix, ownDescriptor } from "../../core/logs/log-path.ts";
import { joined, type LogPart } from "../../core/logs/positions.ts";
import { MOST_BYTES, shownLines } from "../../core/why/last-output.ts";
import { readConfig } from "./access.ts";
import type { DoctorFacts, ProgramStatus } from "./doctor-facts.ts";
import type { Probe } from "./probe.ts";
import { statusTable, workingDirectory } from "./supervised.ts";

export interface LogUse {
  /** Absolute. For an AUTO log, the path in use, or with `*` for the random characters. */
  readonly path: string;
  /** Name of the process; null for the daemon itself. */
  readonly process: string | null;
  readonly channel: "stdout" | "stderr" | "main";
  readonly maxBytes: number;
  readonly backups: number;
  readonly isAuto: boolean;
  /** The option that names the path; for an AUTO log, that of the daemon. */
  readonly section: string;
  readonly key: string;
  /** The section of the program or of the daemon. */
  readonly owner: string;
}

/** All logs with a path on the host, without those that go to the daemon's stdout or stderr. */
export function logUses(facts: DoctorFacts): readonly LogUse[] {
  const config = readConfig(facts);
  if (config === null) return [];
  const cwd = workingDirectory(facts, config);
  const statuses = statusTable(facts);
  const uses = mainLog(config);
  for (const group of config.groups) {
    for (const process of group.processes) {
      const status = statuses.get(`${group.name}:${process.name}`);
      for (const channel of ["stdout", "stderr"] as const) {
        const { maxBytes, backups, logfile } = process[channel];
        if (logfile.kind !== "file" && logfile.kind !== "auto") continue;
        const owner = process.origin.section;
        const common = { process: process.name, channel, maxBytes, backups, owner };
        if (logfile.kind === "auto") {
          const path = autoPath(process.name, channel, status, config);
          const option = { section: "supervisord", key: "childlogdir" };
          uses.push({ path, ...common, isAuto: true, ...option });
        } else if (logfile.path.startsWith("/") || cwd !== null) {
          const path = joinPath(cwd ?? "/", logfile.path);
          uses.push({ path, ...common, isAuto: false, section: owner, key: `${channel}_logfile` });
        }
      }
    }
  }
  return uses.filter(({ path }) => ownDescriptor(path) === null);
}

/** The daemon's own log; none for syslog. */
function mainLog({ daemon }: Config): LogUse[] {
  const { logfile: path, logfileMaxBytes: maxBytes, logfileBackups: backups } = daemon;
  const option = { section: "supervisord", key: "logfile", owner: "supervisord" };
  const common = { process: null, channel: "main", maxBytes, backups, isAuto: false } as const;
  return path === "syslog" ? [] : [{ path, ...common, ...option }];
}

/**
 * The path of an AUTO log as the server reports it, or with `*`.
 * @remarks An untrusted process may answer on the configured port while the daemon is down: only names that the daemon
 * would choose are accepted, so that root never repairs a path chosen by another user.
 */
function autoPath(
  name: string,
  channel: "stdout" | "stderr",
  status: ProgramStatus | undefined,
  { daemon }: Config,
): string {
  const prefix = autoLogPrefix(name, channel, daemon.identifier);
  const pattern = autoLogPath(daemon.childLogDir, prefix, "*");
  const [start = ""] = pattern.split("*");
  const reported = (channel === "stdout" ? status?.stdoutLog : status?.stderrLog) ?? "";
  const isPlausible = start !== "" && reported.startsWith(start);
  return isPlausible && !reported.slice(start.length).includes("/") ? reported : pattern;
}

/** "web (stdout)", "the daemon". */
export function logOwner({ process, channel }: LogUse): string {
  return process === null ? "the daemon" : `${process} (${channel})`;
}

/** "web (stdout), db (stdout) and 7 more". */
export function listSome(words: readonly string[], most = 4): string {
  const distinct = Array.from(new Set(words));
  if (distinct.length <= most) return distinct.join(", ");
  return `${distinct.slice(0, most).join(", ")} and ${distinct.length - most} more`;
}

/** Of the backups that are read for one run. */
const MOST_BACKUPS = 10;

/** The end of a log, safe for a terminal: at most `most` lines without stacks, oldest first; null if the log is missing or not readable. */
export function lastLines(path: string, most: number, probe: Probe): readonly string[] | null {
  const text = path === "" ? null : wholeLines(path, MOST_BYTES, probe);
  return text === null ? null : shownLines(text, most);
}

/**
 * As `lastLines`, of a part of a log, with its backups.
 * @returns null if the file is not the one that the daemon counts, or the backup is gone
 */
export function linesOfPart(
  path: string,
  { from, to, size }: LogPart,
  most: number,
  probe: Probe,
): readonly string[] | null {
  const found = probe.look(path);
  if (!found.ok || found.bytes < size) return null;
  const first = Math.max(from, to - MOST_BYTES);
  const pieces: Uint8Array[] = [];
  if (to > 0) {
    const piece = probe.readTail(path, to - Math.max(first, 0), to);
    if (piece === null) return null;
    pieces.push(piece);
  }
  // The offset of the first byte of the file before.
  let start = 0;
  for (let index = 1; first < start && index <= MOST_BACKUPS; index += 1) {
    const backup = probe.readBackup(`${path}.${index}`, first - start, Math.min(0, to - start));
    if (backup === null) break;
    pieces.unshift(backup.bytes);
    start -= backup.size;
  }
  const bytes = joined(pieces);
  if (bytes.length === 0 && first < to) return null;
  const text = new TextDecoder().decode(bytes);
  return shownLines(first > from ? text.slice(text.indexOf("\n") + 1) : text, most);
}

/** The end of a file without a line whose beginning is not in these bytes; null if it is no file or cannot be read. */
export function wholeLines(path: string, bytes: number, probe: Probe): string | null {
  const tail = probe.readTail(path, bytes);
  if (tail === null) return null;
  const text = new TextDecoder().decode(tail);
  return tail.length < bytes ? text : text.slice(text.indexOf("\n") + 1 || text.length);
}
