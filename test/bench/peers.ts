// tsv beside other supervisors with the same N programs. The clock is that of the programs: each appends the time to one file when it
// executes. Processor time is that of all processes in the control group of the peer, also of the programs and clients. Memory and
// wake-ups are those of its own processes, with its loggers; anonymous memory, because other processes share the rest.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../e2e/rig/places.ts";
import { compiled } from "../rig/compiled.ts";
import { ControlGroup, executableOf } from "./harness/cgroup.ts";
import { sleepers } from "./harness/config.ts";
import { type Bench, ENVIRONMENT } from "./harness/daemon.ts";
import { PEERS, type Peer, type PeerCommands } from "./harness/peers.ts";
import { readMemory, readWakeUps } from "./harness/proc.ts";
import { formatColumns, type Report, show, type Unit } from "./harness/report.ts";
import { median } from "./harness/statistics.ts";

const LIMIT_MS = 120_000;
const LOOK_EACH_MS = 10;
const SETTLE_MS = 12_000;
const WATCH_MS = 20_000;
const KILLS = 11;
const STATUS_RUNS = 5;
const NS_PER_MS = 1e6;

const BINARIES = ["bin", "node_modules/.bin"].map((path) => join(ROOT, "build/peers", path));
const PEER_ENVIRONMENT = {
  ...ENVIRONMENT,
  PATH: [...BINARIES, ENVIRONMENT["PATH"]].join(":"),
};

/** What one start and stop took, in milliseconds; NaN is not measured, here and below. */
interface Life {
  readonly up: number;
  readonly cpuSeconds: number;
  down: number;
}

/** What is measured in between. */
interface Rest {
  readonly memory: number;
  readonly processes: number;
  readonly wakeUps: number;
  readonly kill: number;
  readonly statusOfOne: number;
  readonly statusOfAll: number;
}

const now = (): number => Number(process.hrtime.bigint()) / NS_PER_MS;

/** What is read of processes; without those that have exited in the meantime. */
function readEach(pids: readonly number[], read: (pid: number) => number): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of pids) {
    try {
      found.set(pid, read(pid));
    } catch (error) {
      if (existsSync(`/proc/${pid}`)) throw error;
    }
  }
  return found;
}

const sum = (values: Iterable<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

/** A peer with its programs. */
class Running {
  readonly #directory: string;
  readonly #stamps: string;
  readonly #program = compiled("test/bench/native/stamp.c");
  readonly #group: ControlGroup;
  readonly #commands: PeerCommands;
  readonly #child: ChildProcess;
  readonly #startedAt: number;

  constructor(bench: Bench, name: string, peer: Peer, programs: number) {
    this.#directory = mkdtempSync(join(bench.stateDirectory, "peer-"));
    this.#stamps = join(this.#directory, "stamps");
    this.#commands = peer.prepare({
      bench,
      directory: this.#directory,
      names: sleepers(programs).map((section) => section.name),
      command: `${this.#program} ${this.#stamps}`,
    });
    this.#group = new ControlGroup(name);
    this.#startedAt = now();
    this.#child = this.#spawn(`ulimit -n $(ulimit -Hn); ${this.#commands.start}`);
  }

  #spawn(script: string): ChildProcess {
    return spawn("sh", ["-c", `echo $$ >${this.#group.membersPath}; ${script}`], {
      cwd: this.#directory,
      env: PEER_ENVIRONMENT,
      stdio: "ignore",
    });
  }

  /** @returns the stamps so far: milliseconds and pids */
  #read(): readonly { readonly at: number; readonly pid: number }[] {
    if (!existsSync(this.#stamps)) return [];
    const lines = readFileSync(this.#stamps, "latin1").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [at, pid] = line.split(" ").map(Number);
      return { at: (at ?? 0) / NS_PER_MS, pid: pid ?? 0 };
    });
  }

  async #stamped(count: number) {
    const limit = now() + LIMIT_MS;
    for (;;) {
      const stamps = this.#read();
      if (stamps.length >= count) return stamps;
      if (now() > limit) {
        throw new Error(`${stamps.length} of ${count} programs executed in ${LIMIT_MS / 1000} s`);
      }
      await delay(LOOK_EACH_MS);
    }
  }

  async start(count: number): Promise<Life> {
    const stamps = await this.#stamped(count);
    const up = Math.max(...stamps.map(({ at }) => at)) - this.#startedAt;
    return { up, cpuSeconds: this.#group.cpuSeconds(), down: Number.NaN };
  }

  async stop(): Promise<number> {
    const programs = this.#group.members().filter((pid) => executableOf(pid) === this.#program);
    const begin = now();
    this.#spawn(`SUPERVISOR=${this.#child.pid}; ${this.#commands.stop}`);
    for (const pid of programs) {
      while (executableOf(pid) === this.#program) {
        if (now() > begin + LIMIT_MS) throw new Error(`not stopped within ${LIMIT_MS / 1000} s`);
        await delay(LOOK_EACH_MS);
      }
    }
    return now() - begin;
  }

  async rest(): Promise<Rest> {
    await delay(SETTLE_MS);
    const own = this.#group.members().filter((pid) => {
      const executable = executableOf(pid);
      return executable !== null && executable !== this.#program;
    });
    const memory = readEach(own, (pid) => readMemory(pid).anonymousMiB);
    const before = readEach(own, readWakeUps);
    await delay(WATCH_MS);
    const wakeUps = Array.from(
      readEach(own, readWakeUps),
      ([pid, count]) => count - (before.get(pid) ?? count),
    );
    return {
      memory: sum(memory.values()),
      processes: own.length,
      wakeUps: sum(wakeUps) / (WATCH_MS / 1000),
      statusOfOne: this.#timeOf(this.#commands.statusOfOne),
      statusOfAll: this.#timeOf(this.#commands.statusOfAll),
      kill: await this.#killSome(),
    };
  }

  #timeOf(command: string | undefined): number {
    if (command === undefined) return Number.NaN;
    const times = Array.from({ length: STATUS_RUNS }, () => {
      const begin = now();
      const { status, stderr } = spawnSync("sh", ["-c", `${command} >/dev/null`], {
        cwd: this.#directory,
        env: PEER_ENVIRONMENT,
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${command}: ${status}: ${stderr}`);
      return now() - begin;
    });
    return median(times);
  }

  /** Each time another program: peers wait before they start one for the second time within a second. */
  async #killSome(): Promise<number> {
    const victims = this.#read().slice(-KILLS);
    const times: number[] = [];
    for (const { pid } of victims) {
      const { length } = this.#read();
      const begin = now();
      process.kill(pid, "SIGKILL");
      const stamps = await this.#stamped(length + 1);
      times.push((stamps[length]?.at ?? Number.NaN) - begin);
    }
    return median(times);
  }

  async remove(): Promise<void> {
    await this.#group.remove();
    rmSync(this.#directory, { recursive: true });
  }
}

const TITLES = [
  ...["peer", "programs", "all executed", "CPU", "all exited", "memory", "processes"],
  ...["kill to successor", "wake-ups/s", "status of one", "of all"],
];

/** What was measured of one peer. */
interface Result {
  readonly name: string;
  readonly peer: Peer;
  readonly programs: number;
  readonly lives: Life[];
  rest: Rest | null;
  problem: string | null;
}

async function measureOnce(bench: Bench, result: Result): Promise<void> {
  const running = new Running(bench, result.name, result.peer, result.programs);
  try {
    const life = await running.start(result.programs);
    result.lives.push(life);
    result.rest ??= await running.rest();
    life.down = await running.stop();
  } finally {
    await running.remove();
  }
}

function missing({ needs }: Peer): string | undefined {
  const has = (name: string) =>
    spawnSync("sh", ["-c", `command -v ${name}`], { env: PEER_ENVIRONMENT }).status === 0;
  return needs.find((name) => !has(name));
}

function cellsOf({ name, programs, lives, rest }: Result): readonly string[] {
  const cell = (value: number | undefined, unit: Unit): string =>
    value === undefined || Number.isNaN(value) ? "-" : show(value, unit);
  const middle = (key: keyof Life): number =>
    lives.length === 0 ? Number.NaN : median(lives.map((life) => life[key]));
  return [
    ...[name, String(programs)],
    ...[
      cell(middle("up"), "ms"),
      cell(middle("cpuSeconds") * 1000, "ms"),
      cell(middle("down"), "ms"),
    ],
    ...[cell(rest?.memory, "MiB"), cell(rest?.processes, ""), cell(rest?.kill, "ms")],
    ...[cell(rest?.wakeUps, "/s"), cell(rest?.statusOfOne, "ms"), cell(rest?.statusOfAll, "ms")],
  ];
}

/** Measures all in turn, or those that PEERS=NAME,... chooses; the first round is the long one. */
export async function measurePeers(bench: Bench): Promise<Report> {
  const problems: string[] = [];
  const results: Result[] = [];
  const chosen = process.env["PEERS"]?.split(",");
  for (const [name, peer] of Object.entries(PEERS)) {
    if (chosen !== undefined && !chosen.includes(name)) continue;
    const lacking = missing(peer);
    if (lacking === undefined) {
      const programs = Math.min(bench.programs, peer.most ?? bench.programs);
      results.push({ name, peer, programs, lives: [], rest: null, problem: null });
    } else {
      problems.push(`${name} was not measured: ${lacking} is not installed (${peer.from})`);
    }
  }
  for (let round = 0; round < bench.rounds; round++) {
    for (const result of results.filter(({ problem }) => problem === null)) {
      try {
        await measureOnce(bench, result);
      } catch (error) {
        result.problem = error instanceof Error ? error.message : String(error);
      }
      bench.progress(`${result.name}: ${result.problem ?? cellsOf(result).slice(1).join("  ")}`);
    }
  }
  const failed = results.filter(({ problem }) => problem !== null);
  problems.push(...failed.map(({ name, problem }) => `${name} failed: ${problem}`));
  const table = formatColumns(TITLES, results.map(cellsOf), [0]);
  return { rows: [], notes: [...table.trimEnd().split("\n"), ...problems] };
}
