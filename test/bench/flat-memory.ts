// Whether tsv's memory stays flat under use: after 100 000 requests, and after 10 000 restarts of a program. A leak
// shows in the second half of the work; what the first half adds is warm-up.

import { setTimeout as delay } from "node:timers/promises";
import { sleepers } from "./harness/config.ts";
import { type Bench, type Daemon, startDaemon } from "./harness/daemon.ts";
import { type Memory, readMemory } from "./harness/proc.ts";
import type { Report, Row } from "./harness/report.ts";
import { RpcConnection } from "./harness/rpc.ts";

const IDLE_MS = 10_000;
/** What the second half may add and still be called flat: noise of the allocator, far below a leak of 100 B a turn. */
const NOISE_MIB = 1;

interface Load {
  readonly what: string;
  readonly turns: number;
  readonly turn: (connection: RpcConnection) => Promise<unknown>;
}

const LOADS: readonly Load[] = [
  {
    what: "getState requests",
    turns: 100_000,
    turn: (connection) => connection.call("supervisor.getState"),
  },
  {
    what: "restarts of a program",
    turns: 10_000,
    turn: async (connection) => {
      await connection.call("supervisor.stopProcess", ["p0000", true]);
      await connection.call("supervisor.startProcess", ["p0000", true]);
    },
  },
];

async function work(daemon: Daemon, load: Load, turns: number): Promise<Memory> {
  const connection = new RpcConnection(daemon.socketPath);
  for (let turn = 0; turn < turns; turn++) await load.turn(connection);
  connection.close();
  await delay(IDLE_MS);
  return readMemory(daemon.pid);
}

async function measureLoad(bench: Bench, load: Load): Promise<Report> {
  const daemon = await startDaemon(bench, "tsv", sleepers(10, { startsecs: 0 }));
  try {
    await delay(IDLE_MS);
    const memory = [readMemory(daemon.pid)];
    const begin = performance.now();
    for (let half = 0; half < 2; half++) {
      memory.push(await work(daemon, load, load.turns / 2));
      bench.progress(`${((half + 1) * load.turns) / 2} ${load.what} are done`);
    }
    const perTurn = (performance.now() - begin - 2 * IDLE_MS) / load.turns;
    return {
      rows: [
        row(
          load,
          "private memory",
          memory.map(({ privateMiB }) => privateMiB),
          NOISE_MIB,
        ),
        row(
          load,
          "RSS",
          memory.map(({ rssMiB }) => rssMiB),
          null,
        ),
        row(
          load,
          "descriptors",
          memory.map(({ descriptors }) => descriptors),
          0,
        ),
      ],
      notes: [`${load.turns} ${load.what}: ${perTurn.toFixed(3)} ms each`],
    };
  } finally {
    await daemon.stop();
  }
}

/** Three readings: before, after half, after all. `noise` is what the second half may add; null only informs. */
function row(
  { what, turns }: Load,
  of: string,
  values: readonly number[],
  noise: number | null,
): Row {
  const [before = 0, half = 0, all = 0] = values;
  const digits = Number.isInteger(all) ? 0 : 1;
  return {
    what: `${of} before, after half, after all of ${turns} ${what}`,
    supervisor: "",
    tsv: `${[before, half, all].map((value) => value.toFixed(digits)).join(" ")}${digits === 0 ? "" : " MiB"}`,
    ratio: (all / half).toFixed(2),
    target: noise === null ? "" : "flat",
    reached: noise === null ? null : all - half <= noise,
  };
}

export async function measureFlatMemory(bench: Bench): Promise<Report> {
  const reports: Report[] = [];
  for (const load of LOADS) reports.push(await measureLoad(bench, load));
  return {
    rows: reports.flatMap(({ rows }) => rows),
    notes: reports.flatMap(({ notes }) => notes),
  };
}
