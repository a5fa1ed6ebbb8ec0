// Hostile input on the HTTP port does not affect the programs: huge requests, and clients that are idle or stop half-way.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Daemon } from "./rig/daemon.ts";
import { type Endpoint, open, send } from "./rig/http.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { anonymousKb, usedMs } from "./rig/usage.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

/** What a hostile client meets. */
interface Target {
  readonly daemon: Daemon;
  readonly port: Endpoint;
  readonly pid: number;
}

/** Starts tsv with a program `up`, and a port. */
async function startTarget(rig: Rig): Promise<Target> {
  const number = await rig.findPort();
  const daemon = await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${number}\n[program:up]\ncommand=sleep 1000\nstartsecs=0\n`,
  );
  await daemon.logged(/success: up/);
  const port = { host: "127.0.0.1", port: number };
  return { daemon, port, pid: Number((await daemon.info("up"))["pid"]) };
}

/**
 * Fails unless the program still is the same process, and the daemon answers another client before it has worked for long
 * for another process. How long the answer takes by the clock is the host's affair too.
 */
async function undisturbed({ daemon, pid }: Target): Promise<void> {
  const before = usedMs(daemon.pid);
  const info = await daemon.info("up");
  const milliseconds = usedMs(daemon.pid) - before;
  assert.equal(info["pid"], pid);
  assert.equal(info["statename"], "RUNNING");
  assert.ok(milliseconds < 3000, `another client waited for ${milliseconds} ms of work`);
}

/** Tells how much memory grew, and fails when that is more than `megabytes`. */
function assertGrowth(t: TestContext, pid: number, before: number, megabytes: number): void {
  const after = anonymousKb(pid);
  const shown = `RssAnon ${before} KB before, ${after} KB after, bound ${megabytes} MB`;
  t.diagnostic(shown);
  assert.ok(after - before < megabytes * 1024, shown);
}

e2e("a body of 100 MB is not taken into memory", async (rig, t) => {
  const target = await startTarget(rig);
  const { port, daemon } = target;
  const before = anonymousKb(daemon.pid);
  const socket = await open(port);
  const size = 100 * 1024 * 1024;
  // It may end by a reset: that is no error here.
  const closed = once(socket, "close").catch(() => {});
  socket.resume();
  socket.write(
    `POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`,
  );
  const chunk = Buffer.alloc(1024 * 1024, "a");
  let sent = 0;
  while (sent < size && !socket.destroyed && socket.writable) {
    sent += chunk.length;
    if (socket.write(chunk)) continue;
    await Promise.race([once(socket, "drain").catch(() => {}), closed]);
  }
  await undisturbed(target);
  assertGrowth(t, daemon.pid, before, 64);
  socket.destroy();
});

e2e("500 connections, idle, half sent and half closed, leave nothing behind", async (rig, t) => {
  const target = await startTarget(rig);
  const descriptors = () => readdirSync(`/proc/${target.daemon.process}/fd`).length;
  const [before, count] = [anonymousKb(target.daemon.pid), descriptors()];
  const sockets = await Promise.all(Array.from({ length: 500 }, () => open(target.port)));
  const call = encodeCall("supervisor.getState", []);
  const half = Buffer.from(
    `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${call.length}\r\n\r\n${call}`,
  );
  for (const [i, socket] of sockets.entries()) {
    if (i % 4 === 1) socket.write(half.subarray(0, 20));
    if (i % 4 === 2) socket.write(half.subarray(0, half.length - 5));
    // Closes its own half, at once or in the middle of a call.
    if (i % 4 === 3) socket.end(half.subarray(0, i % 8 === 3 ? half.length - 5 : 0));
  }
  await undisturbed(target);
  const reply = await send(target.port, { method: "GET", path: "/RPC2" });
  assert.equal(reply.status, 400);
  assertGrowth(t, target.daemon.pid, before, 64);
  const closed = sockets.map((socket) => (socket.closed ? null : once(socket, "close")));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  // The daemon has seen them closed when it has answered these.
  for (let i = 0; i < 3; i++) await undisturbed(target);
  assert.ok(descriptors() <= count + 5, "the connections were given back");
});
