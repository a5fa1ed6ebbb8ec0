// What RPC and signals do with logs: read, tail, follow, clear, reopen, flush.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { LogFiles } from "../../ports/log-files.ts";
import type { ActivityLog, ChannelName, LogRef, LogsApi } from "./api.ts";
import type { ChannelLog } from "./channel-log.ts";
import { followLog, readLog, tailLog } from "./log-reader.ts";
import type { LogWriter } from "./log-writer.ts";
import type { WriterRegistry } from "./writer-registry.ts";

export interface LogAccessDeps {
  readonly files: LogFiles;
  readonly activity: ActivityLog;
  /** The activity log's writer; null when it goes to syslog. */
  readonly main: LogWriter | null;
  /** `logfile` as configured, for faults. */
  readonly mainName: string;
  readonly registry: WriterRegistry;
  readonly channel: (key: ProcessKey, channel: ChannelName) => ChannelLog | null;
}

type LogAccess = Pick<LogsApi, "read" | "tail" | "clear" | "follow" | "reopenAll" | "flush">;

/** Creates the reading half of the LogsApi. */
export function createLogAccess(deps: LogAccessDeps): LogAccess {
  const { files, registry, main } = deps;

  function writerOf(ref: LogRef): LogWriter | null {
    if (ref.kind === "main") return main;
    const path = deps.channel(ref.key, ref.channel)?.path ?? null;
    return path === null ? null : registry.get(path);
  }

  function noFile(ref: LogRef): Fault {
    return fault("NO_FILE", ref.kind === "main" ? deps.mainName : null);
  }

  return {
    async read(ref, offset, length) {
      const writer = writerOf(ref);
      return writer === null ? err(noFile(ref)) : readLog(files, writer, offset, length);
    },
    async tail(ref, offset, length) {
      const writer = writerOf(ref);
      if (writer === null) return ok({ bytes: new Uint8Array(0), offset: 0, overflow: false });
      return ok(await tailLog(files, writer, offset, length));
    },
    async clear(ref) {
      if (ref.kind === "main") return clearMain(deps);
      const writer = writerOf(ref);
      if (writer === null) return ok(true);
      const cleared = await writer.clear(deps.channel(ref.key, ref.channel)?.isAuto ?? false);
      return cleared.ok ? cleared : err(fault("FAILED", `${writer.path}: ${cleared.error}`));
    },
    async follow(ref, backBytes, onBytes) {
      const writer = writerOf(ref);
      return writer === null ? err(noFile(ref)) : followLog(files, writer, backBytes, onBytes);
    },
    reopenAll() {
      // Goes into the old file, as its last line.
      deps.activity.log("INFO", "supervisord logreopen");
      for (const writer of registry.all()) writer.reopen();
    },
    async flush() {
      await Promise.all(registry.all().map((writer) => writer.barrier()));
    },
  };
}

async function clearMain({ files, main, activity }: LogAccessDeps): Promise<Result<true, Fault>> {
  if (main === null) return err(fault("NO_FILE"));
  await main.barrier();
  if (!(await files.stat(main.path)).ok) return err(fault("NO_FILE"));
  activity.log("INFO", "reopening log file");
  const cleared = await main.clear(false);
  return cleared.ok ? cleared : err(fault("FAILED"));
}
