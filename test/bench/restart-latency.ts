// From kill -9 of a program until its successor executes. The program says that it executes by writing its pid into a
// FIFO; the bench holds the other end.

import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, type Kind, startDaemon } from "./harness/daemon.ts";
import { compare, inTurn, type Report, type Row } from "./harness/report.ts";
import { describeSeries, median } from "./harness/statistics.ts";

const RUNS = 20;
/** Supervisor looks once a second whether startsecs (1 s) has passed. */
const SETTLE_MS = 2200;

/** The reading end of the FIFO, and what was last read from it. */
class Beats {
  readonly #socket: Socket;
  #resolve: ((pid: number) => void) | null = null;

  constructor(path: string) {
    // Opened for writing as well, so that there is never an end of file between two programs.
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("data", (text: Buffer) => {
      const resolve = this.#resolve;
      this.#resolve = null;
      resolve?.(Number(text.toString("latin1")));
    });
  }

  /** The pid of the next program that executes. */
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Victim {
  readonly daemon: Daemon;
  readonly beats: Beats;
  pid: number;
}

async function prepare(bench: Bench, kind: Kind, others: number): Promise<Victim> {
  const directory = mkdtempSync(join(bench.directory, "beat-"));
  const fifo = join(directory, "fifo");
  const script = join(directory, "beat.sh");
  execFileSync("mkfifo", [fifo]);
  writeFileSync(script, `echo $$ > ${fifo}\nexec sleep 100000\n`);
  const beats = new Beats(fifo);
  const first = beats.next();
  const victim = {
    name: "beat",
    command: `/bin/sh ${script}`,
    options: { autorestart: "true" },
  };
  const daemon = await startDaemon(bench, kind, [victim, ...sleepers(others)]);
  return { daemon, beats, pid: await first };
}

async function killOnce(victim: Victim): Promise<number> {
  const next = victim.beats.next();
  const begin = performance.now();
  process.kill(victim.pid, "SIGKILL");
  victim.pid = await next;
  return performance.now() - begin;
}

async function measureBeside(bench: Bench, others: number) {
  const victims = {
    supervisor: await prepare(bench, "supervisor", others),
    tsv: await prepare(bench, "tsv", others),
  };
  try {
    return await inTurn(RUNS, async (kind, run) => {
      // The waits differ in length, so that the kills fall everywhere within Supervisor's second.
      if (kind === "supervisor") await delay(SETTLE_MS + run * 50);
      const took = await killOnce(victims[kind]);
      bench.progress(`${kind}: ${took.toFixed(1)} ms`);
      return took;
    });
  } finally {
    for (const { daemon, beats } of Object.values(victims)) {
      beats.close();
      await daemon.stop();
    }
  }
}

export async function measureRestartLatency(bench: Bench): Promise<Report> {
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const others of [0, bench.programs - 1]) {
    const series = await measureBeside(bench, others);
    const what = `kill -9 -> successor executes, ${others + 1} program${others === 0 ? "" : "s"}`;
    const values = { supervisor: median(series.supervisor), tsv: median(series.tsv) };
    rows.push(compare({ what, values, unit: "ms", atMost: 0.04 }));
    notes.push(
      `${what}: Supervisor ${describeSeries(series.supervisor, "ms")}; tsv ${describeSeries(series.tsv, "ms")}`,
    );
  }
  return { rows, notes };
}
