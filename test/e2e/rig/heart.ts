// The process behind heartbeat.ts: kills a program again and again and times its successor, and times RPC meanwhile. A
// process of its own, so that a test that floods or waits does not measure itself.
//
// Arguments: pid of the daemon, FIFO that each start of one of the processes writes its number and pid to, socket of the daemon, pids of the
// processes. A process is killed when it is old enough to be started again at once, so there must be several of them. Each
// restart is a line "beat" on stdout. "late X Y" on stdin: when a restart is under way for X ms and a call for Y ms, a line
// "late" on stdout says so. "end": what is under way is awaited for at most GRACE_MS; then the result is the last line, in
// JSON.

import { constants, openSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";

/** What one heart measured. All times in milliseconds, and of a restart or call without what others took of the processors. */
export interface HeartResult {
  readonly restarts: number;
  readonly worstRestartMs: number;
  readonly rpcs: number;
  readonly worstRpcMs: number;
  /** Connections that were refused or reset, each tried again soon; the time counts from the first try. */
  readonly rpcErrors: number;
  /** The longest time for which this process itself could not run: noise of the machine. */
  readonly ownDelayMs: number;
}

/** Between one call and the next, so that the measuring is no flood itself. */
const PACE_MS = 40;
/** What dies younger than a second is started again when the second is over. */
const LIFE_MS = 1100;
/** At random, so that they do not all die together. */
const SPREAD_MS = 400;
/** After a connection was refused. */
const RETRY_MS = 5;
/** What has not answered by then is measured as having taken so long. */
const GRACE_MS = 20_000;

const BODY = `<?xml version="1.0"?><methodCall><methodName>supervisor.getState</methodName></methodCall>`;

/**
 * A clock that stands still while the daemon's main thread is ready to run and others have the processors: their work is no
 * fault of the daemon's. Where the kernel does not tell, it is the usual one.
 */
function daemonTime(): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${daemon}/schedstat`, "latin1").split(" ");
    return performance.now() - Number(waitedNs) / 1e6;
  } catch {
    return performance.now();
  }
}

/** The worst of one kind. */
class Worst {
  count = 0;
  #worst = 0;
  readonly #pending = new Set<number>();

  /** @returns what is to be called when it is done */
  begin(): () => void {
    const start = daemonTime();
    this.#pending.add(start);
    return () => {
      this.#pending.delete(start);
      this.count += 1;
      this.#worst = Math.max(this.#worst, daemonTime() - start);
    };
  }

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** For how long the oldest is under way. */
  get pendingMs(): number {
    const [oldest] = this.#pending;
    return oldest === undefined ? 0 : daemonTime() - oldest;
  }

  get worstMs(): number {
    const now = daemonTime();
    return Math.round(Math.max(this.#worst, ...[...this.#pending].map((start) => now - start)));
  }
}

const [daemon = "", fifo = "", socketPath = "", ...pids] = process.argv.slice(2);
const restarts = new Worst();
const rpcs = new Worst();
let isEnding = false;
let rpcErrors = 0;
let finish: (() => void) | null = null;

function ended(): void {
  if (isEnding && restarts.isIdle && rpcs.isIdle) finish?.();
}

/** By the process's number: what is to be called when it has been started again. */
const restarted = new Map<number, () => void>();

function beat(number: number, pid: number): void {
  if (isEnding) return;
  restarted.set(number, restarts.begin());
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function started(number: number, pid: number): void {
  if (restarted.has(number)) process.stdout.write("beat\n");
  restarted.get(number)?.();
  restarted.delete(number);
  ended();
  schedule(number, pid);
}

const scheduled = new Map<number, NodeJS.Timeout>();

function schedule(number: number, pid: number): void {
  clearTimeout(scheduled.get(number));
  const wait = LIFE_MS + Math.random() * SPREAD_MS;
  scheduled.set(number, setTimeout(beat, wait, number, pid));
}

// One that is seen for the first time now says its pid once more: it waited for this FIFO to be read.
for (const [number, pid] of pids.entries()) schedule(number, Number(pid));

// Open for reading and writing, so that it never ends.
const flags = constants.O_RDWR | constants.O_NONBLOCK;
const source = new Socket({ fd: openSync(fifo, flags), readable: true, writable: false });
let rest = "";
source.on("data", (text) => {
  const lines = (rest + String(text)).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const [number, pid] = line.split(" ").map(Number);
    if (number !== undefined && pid !== undefined) started(number, pid);
  }
});
function ask(agent: Agent | false, isDone: () => void): void {
  const again = (): void => {
    rpcErrors += 1;
    setTimeout(ask, RETRY_MS, agent, isDone);
  };
  const sent = request({ socketPath, path: "/RPC2", method: "POST", agent }, (response) => {
    response.on("error", again);
    response.on("end", isDone);
    response.resume();
  });
  sent.on("error", again);
  sent.setHeader("Content-Type", "text/xml");
  sent.end(BODY);
}

function askForEver(agent: Agent | false): void {
  if (isEnding) return;
  const isDone = rpcs.begin();
  ask(agent, () => {
    isDone();
    ended();
    setTimeout(askForEver, PACE_MS, agent);
  });
}
askForEver(new Agent({ keepAlive: true, maxSockets: 1 }));
askForEver(false);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

function sayWhenLate(restartMs: number, rpcMs: number): void {
  const rest = Math.max(restartMs - restarts.pendingMs, rpcMs - rpcs.pendingMs);
  if (rest <= 0) process.stdout.write("late\n");
  else setTimeout(sayWhenLate, rest, restartMs, rpcMs);
}

function end(): void {
  isEnding = true;
  const grace = setTimeout(() => finish?.(), GRACE_MS);
  finish = () => {
    clearTimeout(grace);
    const result: HeartResult = {
      restarts: restarts.count,
      worstRestartMs: restarts.worstMs,
      rpcs: rpcs.count,
      worstRpcMs: rpcs.worstMs,
      rpcErrors,
      ownDelayMs: Math.round(delay.max / 1e6),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  };
  ended();
}

const orders = createInterface({ input: process.stdin });
orders.on("line", (line) => {
  const [order, restartMs, rpcMs] = line.split(" ");
  if (order === "late") sayWhenLate(Number(restartMs), Number(rpcMs));
  else end();
});
orders.on("close", () => process.exit(1)); // The test is gone.
