// The logs of a generation: the activity log and those of programs, with their adapters.

import { printable } from "../core/base/printable.ts";
import { ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigNotice } from "../core/config/model.ts";
import type { Snapshot } from "../core/snapshot/snapshot.ts";
import { clearForeignLog } from "../host/files/locks.ts";
import { createLogFiles } from "../host/files/log-files.ts";
import { kept } from "../host/keeper/keeper.ts";
import { createComplaints } from "../host/system/complaints.ts";
import { createJournal, createSyslog, isJournal } from "../host/system/syslog.ts";
import { createClock } from "../host/time/clock.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import { startPause } from "../host/time/pause.ts";
import { createWallAlarm } from "../host/time/wall-alarm.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { LogFiles } from "../ports/log-files.ts";
import type { Pipes } from "../ports/pipes.ts";
import { type ConsoleKind, createLogs, type Logs } from "../services/logs/logs.ts";
import type { OnOutput } from "../services/logs/output/output-pipeline.ts";
import type { RunTerminal } from "./run-mode.ts";
import type { ServerSocket } from "./server-sockets.ts";

const complain = createComplaints();

/** Prints a line on standard error, which may have no reader. */
export function complainLine(text: string): void {
  complain(`${printable(text)}\n`);
}

type Outlets = Pick<Parameters<typeof createLogs>[0], "clock" | "syslog" | "journal" | "wallAlarm">;

/** One per process: they watch its own descriptors and time. */
export function logOutlets(pipes: Pipes): Outlets {
  return {
    clock: createClock(),
    syslog: createSyslog({ ident: "supervisord", pipes }),
    journal: createJournal(pipes),
    wallAlarm: createWallAlarm(pipes),
  };
}

interface LogsDeps {
  readonly config: Pick<Config, "daemon">;
  readonly descriptors: DescriptorTable;
  readonly recordAuto: NonNullable<Parameters<typeof createLogs>[0]["autoCreated"]>;
  readonly run?: RunTerminal | null;
  readonly context: { readonly snapshot: Pick<Snapshot, "logs"> | null };
}

export function composeLogs(
  { config, descriptors, recordAuto, run = null, context }: LogsDeps,
  pipes: Pipes,
  outlets: Outlets,
  onOutput: OnOutput,
): Logs {
  return createLogs({
    snapshot: context.snapshot?.logs ?? null,
    isKept: kept() !== null,
    autoCreated: recordAuto,
    unwritten: kept()?.programs ?? null,
    files: listedLogFiles(createLogFiles(), descriptors),
    pipes,
    ...outlets,
    offsetMinutes: localOffsetMinutes,
    startPause,
    complain: complainLine,
    onOutput,
    options: config.daemon,
    console: run === null ? consoleOf(config.daemon) : "none",
    terminal: run,
  });
}

/**
 * Removes files of other users at the path of the activity log, before it is opened.
 * @param path null if the log is open already
 * @returns lines about the files that were removed, there and for the sockets, and why the log cannot be opened, if that is known
 */
export async function clearLogPath(
  path: string | null,
  sockets: Result<readonly ServerSocket[], string>,
): Promise<{ readonly notices: readonly ConfigNotice[]; readonly problem: string | null }> {
  const texts = sockets.ok ? sockets.value.flatMap(({ socket }) => socket.cleared) : [];
  const cleared = path === null ? ok(null) : await clearForeignLog(path);
  if (cleared.ok && cleared.value !== null) texts.push(cleared.value);
  const notices = texts.map((text): ConfigNotice => ({ level: "WARN", text }));
  return { notices, problem: cleared.ok ? null : cleared.error.reason };
}

/** Log files whose descriptors are in the table, for an upgrade. Those that the daemon inherited are not. */
function listedLogFiles(files: LogFiles, descriptors: DescriptorTable): LogFiles {
  return {
    ...files,
    async open(path, options) {
      const opened = await files.open(path, options);
      if (opened.ok) descriptors.set(opened.value.fd, { role: "log", owner: path });
      return opened;
    },
    close(fd) {
      // Before it is closed: afterwards the number may belong to another file.
      descriptors.delete(fd);
      return files.close(fd);
    },
  };
}

export function consoleOf({ nodaemon, silent }: Config["daemon"]): ConsoleKind {
  if (!nodaemon || silent) return "none";
  return isJournal(1) ? "journal" : "plain";
}
