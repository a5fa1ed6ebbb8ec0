// The daemon's processor time over 10 seconds of logging 100 programs that write 20 lines a second each.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compiled } from "../rig/compiled.ts";
import type { ProgramSection } from "./harness/config.ts";
import { type Bench, type Daemon, type Kind, startDaemon } from "./harness/daemon.ts";
import { readCpuSeconds } from "./harness/proc.ts";
import { compare, inTurn, type Report } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

export const PROGRAMS = 100;
export const LINES_PER_SECOND = 20;
const LINE_BYTES = 80;
const WATCH_MS = 10_000;

function loggedBytes(daemon: Daemon): number {
  const directory = join(daemon.directory, "logs");
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
}

/** Programs that write a line now and then. */
export function chattyPrograms(): readonly ProgramSection[] {
  const chatty = compiled("test/bench/native/chatty.c");
  return Array.from({ length: PROGRAMS }, (_, index) => ({
    name: `chatty${index}`,
    command: `${chatty} ${LINES_PER_SECOND}`,
  }));
}

/** @returns percent of a processor that the daemon takes, and the lines that arrive in its logs */
export async function shareOf(
  bench: Bench,
  kind: Kind,
  programs: readonly ProgramSection[],
): Promise<{ readonly percent: number; readonly linesPerSecond: number }> {
  const daemon = await startDaemon(bench, kind, programs);
  try {
    await delay(2000);
    const begin = performance.now();
    const cpu = readCpuSeconds(daemon.pid);
    const bytes = loggedBytes(daemon);
    await delay(WATCH_MS);
    const seconds = (performance.now() - begin) / 1000;
    return {
      percent: ((readCpuSeconds(daemon.pid) - cpu) / seconds) * 100,
      linesPerSecond: (loggedBytes(daemon) - bytes) / LINE_BYTES / seconds,
    };
  } finally {
    await daemon.stop();
  }
}

export async function measureChattyPrograms(bench: Bench): Promise<Report> {
  const programs = chattyPrograms();
  const lines: Record<Kind, number[]> = { supervisor: [], tsv: [] };
  const series = await inTurn(2, async (kind) => {
    const { percent, linesPerSecond } = await shareOf(bench, kind, programs);
    lines[kind].push(linesPerSecond);
    bench.progress(`${kind}: ${percent.toFixed(1)} %`);
    return percent;
  });
  return {
    rows: [
      compare({
        what: `daemon's CPU, ${PROGRAMS} programs x ${LINES_PER_SECOND} lines/s`,
        values: { supervisor: median(series.supervisor), tsv: median(series.tsv) },
        unit: "%",
        atMost: 0.4,
      }),
    ],
    notes: (["supervisor", "tsv"] as const).map(
      (kind) =>
        `${kind}: CPU ${describeSeries(series[kind], "%")}; ${median(lines[kind]).toFixed(0)} lines/s arrived in the logs`,
    ),
  };
}
