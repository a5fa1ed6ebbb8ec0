// The logs of all processes and of the daemon, behind one interface (LogsApi).

import type { ProcessKey } from "../../core/base/ids.ts";
import { aborted, err, ok, type Result } from "../../core/base/result.ts";
import { SECOND } from "../../core/base/time.ts";
import type { DaemonOptions, LogLevel } from "../../core/config/model.ts";
import { LineBudget } from "../../core/logs/line-limit.ts";
import { autoLogOf, ownDescriptor } from "../../core/logs/log-path.ts";
import { writtenLines } from "../../core/logs/log-text.ts";
import { describeDiagnosis } from "../../core/logs/messages.ts";
import type { StyleOf } from "../../core/run/terminal.ts";
import { isShown } from "../../core/run/terminal.ts";
import type { AutoLog } from "../../core/snapshot/journal.ts";
import type { ChannelState, LogsState } from "../../core/snapshot/snapshot.ts";
import type { Clock, StartPause, WallAlarm } from "../../ports/clock.ts";
import type { Errno, LogFiles } from "../../ports/log-files.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Journal, Syslog } from "../../ports/syslog.ts";
import type { UnwrittenCounts } from "../../ports/unwritten.ts";
import { createActivityLog, ownLines, Printer } from "./activity-log.ts";
import type { ActivityLog, ChannelName, LoggedProcess, LogsApi, LogsUpgrade } from "./api.ts";
import { type ChannelDeps, ChannelLog } from "./output/channel-log.ts";
import { JournalSender, LogDaemonHealth, SYSLOG_TEXTS } from "./output/log-daemons.ts";
import type { OnOutput } from "./output/output-pipeline.ts";
import { BulkPermits } from "./output/process-output.ts";
import { UnwrittenCount } from "./output/unwritten-count.ts";
import { createLogAccess } from "./reader/log-access.ts";
import { RecentLogs } from "./reader/recent-log.ts";
import { type Channels, createLogsUpgrade, LogsGate } from "./upgrade.ts";
import { BackupSets } from "./writer/backup-set.ts";
import { Compressor } from "./writer/compressor.ts";
import { FlushSchedule, RotationClock } from "./writer/log-alarms.ts";
import { DEFAULT_SETTINGS } from "./writer/log-file.ts";
import type { LogWriter } from "./writer/log-writer.ts";
import { TotalLimit } from "./writer/total-limit.ts";
import { BlockPool } from "./writer/write-queue.ts";
import { WriterRegistry } from "./writer/writers.ts";

/** How stdout is used by the activity log. The journal has its own times and priorities. */
export type ConsoleKind = "none" | "plain" | "journal";

interface LogsDeps {
  readonly files: LogFiles;
  readonly pipes: Pipes;
  readonly syslog: Syslog;
  readonly journal: Journal;
  /** Its alarm must not be shared. */
  readonly clock: Clock;
  readonly offsetMinutes: (wallMs: number) => number;
  readonly startPause: StartPause;
  /** Must not be shared. */
  readonly wallAlarm: WallAlarm;
  /** Writes a message to the daemon's stderr, for errors of the activity log. */
  readonly complain: (text: string) => void;
  readonly onOutput: OnOutput;
  readonly options: Pick<
    DaemonOptions,
    | "logfile"
    | "logfileMaxBytes"
    | "logfileBackups"
    | "logfileFlushSecs"
    | "logLevel"
    | "childLogDir"
    | "identifier"
    | "stripAnsi"
    | "nocleanup"
    | "maxTotal"
  >;
  /** Whether the activity log also goes to stdout: in the foreground unless silent. */
  readonly console: ConsoleKind;
  /** The terminal of `tsv run`, which gets all lines; null for a daemon. */
  readonly terminal?: OwnTerminal | null;
  /** What a log's writer transfers survives the daemon. */
  readonly isKept?: boolean;
  /** Called when an AUTO file was created, before anything is written to it. */
  readonly autoCreated?: (...auto: AutoLog) => void;
  /** Where it is noted what would be lost with the daemon. */
  readonly unwritten?: UnwrittenCounts | null;
  /** The state of the predecessor, if any: nothing is read before `resume`. */
  readonly snapshot?: LogsState | null;
}

interface OwnTerminal {
  /** The style of lines: see core/run/terminal.ts. */
  readonly styleOf: StyleOf;
  /** Called when standard output cannot be written, and again when the error changes. */
  readonly outputFailed: (errno: Errno) => void;
}

/** The API of the logs, and the functions that the composition of the daemon needs. */
export interface Logs extends LogsApi {
  readonly activity: ActivityLog;
  /** Settles when the activity log is open, or with the reason why it cannot be opened. */
  openMain(): Promise<Result<true, string>>;
  /**
   * Removes the AUTO files of an earlier daemon unless `nocleanup` is set. Must be called and awaited before the first group is
   * added. Gives up when `deadline` is over.
   */
  cleanAutoLogs(deadline: AbortSignal): Promise<void>;
  /** Writes to the daemon's stdout. Drops `bytes` when too much output waits there. */
  print(bytes: Uint8Array): void;
  /** Writes a line of tsv itself to the terminal of `tsv run`; does nothing without one. */
  say(text: string): void;
  /** Writes all output accepted so far, then closes the activity log. Gives up when `deadline` is over. */
  close(deadline: AbortSignal): Promise<void>;
  readonly upgrade: LogsUpgrade;
}

/** Milliseconds that `close` waits for the last lines of the activity log after its deadline is over. */
const LAST_LINES_MS = 500;

const DROPPED = "lines of supervisor_stdout are dropped: nothing reads our stdout";

/** Creates the logs. Opens only the activity log. */
export function createLogs(deps: LogsDeps): Logs {
  const { files, options, snapshot = null, terminal = null } = deps;
  const unwritten = deps.unwritten ?? NOWHERE;
  const gate = new LogsGate(snapshot);
  const isHalted = (): boolean => gate.isHalted;
  const now = (): number => deps.clock.now().mono;
  const wallNow = (): number => deps.clock.now().wall;
  const mainPath = options.logfile === "syslog" ? null : options.logfile;
  // An error of the activity log cannot be reported in the activity log. Its recovery can.
  const report = (path: string, level: LogLevel, text: string): void => {
    if (path === mainPath && level !== "INFO") deps.complain(text);
    else activity.log(level, text);
  };

  const pool = new BlockPool();
  const sets = new BackupSets(files, wallNow);
  const compressor = new Compressor({ files, report, isHalted });
  const rotationClock = new RotationClock({
    ...{ alarm: deps.wallAlarm, now: wallNow, offset: deps.offsetMinutes },
  });
  const total =
    options.maxTotal > 0
      ? new TotalLimit({
          ...{
            limit: options.maxTotal,
            files,
            sets,
            report,
            startPause: deps.startPause,
            isHalted,
          },
          rotate: (path, settings) => void registry.get(path).rotate(settings),
        })
      : null;
  const registry = new WriterRegistry({
    ...{ ...deps, pool, report, sets, total, compressor, rotationClock, isHalted },
    schedule: new FlushSchedule(deps.clock),
    ownFailed: (fd, errno) => {
      if (fd === 1) terminal?.outputFailed(errno);
    },
    isHeld: () => gate.isHeld,
  });
  registry.restore(snapshot?.rested ?? []);
  for (const file of snapshot?.files ?? []) registry.get(file.path).restore(file);

  const main = mainPath === null ? null : acquireMain(registry, mainPath, options);
  const places = activityWriters(registry, main, deps.console);
  const activity = createActivityLog({
    ...places,
    unwritten: main === null ? null : new UnwrittenCount("activity", unwritten),
    level: options.logLevel,
    clock: deps.clock,
    offsetMinutes: deps.offsetMinutes,
    syslog: mainPath === null ? deps.syslog : null,
    shown: (level, text) => {
      if (isShown(level, String(text))) for (const line of writtenLines(text)) say(line);
    },
  });
  const printer = new Printer(
    () => stdoutWriter(registry),
    () => activity.log("WARN", DROPPED),
  );
  const say =
    terminal === null
      ? ignore
      : ownLines(terminal.styleOf, deps.offsetMinutes, printer, deps.clock);

  const processes = new Map<ProcessKey, Channels>();
  const journal = new JournalSender(
    { journal: deps.journal, activity, now, isHalted },
    snapshot?.journal ?? null,
  );
  const processLogs = createProcessLogs(processes, gate, {
    ...{ ...deps, activity, pool, registry, journal, sets, total, now, wallNow, isHalted },
    permits: new BulkPermits(),
    isKept: deps.isKept ?? false,
    autoCreated: deps.autoCreated ?? (() => {}),
    unwritten,
    budget: new LineBudget(),
    syslogHealth: new LogDaemonHealth(activity, SYSLOG_TEXTS),
    styleOf: terminal?.styleOf ?? null,
    recents: new RecentLogs({
      randomName: () => files.randomName(),
      startPause: deps.startPause,
    }),
  });
  const access = createLogAccess({
    ...{ files, activity, registry, main, mainName: options.logfile, complain: deps.complain },
    startPause: deps.startPause,
    channel: (key, channel) => processes.get(key)?.[channel] ?? null,
  });
  return {
    ...access,
    ...processLogs,
    activity,
    upgrade: createLogsUpgrade({ gate, processes, registry, journal, compressor, activity }),
    print: (bytes) => printer.print(bytes),
    say,
    openMain: () => openMain(files, main),
    async close(deadline) {
      rotationClock.close();
      total?.close();
      // After a reload, the new logs have the same backups: these logs must not change them any more.
      const compressed = compressor.close();
      for (const { stdout, stderr } of processes.values()) {
        stdout.release();
        stderr.release();
      }
      await access.flush(deadline);
      await Promise.race([journal.flush(), aborted(deadline)]);
      await Promise.race([Promise.all([compressed, sets.rest()]), aborted(deadline)]);
      const journals = places.journal === null ? [] : [places.journal];
      const all = [...places.writers, ...journals, ...printer.writers];
      // Closing a file can also wait for the file system. The activity log gets the reports of output that was given up.
      const finished = Promise.all(all.map((writer) => writer.finish()));
      const end = deadline.aborted ? AbortSignal.timeout(LAST_LINES_MS) : deadline;
      await Promise.race([finished, aborted(end)]);
    },
    async cleanAutoLogs(deadline) {
      if (!options.nocleanup) await cleanAutoLogs(files, activity, options, deadline);
    },
  };
}

async function openMain(files: LogFiles, main: LogWriter | null): Promise<Result<true, string>> {
  if (main === null) return ok(true);
  const opened = await main.opened();
  if (opened.ok) return opened;
  const diagnosis = await files.diagnose(main.path, opened.error);
  return err(`${main.path}: ${opened.error}: ${describeDiagnosis(diagnosis)}`);
}

function acquireMain(
  registry: WriterRegistry,
  path: string,
  options: LogsDeps["options"],
): LogWriter {
  const writer = registry.get(path);
  writer.acquire({
    ...DEFAULT_SETTINGS,
    what: "supervisord",
    maxBytes: options.logfileMaxBytes,
    backups: options.logfileBackups,
    flushMs: options.logfileFlushSecs * SECOND,
  });
  return writer;
}

/** The writers of the file and of the console; only one of them when the file is the console. */
function activityWriters(
  registry: WriterRegistry,
  main: LogWriter | null,
  console: ConsoleKind,
): { readonly writers: readonly LogWriter[]; readonly journal: LogWriter | null } {
  const file = main === null ? [] : [main];
  const isFile = main !== null && ownDescriptor(main.path) === 1;
  if (console === "none" || isFile) return { writers: file, journal: null };
  const stdout = stdoutWriter(registry);
  if (console === "journal") return { writers: file, journal: stdout };
  return { writers: [...file, stdout], journal: null };
}

function stdoutWriter(registry: WriterRegistry): LogWriter {
  const stdout = registry.get("/dev/stdout");
  stdout.acquire({ ...DEFAULT_SETTINGS, what: "supervisord" });
  return stdout;
}

async function cleanAutoLogs(
  files: LogFiles,
  activity: ActivityLog,
  { childLogDir, identifier }: LogsDeps["options"],
  deadline: AbortSignal,
): Promise<void> {
  // After the deadline, files of this run may have such names too.
  const baseOf = (name: string): string | null =>
    deadline.aborted ? null : autoLogOf(name, identifier);
  const removed = files.removeIdle(childLogDir, baseOf);
  const cleaned = await Promise.race([removed, aborted(deadline)]);
  if (cleaned === null || !cleaned.ok) {
    activity.log("WARN", "Could not clear childlog dir");
    return;
  }
  for (const path of cleaned.value) activity.log("WARN", `Failed to clean up '${path}'`);
}

/** Adds and removes the channels of processes in `processes`. */
function createProcessLogs(
  processes: Map<ProcessKey, Channels>,
  gate: LogsGate,
  deps: ChannelDeps & { readonly sets: BackupSets; readonly total: TotalLimit | null },
) {
  const detach = (key: ProcessKey): void => {
    const channels = processes.get(key);
    channels?.stdout.detach();
    channels?.stderr.detach();
  };
  const add = (
    process: LoggedProcess,
    before: (channel: ChannelName) => ChannelState | null,
  ): void => {
    const create = (channel: ChannelName): ChannelLog =>
      new ChannelLog(process, channel, deps, before(channel));
    const channels = { stdout: create("stdout"), stderr: create("stderr") };
    processes.set(process.key, channels);
    for (const log of [channels.stdout, channels.stderr]) {
      if (log.file === null) continue;
      if (deps.sets.hold(log.file)) deps.total?.add(log.file, log.settings);
    }
  };
  const remove = (key: ProcessKey): void => {
    detach(key);
    const channels = processes.get(key);
    processes.delete(key);
    for (const log of [channels?.stdout, channels?.stderr]) {
      log?.release();
      const file = log?.file ?? null;
      if (file === null) continue;
      if (deps.sets.release(file)) deps.total?.remove(file);
    }
  };
  return {
    addProcess: (process) => add(process, (channel) => gate.before(process.key, channel)),
    removeProcess: remove,
    replaceProcess(process) {
      const channels = processes.get(process.key);
      const before = {
        stdout: channels?.stdout.state(Number.POSITIVE_INFINITY) ?? null,
        stderr: channels?.stderr.state(Number.POSITIVE_INFINITY) ?? null,
      };
      remove(process.key);
      add(process, (channel) => before[channel]);
    },
    path: (key, channel) => processes.get(key)?.[channel].path ?? null,
    attach(key, pid, fds, onClosed = ignore) {
      const channels = processes.get(key);
      channels?.stdout.attach(pid, fds.stdout, onClosed);
      if (fds.stderr !== null) channels?.stderr.attach(pid, fds.stderr, onClosed);
    },
    reattach(key, onClosed) {
      const channels = processes.get(key);
      for (const name of ["stdout", "stderr"] as const) {
        const before = gate.before(key, name);
        if (before !== null) channels?.[name].reattach(before, onClosed);
      }
    },
    openOutput: (key) => processes.get(key)?.stdout.open() ?? { push: ignore, end: ignore },
    detach,
    watchLines(key, pattern, found) {
      const { stdout, stderr } = processes.get(key) ?? {};
      let isOver = false;
      const end = (): void => {
        isOver = true;
        stdout?.lines.end();
        stderr?.lines.end();
      };
      const foundOnce = (): void => {
        if (!isOver) found();
        isOver = true;
      };
      for (const channel of [stdout, stderr]) if (!isOver) channel?.lines.begin(pattern, foundOnce);
      return end;
    },
  } satisfies Partial<LogsApi>;
}

const NOWHERE: UnwrittenCounts = { setUnwritten: ignore, placeOfUnwritten: () => -1 };

function ignore(): void {}
