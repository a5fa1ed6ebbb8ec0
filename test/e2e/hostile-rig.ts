// A daemon with one program and an open port, and how to see that neither was disturbed.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Daemon } from "./rig/daemon.ts";
import type { Endpoint } from "./rig/http.ts";
import { BASE, type Rig } from "./rig/rig.ts";
import { anonymousKb, usedMs } from "./rig/usage.ts";

/** What a hostile client meets. */
export interface Target {
  readonly daemon: Daemon;
  readonly port: Endpoint;
  readonly pid: number;
}

/**
 * Starts tsv with a program `up` that prints a word and sleeps.
 * @param options of the section of the port, such as a password
 * @param more sections
 */
export async function startTarget(rig: Rig, options = "", more = ""): Promise<Target> {
  const number = await rig.findPort();
  const inet = `[inet_http_server]\nport=127.0.0.1:${number}\n${options}\n`;
  const program = "[program:up]\ncommand=sleep 1000\nstartsecs=0\nstdout_logfile=%(here)s/up.out\n";
  rig.write("d.conf", `${BASE}\n${inet}\n${program}\n${more}`);
  const daemon = await rig.start();
  await daemon.logged(/success: up/);
  const port = { host: "127.0.0.1", port: number };
  return { daemon, port, pid: Number((await daemon.info("up"))["pid"]) };
}

/**
 * Fails unless the program still is the same process, and the daemon answers another client before it has worked for long
 * for another process. How long the answer takes by the clock is the host's affair too.
 */
export async function undisturbed({ daemon, pid }: Target): Promise<void> {
  const before = usedMs(daemon.pid);
  const info = await daemon.info("up");
  const milliseconds = usedMs(daemon.pid) - before;
  assert.equal(info["pid"], pid);
  assert.equal(info["statename"], "RUNNING");
  assert.ok(milliseconds < 3000, `another client waited for ${milliseconds} ms of work`);
}

/** Tells how much memory grew, and fails when that is more than `megabytes`. */
export function assertGrowth(t: TestContext, pid: number, before: number, megabytes: number): void {
  const after = anonymousKb(pid);
  const shown = `RssAnon ${before} KB before, ${after} KB after, bound ${megabytes} MB`;
  t.diagnostic(shown);
  assert.ok(after - before < megabytes * 1024, shown);
}
