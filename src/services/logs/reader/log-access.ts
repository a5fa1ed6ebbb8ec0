// Operations of RPC and signals on logs: read, tail, list files, follow, clear, rotate, reopen, flush, and report lost output.

import type { ProcessKey } from "../../../core/base/ids.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import { givenUpText } from "../../../core/logs/messages.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { StartPause } from "../../../ports/clock.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type {
  ActivityLog,
  ChannelName,
  DroppedOutput,
  LogRef,
  LogsApi,
  ReserveBytes,
} from "../api.ts";
import type { ChannelLog } from "../output/channel-log.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import { type WriterRegistry, written } from "../writer/writers.ts";
import { type FileListing, FileLog } from "./file-log.ts";
import type { RecentLog } from "./recent-log.ts";

interface LogAccessDeps {
  readonly files: LogFiles;
  readonly activity: ActivityLog;
  /** The writer of the activity log; null when it goes to syslog. */
  readonly main: LogWriter | null;
  /** `logfile` as configured, for faults. */
  readonly mainName: string;
  readonly registry: WriterRegistry;
  readonly startPause: StartPause;
  /** Writes a message to the daemon's stderr. */
  readonly complain: (text: string) => void;
  readonly channel: (key: ProcessKey, channel: ChannelName) => ChannelLog | null;
}

/** Limit for listing the files of a log, milliseconds: other logs are asked for on the same connection. */
const LIST_MS = 5 * SECOND;

const CHANNELS = ["stdout", "stderr"] as const;
const NOTHING = new Uint8Array(0);
/** For the daemon's own reads, which are short: reserves nothing. */
const UNBOOKED: ReserveBytes = async () => null;

/** Creates the part of the LogsApi that accesses existing logs. */
export function createLogAccess(deps: LogAccessDeps) {
  const { files, registry, main } = deps;

  function channelOf(ref: LogRef): ChannelLog | null {
    return ref.kind === "main" ? null : deps.channel(ref.key, ref.channel);
  }

  /** The file, stream or device of a log; null for none. */
  function fileOf(ref: LogRef): FileLog | null {
    if (ref.kind === "main") return main === null ? null : new FileLog(files, main, null);
    const channel = channelOf(ref);
    const path = channel?.writtenTo ?? null;
    if (channel === null || path === null) return null;
    return new FileLog(files, registry.get(path), channel.settings.auto);
  }

  /** The log as the program wrote it. */
  function outputOf(ref: LogRef): RecentLog | FileLog | null {
    return channelOf(ref)?.recent ?? fileOf(ref);
  }

  /** The log as it is stored: its file, or its newest output if it has none. */
  function storedOf(ref: LogRef): RecentLog | FileLog | null {
    const file = fileOf(ref);
    return file?.writer.keepsBytes === true ? file : (channelOf(ref)?.recent ?? file);
  }

  /** Logs whose files are still being listed after the limit. */
  const late = new Set<string>();

  async function listInTime(log: FileLog): Promise<Result<FileListing, Fault>> {
    const { path } = log.writer;
    const failed = err(fault("FAILED", `${path}: its file system does not answer`));
    if (late.has(path)) return failed;
    const list = log.list();
    const pause = deps.startPause(LIST_MS);
    const inTime = await Promise.race([list, pause.over.then(() => null)]);
    pause.cancel();
    if (inTime !== null) return ok(inTime);
    late.add(path);
    const ended = (): void => void late.delete(path);
    list.then(ended, ended);
    return failed;
  }

  function noFile(ref: LogRef): Result<never, Fault> {
    return err(fault("NO_FILE", ref.kind === "main" ? deps.mainName : null));
  }

  return {
    runPart(key, channel, pid) {
      const { file = null, runs } = deps.channel(key, channel) ?? {};
      const known = file === null ? null : registry.position(file);
      return known === null ? null : (runs?.part(pid, known) ?? null);
    },
    received: (key, channel) => deps.channel(key, channel)?.received ?? null,
    dropped: (key) => sumOf(CHANNELS.map((channel) => deps.channel(key, channel)?.dropped ?? {})),
    lost(key) {
      for (const channel of CHANNELS) {
        const { path = null, error = null } = deps.channel(key, channel) ?? {};
        if (path === null || error === null) continue;
        return { channel, path, errno: error.errno, bytes: error.lost };
      }
      return null;
    },
    async read(ref, offset, length, reserve = UNBOOKED) {
      return outputOf(ref)?.read(offset, length, reserve) ?? noFile(ref);
    },
    async tail(ref, offset, length, reserve = UNBOOKED) {
      const log = outputOf(ref);
      return (
        log?.tail(offset, length, reserve) ?? ok({ bytes: NOTHING, offset: 0, overflow: false })
      );
    },
    async files(ref) {
      const log = storedOf(ref);
      if (log === null && ref.kind === "main") return noFile(ref);
      const isFormatted = channelOf(ref)?.isFormatted === true;
      const none = { files: [], count: null, changed: null, isFormatted, path: null };
      const listed = log instanceof FileLog ? await listInTime(log) : ok(await log?.list());
      if (!listed.ok) return listed;
      return ok({ ...none, isRemoved: false, isOpen: false, ...listed.value });
    },
    async readPart(ref, part, reserve = UNBOOKED) {
      return storedOf(ref)?.readPart(part, reserve) ?? noFile(ref);
    },
    async clear(ref, withBackups = false) {
      if (ref.kind === "main") return clearMain(deps);
      const channel = channelOf(ref);
      channel?.recent?.clear();
      const writer = fileOf(ref)?.writer;
      if (writer === undefined || channel === null) return ok(true);
      const { settings } = channel;
      const cleared = await writer.clear(settings.auto);
      const done = cleared.ok && withBackups ? await writer.clearBackups(settings) : cleared;
      return done.ok ? done : err(fault("FAILED", `${writer.path}: ${done.error}`));
    },
    async rotate(ref) {
      const { settings } = channelOf(ref) ?? {};
      const writer = fileOf(ref)?.writer;
      if (writer === undefined || settings === undefined || settings.auto?.exists === false) {
        return ok(false);
      }
      if (writer.keepsBytes && settings.backups === 0) {
        const option = `${ref.channel}_logfile_backups=0`;
        const text = `${writer.path}: no backups are kept (${option}); clear empties it`;
        return err(fault("FAILED", text));
      }
      const rotated = await writer.rotate(settings);
      return rotated.ok ? rotated : err(fault("FAILED", rotated.error));
    },
    reopen(ref) {
      fileOf(ref)?.writer.reopen();
    },
    async follow(ref, back, take, after = null) {
      const isStored = ref.kind === "channel" && ref.isStored === true;
      const log = isStored ? storedOf(ref) : outputOf(ref);
      return log?.follow(back, take, after, isStored) ?? noFile(ref);
    },
    async followScreen(key, back, take, after = null) {
      const channel = deps.channel(key, "stdout");
      const screen = channel?.screen ?? null;
      if (channel === null || screen === null) return err(fault("NO_FILE"));
      const file = fileOf({ kind: "channel", key, channel: "stdout" });
      if (file !== null && channel.isVerbatim) return file.follow(back, take, after);
      const tail = channel.recent === null ? await file?.read(-back, 0, UNBOOKED) : null;
      const first = tail?.ok === true ? tail.value : (channel.recent?.end(back) ?? NOTHING);
      const follower = await screen.add(take, async () => first);
      const close = (): void => void (follower === null || screen.remove(follower));
      return ok({ close, mark: null, missing: 0 });
    },
    reopenAll() {
      // The last line of the old file.
      deps.activity.log("INFO", "supervisord logreopen");
      for (const writer of registry.all()) writer.reopen();
    },
    async flush(deadline) {
      for (const { path, pendingBytes } of await written(registry.all(), deadline)) {
        const text = givenUpText(path, pendingBytes);
        deps.complain(text);
        if (path !== main?.path) deps.activity.log("WARN", text);
      }
    },
  } satisfies Partial<LogsApi>;
}

function sumOf(channels: readonly DroppedOutput[]): DroppedOutput {
  const sum: Record<string, number> = {};
  for (const [by, bytes] of channels.flatMap((dropped) => Object.entries(dropped))) {
    sum[by] = (sum[by] ?? 0) + bytes;
  }
  return sum;
}

async function clearMain({ files, main, activity }: LogAccessDeps): Promise<Result<true, Fault>> {
  if (main === null) return err(fault("NO_FILE"));
  await main.barrier();
  if (!(await files.stat(main.path)).ok) return err(fault("NO_FILE"));
  activity.log("INFO", "reopening log file");
  const cleared = await main.clear(null);
  return cleared.ok ? cleared : err(fault("FAILED", `${main.path}: ${cleared.error}`));
}
