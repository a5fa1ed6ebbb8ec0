// All logs of a configuration, with the option that names each of them.

import { printable } from "../../core/base/printable.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { joinPath } from "../../core/config/paths.ts";
import { autoLogPath, autoLogPrefix, ownDescriptor } from "../../core/logs/log-path.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { readConfig } from "./access.ts";
import { believedDaemons } from "./daemons.ts";
import type { Probe } from "./probe.ts";
import type { Situation } from "./situation.ts";

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
export function logUses(situation: Situation, probe: Probe): readonly LogUse[] {
  const config = readConfig(situation);
  if (config === null) return [];
  const auto = autoPaths(situation, config);
  const cwd = workingDirectory(situation, config, probe);
  const uses = [...mainLog(config)];
  for (const group of config.groups) {
    for (const process of group.processes) {
      for (const channel of ["stdout", "stderr"] as const) {
        const named = `${group.name}:${process.name}:${channel}`;
        const path = pathOf(process, channel, config, auto.get(named) ?? null);
        if (path === null) continue;
        const absolute = path.startsWith("/") ? path : cwd === null ? null : joinPath(cwd, path);
        if (absolute !== null) uses.push(useOf(process, channel, absolute));
      }
    }
  }
  return uses.filter(({ path }) => ownDescriptor(path) === null);
}

/** The daemon's own log; none for syslog. */
function mainLog({ daemon }: Config): readonly LogUse[] {
  if (daemon.logfile === "syslog") return [];
  const { logfile: path, logfileMaxBytes: maxBytes, logfileBackups: backups } = daemon;
  const common = { process: null, channel: "main", isAuto: false } as const;
  return [
    {
      ...common,
      path,
      maxBytes,
      backups,
      section: "supervisord",
      key: "logfile",
      owner: "supervisord",
    },
  ];
}

function useOf(process: ProcessConfig, channel: "stdout" | "stderr", path: string): LogUse {
  const { maxBytes, backups, logfile } = process[channel];
  const isAuto = logfile.kind === "auto";
  const place = isAuto
    ? { section: "supervisord", key: "childlogdir" }
    : { section: process.origin.section, key: `${channel}_logfile` };
  const owner = process.origin.section;
  return { path, process: process.name, channel, maxBytes, backups, isAuto, ...place, owner };
}

function pathOf(
  process: ProcessConfig,
  channel: "stdout" | "stderr",
  { daemon }: Config,
  known: string | null,
): string | null {
  const { logfile } = process[channel];
  if (logfile.kind === "file") return logfile.path;
  if (logfile.kind !== "auto") return null;
  const prefix = autoLogPrefix(process.name, channel, daemon.identifier);
  return known ?? autoLogPath(daemon.childLogDir, prefix, "*");
}

/**
 * The names of AUTO logs, as the server reports them.
 * @remarks An untrusted process may answer on the configured port while the daemon is down: only names that the daemon
 * would choose are accepted, so that root never repairs a path chosen by another user.
 */
function autoPaths({ programs }: Situation, { daemon }: Config): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { group, name, stdoutLog, stderrLog } of programs ?? []) {
    for (const [channel, path] of [
      ["stdout", stdoutLog],
      ["stderr", stderrLog],
    ] as const) {
      const prefix = autoLogPrefix(name, channel, daemon.identifier);
      const start = autoLogPath(daemon.childLogDir, prefix, "*").split("*")[0] ?? "";
      if (start !== "" && path.startsWith(start) && !path.slice(start.length).includes("/")) {
        paths.set(`${group}:${name}:${channel}`, path);
      }
    }
  }
  return paths;
}

/** The directory for relative names; null if unknown. */
function workingDirectory(
  { daemon, service, caller }: Situation,
  config: Config,
  probe: Probe,
): string | null {
  if (config.daemon.directory !== null) return config.daemon.directory;
  // Another user's process may have /etc as its working directory, and root is about to change the owner of logs.
  if (daemon !== null && believedDaemons([daemon], caller.uid).length > 0) {
    return probe.process(daemon.pid)?.cwd ?? null;
  }
  const ofService = service.properties["WorkingDirectory"] ?? "";
  return ofService.startsWith("/") ? ofService : null;
}

/** Groups the uses of each path, in the order of the configuration. */
export function usesByPath(uses: readonly LogUse[]): ReadonlyMap<string, readonly LogUse[]> {
  const table = new Map<string, LogUse[]>();
  for (const use of uses) {
    const there = table.get(use.path);
    if (there === undefined) table.set(use.path, [use]);
    else there.push(use);
  }
  return table;
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

// The last lines of a program's log, safe for a terminal.

const MOST_BYTES = 16_384;
const LONGEST = 500;

/** At most `most` lines, oldest first; null if the log is missing or not readable. */
export function lastLines(path: string, most: number, probe: Probe): readonly string[] | null {
  const bytes = path === "" ? null : probe.readTail(path, MOST_BYTES);
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  // The first line may be incomplete.
  if (bytes.length >= MOST_BYTES) lines.shift();
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-most)
    .map(shown);
}

/** Removes colours and cursor movements, escapes other control characters and redacts secrets. */
function shown(line: string): string {
  const plain = line.replace(
    /\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g,
    "",
  );
  const spelt = redactPatterns(printable(plain.replaceAll("\t", "    ")));
  return spelt.length > LONGEST ? `${spelt.slice(0, LONGEST - 1)}…` : spelt;
}
