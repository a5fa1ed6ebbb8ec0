// The history of programs in the daemon: its memory, which the keeper holds too, so that a successor continues with it.

import { HISTORY_BYTES, History, isHistory } from "../core/history/history.ts";
import { FINE_MS } from "../core/history/record.ts";
import { createKeptFile } from "../host/files/kept-file.ts";
import { kept } from "../host/keeper/keeper.ts";
import { posix } from "../host/posix.ts";
import { createProcessStats } from "../host/processes/process-stats.ts";
import { createRepeater, startPause } from "../host/time/pause.ts";
import type { Clock } from "../ports/clock.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import { HistoryService } from "../services/history/history.ts";
import { HistoryKeeping } from "../services/history/keeping.ts";
import type { ActivityLog } from "../services/logs/api.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import { Sampler } from "../services/usage/sampler.ts";

interface HistoryParts {
  readonly descriptors: DescriptorTable;
  readonly supervisor: Pick<Supervisor, "groups" | "info">;
  readonly activity: Pick<ActivityLog, "log">;
  readonly now: Clock["now"];
  /** Of the file that keeps it; null for none. */
  readonly path: string | null;
}

/** It continues across reloads; null while it is off. */
let memory: ArrayBuffer | null = null;

/** Begins or continues the history. */
export function openHistory({
  descriptors,
  supervisor,
  activity,
  now,
  path,
}: HistoryParts): HistoryService {
  const isOfReload = memory !== null;
  memory ??= leftMemory(descriptors, activity);
  const isNew = memory === null;
  memory ??= sharedMemory(descriptors) ?? new ArrayBuffer(HISTORY_BYTES);
  const failed = (error: unknown): void =>
    activity.log("ERRO", `history: programs cannot be measured: ${String(error)}`);
  const usage = new Sampler({
    ...{ supervisor, stats: createProcessStats(), intervalMs: FINE_MS },
    repeater: createRepeater(failed),
  });
  const history = new History(memory, now());
  if (isOfReload) history.forgetStarts();
  const keeping = path === null ? null : keepIn(path, { history, activity, now });
  const started = () =>
    supervisor
      .groups()
      .flatMap(({ processes }) => processes.map(({ key, starts }) => [key, starts] as const));
  return new HistoryService({ history, keeping, isNew, usage, started, now, activity });
}

function keepIn(
  path: string,
  parts: Pick<HistoryParts, "activity" | "now"> & { readonly history: History },
): HistoryKeeping {
  const failed = (error: unknown): void =>
    parts.activity.log("ERRO", `history: ${path} cannot be written: ${String(error)}`);
  const repeater = createRepeater(failed);
  return new HistoryKeeping({ ...parts, file: createKeptFile(path), repeater, startPause });
}

/** Forgets what there is of it: history=off. */
export function dropHistory(descriptors: DescriptorTable): void {
  memory = null;
  for (const [fd, { role }] of descriptors) {
    if (role !== "history") continue;
    descriptors.delete(fd);
    posix().close(fd);
  }
}

/** That of the daemon before; null for none. */
function leftMemory(
  descriptors: DescriptorTable,
  activity: HistoryParts["activity"],
): ArrayBuffer | null {
  for (const [fd, { role }] of descriptors) {
    if (role !== "history") continue;
    const left = posix().mapMemory(fd, HISTORY_BYTES);
    if (typeof left !== "number" && isHistory(left)) return left;
    activity.log("WARN", "history: that of the daemon before cannot be used; a new one begins");
  }
  dropHistory(descriptors);
  return null;
}

/** Memory that the keeper has too; null without a keeper, or without such files. */
function sharedMemory(descriptors: DescriptorTable): ArrayBuffer | null {
  const fd = kept() === null ? -1 : posix().memoryFile();
  if (fd < 0) return null;
  const mapped = posix().mapMemory(fd, HISTORY_BYTES);
  if (typeof mapped === "number") {
    posix().close(fd);
    return null;
  }
  descriptors.set(fd, { role: "history", owner: "" });
  return mapped;
}
