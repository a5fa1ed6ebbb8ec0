// A program `beat` that is killed again and again while a test does its worst with the rest: how long does it take until its
// successor executes, and until other clients are answered? The measuring is done by heart.ts, in a process of its own.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { on, once } from "node:events";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { collect } from "./command.ts";
import type { Daemon } from "./daemon.ts";
import type { HeartResult } from "./heart.ts";

/** Ten times what is promised (100 ms and 250 ms): the machine of the tests does other things too. */
export const BOUNDS = { restartMs: 1000, rpcMs: 2500 } as const;

/** What a test is told and waits for. */
export interface HeartbeatTest {
  after(fn: () => void): void;
  diagnostic(message: string): void;
}

/** One that died at once would be started a second later: so several die in turn, some six a second. */
const PROCESSES = 8;

/** A heartbeat under way. */
export interface Heartbeat {
  /** Resolves after so many more restarts, or when one takes longer than `PATIENCE_MS`: `end` tells then. */
  beats(count: number): Promise<void>;
  /** Resolves when a restart and a call have been under way for longer than `BOUNDS` allow. */
  late(): Promise<void>;
  /** Waits for what is under way and stops. To be called while the daemon runs and nothing holds it up any more. */
  end(): Promise<HeartResult>;
}

/** What is out of bounds anyhow. */
const PATIENCE_MS = 10_000;

/** The section of the program. `directory` is the one of the daemon's configuration. */
export function beatSection(directory: string): string {
  const fifo = join(directory, "beat.fifo");
  if (!existsSync(fifo)) assert.equal(spawnSync("mkfifo", ["-m", "666", fifo]).status, 0);
  return `
[program:beat]
command=/bin/sh -c 'echo %(process_num)d $$ >>${fifo}; exec sleep 1000000'
process_name=%(process_num)d
numprocs=${PROCESSES}
startsecs=0
autorestart=true
stdout_logfile=NONE
stderr_logfile=NONE
`;
}

/** Begins to measure, and has once. Where the daemon has no program `beat` yet, it is added to its configuration first. */
export async function startHeartbeat(daemon: Daemon, t: HeartbeatTest): Promise<Heartbeat> {
  const section = beatSection(daemon.directory);
  if ((await daemon.call("supervisor.getProcessInfo", "beat:0")).kind === "fault") {
    appendFileSync(daemon.config, section);
    await daemon.ask("reloadConfig");
    await daemon.ask("addProcessGroup", "beat");
  }
  const pids = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, n) =>
      String((await daemon.info(`beat:${n}`))["pid"]),
    ),
  );
  const heart = fileURLToPath(new URL("./heart.js", import.meta.url));
  const fifo = join(daemon.directory, "beat.fifo");
  const args = [heart, String(daemon.pid), fifo, daemon.endpoint.socketPath, ...pids];
  const child = spawn(process.execPath, args);
  child.stdin.on("error", () => {}); // Its exit is the news.
  const output = collect(child);
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, "close");
  t.after(() => void child.kill("SIGKILL"));
  const beats = async (count: number): Promise<void> => {
    for (let seen = 0; seen < count && child.exitCode === null; seen++) {
      const late = AbortSignal.timeout(PATIENCE_MS);
      const isInTime = await Promise.race([once(lines, "line", { signal: late }), closed]).then(
        () => true,
        () => false,
      );
      if (!isInTime) return;
    }
  };
  await beats(1);
  return {
    beats,
    async late() {
      child.stdin.write(`late ${BOUNDS.restartMs} ${BOUNDS.rpcMs}\n`);
      for await (const [line] of on(lines, "line", { close: ["close"] }))
        if (line === "late") return;
      throw new Error(`the heart stopped: ${output.stderr()}`);
    },
    async end() {
      child.stdin.write("end\n");
      await closed;
      const result = output.stdout().trimEnd().split("\n").pop() ?? "";
      if (!result.startsWith("{")) throw new Error(`the heart stopped: ${output.stderr()}`);
      return JSON.parse(result) as HeartResult;
    },
  };
}

/** The processes besides the daemon that a kill goes through until the heart hears of the successor, and a call. */
const RESTART_PROCESSES = 3;
const RPC_PROCESSES = 1;

/**
 * What is out of bounds, `slack` times as wide as usual; nothing measured at all is, too. On a busy machine each process that
 * takes part may have to wait for a processor as long as the heart had to.
 */
export function outOfBounds(result: HeartResult, slack = 1): readonly string[] {
  const { restarts, rpcs, worstRestartMs, worstRpcMs, ownDelayMs } = result;
  const restartMs = slack * BOUNDS.restartMs + RESTART_PROCESSES * ownDelayMs;
  const rpcMs = slack * BOUNDS.rpcMs + RPC_PROCESSES * ownDelayMs;
  return [
    ...(restarts === 0 ? ["nothing was restarted"] : []),
    ...(rpcs === 0 ? ["nothing was asked"] : []),
    ...(worstRestartMs > restartMs ? [`a restart took ${worstRestartMs} ms`] : []),
    ...(worstRpcMs > rpcMs ? [`an answer took ${worstRpcMs} ms`] : []),
  ];
}

/** Prints the worst that was measured, and fails when that is out of bounds. */
export function expectInBounds(result: HeartResult, t: HeartbeatTest): void {
  const shown = `${result.restarts} restarts, worst ${result.worstRestartMs} ms; ${result.rpcs} calls, worst ${result.worstRpcMs} ms; own delay ${result.ownDelayMs} ms`;
  t.diagnostic(shown);
  const beyond = outOfBounds(result);
  assert.ok(beyond.length === 0, `${beyond.join(", ")}: ${shown}`);
}
