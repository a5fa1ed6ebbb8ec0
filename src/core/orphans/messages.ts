// Lines of the activity log about orphans: programs of a previous daemon.

import type { OrphanPolicy } from "../config/model.ts";
import { signalName } from "../process/signals.ts";
import type { ProgramRecord, RecordedProgram } from "./record.ts";

/** So many are named one by one. */
export const MOST_NAMED = 100;

/** USER_HZ: clock ticks of procfs in a second, on every architecture. */
const TICKS_PER_SECOND = 100;

/** @param uptimeSecs of the host */
export function orphanLines(
  record: Pick<ProgramRecord, "pid" | "version" | "becoming">,
  orphans: readonly RecordedProgram[],
  policy: OrphanPolicy,
  uptimeSecs: number,
): readonly string[] {
  if (orphans.length === 0) return [];
  const { pid, version, becoming } = record;
  const end =
    becoming === null ? "ended" : `ended during or right after the upgrade to ${becoming},`;
  const count = orphans.length === 1 ? "1 program" : `${orphans.length} programs`;
  const runs = orphans.length === 1 ? "runs" : "run";
  const action =
    policy === "stop"
      ? "stopping before anything is started (orphans=stop)"
      : "they are not stopped, and this daemon starts its own; to stop them: orphans=stop in [supervisord]";
  const named = orphans.slice(0, MOST_NAMED).map((orphan) => {
    const age = describeAge(uptimeSecs - orphan.startTicks / TICKS_PER_SECOND);
    const hint = policy === "stop" ? "" : `; to stop it: kill ${orphan.pid}`;
    return `orphan '${orphan.name}' with pid ${orphan.pid}, up ${age}${hint}`;
  });
  const more = orphans.length - named.length;
  return [
    `the previous daemon (tsv ${version}, pid ${pid}) ${end} without stopping its programs, and ${count} of it still ${runs}: ${action}`,
    ...named,
    ...(more > 0 ? [`and ${more} more orphans`] : []),
  ];
}

export const orphanMessages = {
  signalled: ({ name, pid, stopSignal }: RecordedProgram) =>
    `stopping orphan '${name}' (pid ${pid}) with signal ${signalName(stopSignal)}`,
  killing: ({ name, pid }: RecordedProgram) => `killing orphan '${name}' (pid ${pid}) with SIGKILL`,
  stopped: ({ name, pid }: RecordedProgram) => `stopped: orphan '${name}' (pid ${pid})`,
  refused: ({ name, pid }: RecordedProgram, errno: string) =>
    `orphan '${name}' (pid ${pid}) keeps running: it cannot be signalled (${errno})`,
  survived: ({ name, pid }: RecordedProgram) =>
    `orphan '${name}' (pid ${pid}) is still running after SIGKILL; tsv gives up`,
} as const;

/** "5 s", "12 min", "3 h 5 min", "40 d 2 h". */
export function describeAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
