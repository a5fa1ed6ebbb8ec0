// The two channels of each process, and the files that they hold.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ChannelName, LoggedProcess, LogsApi } from "./api.ts";
import { ChannelLog, type ChannelLogDeps } from "./output/channel-log.ts";
import type { Channels, LogsGate } from "./upgrade.ts";
import type { BackupSets } from "./writer/backup-sets.ts";
import type { TotalLimit } from "./writer/total-limit.ts";

interface ProcessLogsDeps extends ChannelLogDeps {
  readonly sets: BackupSets;
  readonly total: TotalLimit | null;
}

/** Adds and removes the channels of processes in `processes`. */
export function createProcessLogs(
  processes: Map<ProcessKey, Channels>,
  deps: ProcessLogsDeps,
  upgrade: LogsGate,
): Pick<
  LogsApi,
  "addProcess" | "removeProcess" | "path" | "attach" | "reattach" | "detach" | "watchLines"
> {
  const detach = (key: ProcessKey): void => {
    const channels = processes.get(key);
    channels?.stdout.detach();
    channels?.stderr.detach();
  };
  return {
    addProcess(process: LoggedProcess) {
      const create = (channel: ChannelName): ChannelLog =>
        new ChannelLog(process, channel, deps, upgrade.carried(process.key, channel));
      const channels = { stdout: create("stdout"), stderr: create("stderr") };
      processes.set(process.key, channels);
      for (const log of [channels.stdout, channels.stderr]) {
        if (log.file === null) continue;
        deps.sets.hold(log.file);
        deps.total?.add(log.file, log);
      }
    },
    removeProcess(key) {
      detach(key);
      const channels = processes.get(key);
      processes.delete(key);
      for (const log of [channels?.stdout, channels?.stderr]) {
        log?.letGo();
        const file = log?.file ?? null;
        if (file === null) continue;
        deps.total?.remove(file);
        deps.sets.release(file);
      }
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
        const before = upgrade.carried(key, name);
        if (before !== null) channels?.[name].reattach(before, onClosed);
      }
    },
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
  };
}

function ignore(): void {}
