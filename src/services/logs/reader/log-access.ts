// Operations of RPC and signals on logs: read, tail, list files, follow, clear, rotate, reopen, flush, and report lost output.

import type { ProcessKey } from "../../../core/base/ids.ts";
import { aborted, err, ok, type Result } from "../../../core/base/result.ts";
import { givenUpText } from "../../../core/logs/messages.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type {
  ActivityLog,
  ChannelName,
  LogRef,
  LogsApi,
  LostOutput,
  ReserveBytes,
} from "../api.ts";
import type { ChannelLog } from "../output/channel-log.ts";
import type { LogWriter, WriterRegistry } from "../writer/log-writer.ts";
import {
  followLog,
  listFiles,
  type ReadableLog,
  readFilePart,
  readLog,
  tailLog,
} from "./log-reader.ts";
import type { RecentLog } from "./recent-log.ts";

interface LogAccessDeps {
  readonly files: LogFiles;
  readonly activity: ActivityLog;
  /** The writer of the activity log; null when it goes to syslog. */
  readonly main: LogWriter | null;
  /** `logfile` as configured, for faults. */
  readonly mainName: string;
  readonly registry: WriterRegistry;
  /** Writes a message to the daemon's stderr. */
  readonly complain: (text: string) => void;
  readonly channel: (key: ProcessKey, channel: ChannelName) => ChannelLog | null;
}

const NOTHING = new Uint8Array(0);
/** For the daemon's own reads, which are short: reserves nothing. */
const UNBOOKED: ReserveBytes = async () => null;

type LogAccess = Pick<
  LogsApi,
  | "lost"
  | "read"
  | "files"
  | "readPart"
  | "tail"
  | "clear"
  | "rotate"
  | "reopen"
  | "follow"
  | "followScreen"
  | "reopenAll"
  | "flush"
>;

/** Creates the part of the LogsApi that accesses existing logs. */
export function createLogAccess(deps: LogAccessDeps): LogAccess {
  const { files, registry, main } = deps;

  function logOf(ref: LogRef): ReadableLog | null {
    if (ref.kind === "main") return main === null ? null : { writer: main, auto: null };
    const channel = deps.channel(ref.key, ref.channel);
    const path = channel?.writtenTo ?? null;
    if (channel === null || path === null) return null;
    return { writer: registry.get(path), auto: channel.auto };
  }

  /** The newest output of a channel without a file; null for other logs. */
  function filelessOf(ref: LogRef): RecentLog | null {
    return logOf(ref)?.writer.keepsBytes === true ? null : recentOf(ref);
  }

  /** The newest output of a channel whose log does not hold what its program wrote; null for other logs. */
  function recentOf(ref: LogRef): RecentLog | null {
    return ref.kind === "main" ? null : (deps.channel(ref.key, ref.channel)?.recent ?? null);
  }

  function noFile(ref: LogRef): Fault {
    return fault("NO_FILE", ref.kind === "main" ? deps.mainName : null);
  }

  return {
    lost: (key) => lostOutput(key, deps),
    async read(ref, offset, length, reserve = UNBOOKED) {
      const recent = recentOf(ref);
      if (recent !== null) return recent.read(offset, length, reserve);
      const log = logOf(ref);
      return log === null ? err(noFile(ref)) : readLog(files, log, { offset, length, reserve });
    },
    async tail(ref, offset, length, reserve = UNBOOKED) {
      const recent = recentOf(ref);
      if (recent !== null) return recent.tail(offset, length, reserve);
      const log = logOf(ref);
      if (log === null) return ok({ bytes: new Uint8Array(0), offset: 0, overflow: false });
      return tailLog(files, log, { offset, length, reserve });
    },
    async files(ref) {
      const fileless = filelessOf(ref);
      if (fileless !== null) return ok(fileless.list());
      const log = logOf(ref);
      const channel = ref.kind === "main" ? null : deps.channel(ref.key, ref.channel);
      const isFormatted = channel?.isFormatted === true;
      if (log !== null) return ok({ ...(await listFiles(files, log)), isFormatted, changed: null });
      if (ref.kind === "main") return err(noFile(ref));
      return ok({ files: [], count: null, isFormatted, changed: null });
    },
    async readPart(ref, part, reserve = UNBOOKED) {
      const fileless = filelessOf(ref);
      if (fileless !== null) return fileless.readPart(part, reserve);
      const log = logOf(ref);
      return log === null ? err(noFile(ref)) : readFilePart(files, log, part, reserve);
    },
    async clear(ref, withBackups = false) {
      if (ref.kind === "main") return clearMain(deps);
      recentOf(ref)?.clear();
      const channel = deps.channel(ref.key, ref.channel);
      const log = logOf(ref);
      if (log === null || channel === null) return ok(true);
      const cleared = await log.writer.clear(log.auto);
      const done = cleared.ok && withBackups ? await log.writer.clearBackups(channel) : cleared;
      return done.ok ? done : err(fault("FAILED", `${log.writer.path}: ${done.error}`));
    },
    async rotate(ref) {
      const channel = deps.channel(ref.key, ref.channel);
      const log = logOf(ref);
      if (log === null || channel === null || channel.auto?.exists === false) return ok(false);
      const { path } = log.writer;
      if (log.writer.keepsBytes && channel.backups === 0) {
        const text = `${path}: no backups are kept (${ref.channel}_logfile_backups=0); clear empties it`;
        return err(fault("FAILED", text));
      }
      const rotated = await log.writer.rotate(channel);
      return rotated.ok ? rotated : err(fault("FAILED", rotated.error));
    },
    reopen(ref) {
      logOf(ref)?.writer.reopen();
    },
    async follow(ref, back, take, after = null) {
      const isStored = ref.kind === "channel" && ref.isStored === true;
      const recent = isStored ? filelessOf(ref) : recentOf(ref);
      if (recent !== null) return ok(await recent.follow(back, take, after));
      const log = logOf(ref);
      if (log === null) return err(noFile(ref));
      return followLog(files, log, { back, after, awaitsFile: isStored }, take);
    },
    async followScreen(key, back, take, after = null) {
      const channel = deps.channel(key, "stdout");
      const screen = channel?.screen ?? null;
      if (channel === null || screen === null) return err(fault("NO_FILE"));
      const log = logOf({ kind: "channel", key, channel: "stdout" });
      if (log !== null && channel.isVerbatim)
        return followLog(files, log, { back, after, awaitsFile: false }, take);
      const tail =
        channel.recent !== null || log === null
          ? null
          : await readLog(files, log, { offset: -back, length: 0, reserve: UNBOOKED });
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
      const waiting = new Set(registry.all());
      const written = Promise.all(
        registry.all().map(async (writer) => {
          await writer.barrier();
          waiting.delete(writer);
        }),
      );
      if (deadline === undefined) await written;
      else await Promise.race([written, aborted(deadline)]);
      for (const { path, pendingBytes } of waiting) {
        const text = givenUpText(path, pendingBytes);
        deps.complain(text);
        if (path !== main?.path) deps.activity.log("WARN", text);
      }
    },
  };
}

function lostOutput(key: ProcessKey, deps: LogAccessDeps): LostOutput | null {
  for (const channel of ["stdout", "stderr"] as const) {
    const { path = null, error = null } = deps.channel(key, channel) ?? {};
    if (path === null || error === null) continue;
    return { channel, path, errno: error.errno, bytes: error.lost };
  }
  return null;
}

async function clearMain({ files, main, activity }: LogAccessDeps): Promise<Result<true, Fault>> {
  if (main === null) return err(fault("NO_FILE"));
  await main.barrier();
  if (!(await files.stat(main.path)).ok) return err(fault("NO_FILE"));
  activity.log("INFO", "reopening log file");
  const cleared = await main.clear(null);
  return cleared.ok ? cleared : err(fault("FAILED", `${main.path}: ${cleared.error}`));
}
