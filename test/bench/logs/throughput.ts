// Measures the logs alone: 1 GiB through one rotated file, and many programs that write a line now and then.
// Run by hand: node build/<out>/test/bench/logs/throughput.js [directory]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processKey } from "../../../src/core/base/ids.ts";
import type { ChannelConfig } from "../../../src/core/config/model.ts";
import { createLogFiles } from "../../../src/host/files/log-files.ts";
import { posix } from "../../../src/host/posix.ts";
import { createPipes } from "../../../src/host/processes/pipes.ts";
import { createClock, localOffsetMinutes } from "../../../src/host/time/clock.ts";
import { startPause } from "../../../src/host/time/pause.ts";
import { createLogs, type Logs } from "../../../src/services/logs/logs.ts";

const GIB = 2 ** 30;
/** Programs write in portions of their own: 8 KiB, 64 KiB, 128 KiB. */
const WRITERS = [
  "head -c 1G /dev/zero",
  "dd if=/dev/zero bs=64K count=16K status=none",
  "head -c 1G /dev/zero | cat",
];
const PROGRAMS = 100;
const CHATTER_SECONDS = 10;
/** Each program says a line every 50 ms; a tick serves a tenth of them, so that they do not speak at once. */
const CHATTER = `
  let turn = 0;
  const timer = setInterval(() => {
    for (let i = turn; i < ${PROGRAMS}; i += 10) require("node:fs").writeSync(3 + i, "a line of output, as programs write them\\n");
    turn = (turn + 1) % 10;
  }, 5);
  setTimeout(() => clearInterval(timer), ${CHATTER_SECONDS * 1000});
`;

function channel(path: string): ChannelConfig {
  return {
    logfile: { kind: "file", path },
    maxBytes: 50 * 2 ** 20,
    backups: 10,
    flushSecs: null,
    rotate: null,
    compress: "none",
    mode: null,
    owner: null,
    captureMaxBytes: 0,
    eventsEnabled: false,
    syslog: false,
  };
}

/** One per process: there is one event loop. */
const pipes = createPipes();

function logsIn(directory: string): Logs {
  return createLogs({
    files: createLogFiles(),
    pipes,
    journal: { send: () => "sent", whenReady: () => undefined },
    syslog: { send: () => "sent", sendOwn: () => {} },
    clock: createClock(),
    offsetMinutes: localOffsetMinutes,
    startPause,
    wallAlarm: { set: () => undefined, onRing: () => undefined },
    complain: say,
    onOutput: () => undefined,
    console: "none",
    options: {
      logfile: join(directory, "activity.log"),
      logfileMaxBytes: 0,
      logfileBackups: 0,
      logfileFlushSecs: 0,
      logLevel: "INFO",
      childLogDir: directory,
      identifier: "bench",
      stripAnsi: false,
      nocleanup: true,
      maxTotal: 0,
    },
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function pipe(): { readonly read: number; readonly write: number } {
  const ends = posix().pipe();
  if (typeof ends === "number") throw new Error(`pipe: ${ends}`);
  posix().setNonblocking(ends[0]);
  return { read: ends[0], write: ends[1] };
}

/** Runs `work` and tells its wall and processor time. */
async function measure(name: string, bytes: number, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = bytes > 0 ? `${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ` : "";
  const share = `${((100 * (user + system)) / 1e6 / seconds).toFixed(1)} % of a core`;
  const split = `user ${(user / 1e6).toFixed(2)} s, system ${(system / 1e6).toFixed(2)} s`;
  const rss = `${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident`;
  say(`${name}: ${seconds.toFixed(2)} s, ${rate}${split} (${share}), ${rss}`);
}

async function bulk(directory: string, writer: string): Promise<void> {
  const logs = logsIn(directory);
  const key = processKey("bulk", "bulk");
  const target = channel(join(directory, "bulk.log"));
  logs.addProcess({
    ...{ key, name: "bulk", group: "bulk", redirectStderr: true },
    ...{ stdout: target, stderr: target },
  });
  const { read, write } = pipe();
  await measure(`1 GiB from ${writer} through one log of 50 MiB x 10`, GIB, async () => {
    const child = spawn("sh", ["-c", writer], { stdio: ["ignore", write, 2] });
    closeSync(write);
    logs.attach(key, child.pid ?? 0, { stdout: read, stderr: null });
    await once(child, "exit");
    logs.detach(key);
    await logs.flush();
  });
  say(`  files: ${readdirSync(directory).filter((name) => name.startsWith("bulk")).length}`);
}

async function chatter(directory: string): Promise<void> {
  const logs = logsIn(directory);
  const ends = Array.from({ length: PROGRAMS }, () => pipe());
  const child = spawn(process.execPath, ["-e", CHATTER], {
    stdio: ["ignore", "ignore", 2, ...ends.map((end) => end.write)],
  });
  ends.forEach((end, index) => {
    closeSync(end.write);
    const name = `chat${index}`;
    const key = processKey(name, name);
    const target = channel(join(directory, `${name}.log`));
    logs.addProcess({
      ...{ key, name, group: name, redirectStderr: true },
      ...{ stdout: target, stderr: target },
    });
    logs.attach(key, child.pid ?? 0, { stdout: end.read, stderr: null });
  });
  await measure(`${PROGRAMS} programs x 20 lines/s`, 0, async () => {
    await once(child, "exit");
    await logs.flush();
  });
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "tsv-bench-"));
  try {
    for (const writer of WRITERS) await bulk(directory, writer);
    await chatter(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

void main().then(() => process.exit(0));
