// tsv beside other supervisors with the same N programs. The clock is that of the programs: each appends the time to one file when it
// executes. Processor time and memory are of all processes of the peer, with its loggers and its clients, in a control group.

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
import { formatColumns, type Report, show } from "./harness/report.ts";
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

/** What one start and stop took. */
interface Life {
  readonly up: number;
  readonly cpu: number;
  readonly down: number;
}

/** What is measured in between. */
interface Rest {
  readonly memory: number;
  readonly processes: number;
  readonly wakeUps: number;
  readonly kill: number;
  readonly statusOfOne: number | null;
  readonly statusOfAll: number | null;
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
    const limits = "ulimit -n $(ulimit -Hn)";
    const script = `echo $$ >${this.#group.membersPath}; ${limits}; ${this.#commands.start}`;
    this.#startedAt = now();
    this.#child = spawn("sh", ["-c", script], {
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

  async start(count: number) {
    const stamps = await this.#stamped(count);
    return {
      up: Math.max(...stamps.map(({ at }) => at)) - this.#startedAt,
      cpu: this.#group.cpuSeconds(),
    };
  }

  async stop(): Promise<number> {
    const programs = this.#group.members().filter((pid) => executableOf(pid) === this.#program);
    const begin = now();
    const script = `SUPERVISOR=${this.#child.pid}; ${this.#commands.stop}`;
    const stopping = spawn("sh", ["-c", script], {
      cwd: this.#directory,
      env: PEER_ENVIRONMENT,
      stdio: "ignore",
    });
    for (const pid of programs) {
      while (executableOf(pid) === this.#program) {
        if (now() > begin + LIMIT_MS) throw new Error(`not stopped within ${LIMIT_MS / 1000} s`);
        await delay(LOOK_EACH_MS);
      }
    }
    const took = now() - begin;
    stopping.kill("SIGKILL");
    return took;
  }

  async rest(): Promise<Rest> {
    await delay(SETTLE_MS);
    const own = this.#group.members().filter((pid) => executableOf(pid) !== this.#program);
    const memory = readEach(own, (pid) => readMemory(pid).privateMiB);
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

  #timeOf(command: string | undefined): number | null {
    if (command === undefined) return null;
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
  ...["peer", "programs", "all executed", "CPU", "all exited", "private memory", "processes"],
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
    const start = await running.start(result.programs);
    result.rest ??= await running.rest();
    result.lives.push({ ...start, down: await running.stop() });
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
  const middle = (key: keyof Life, scale: number): string =>
    show(median(lives.map((life) => life[key])) * scale, "ms");
  const milliseconds = (value: number | null | undefined): string =>
    value === null || value === undefined ? "-" : show(value, "ms");
  const starts =
    lives.length === 0
      ? ["-", "-", "-"]
      : [middle("up", 1), middle("cpu", 1000), middle("down", 1)];
  return [
    ...[name, String(programs), ...starts],
    ...(rest === null ? ["-", "-"] : [show(rest.memory, "MiB"), String(rest.processes)]),
    ...[milliseconds(rest?.kill), rest === null ? "-" : show(rest.wakeUps, "/s")],
    ...[milliseconds(rest?.statusOfOne), milliseconds(rest?.statusOfAll)],
  ];
}

/** Measures all in turn, or those in the variable PEERS; the first round is the long one. */
export async function measurePeers(bench: Bench): Promise<Report> {
  const problems: string[] = [];
  const results: Result[] = [];
  const chosen = process.env["PEERS"]?.split(" ");
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
