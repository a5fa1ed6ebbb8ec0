// Clients that mean no good, or cannot do better: slow in every way, many, wrong, binary. Each gets a clear answer or is
// cut off, memory stays bounded, and the program and other clients notice nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { event } from "../rig/wait.ts";
import { assertGrowth, startTarget, type Target, undisturbed } from "./hostile-rig.ts";
import { call, type Endpoint, exchange, isWholeReply, open, send } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";
import { anonymousKb } from "./rig/usage.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

function post(body: string | Buffer, headers: readonly string[] = []): Buffer {
  const lines = ["POST /RPC2 HTTP/1.1", "Host: x", ...headers, `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}

async function statusOf(to: Endpoint, bytes: Uint8Array): Promise<number> {
  const { text } = await exchange(to, bytes, isWholeReply);
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
}

/** Calls whatever is done with the sockets in the end: the daemon has seen them closed when it has answered this. */
async function closeAll(target: Target, sockets: readonly Socket[]): Promise<void> {
  const closed = sockets.map((socket) => (socket.closed ? null : once(socket, "close")));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  for (let i = 0; i < 3; i++) await undisturbed(target);
}

e2e("malformed calls are 400 each, and unknown ones faults", async (rig) => {
  const target = await startTarget(rig);
  const value = (inner: string) =>
    `<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value>${inner}</value></param></params></methodCall>`;
  const bodies: readonly (string | Buffer)[] = [
    "<",
    "<methodCall>",
    "<methodCall><methodName>supervisor.getState</methodCall></methodName>",
    "<methodCall><methodName>supervisor.getState</methodName></methodCall>junk",
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${value("&x;")}`,
    value("<int>nine</int>"),
    value("<int>99999999999999999999</int>"),
    value("<boolean>maybe</boolean>"),
    value("<base64>!!!</base64>"),
    value("<struct><member><value>no name</value></member></struct>"),
    value("<array><value>no data</value></array>"),
    value("<nil/>"),
    value("\0"),
    value("&#0;"),
    Buffer.from(value("\xff\xfe"), "latin1"),
    `<methodCall><methodName>system.multicall</methodName>${"<x>".repeat(50_000)}`,
    Buffer.alloc(1000, 0),
  ];
  for (const body of bodies) {
    assert.equal(await statusOf(target.port, post(body)), 400, String(body).slice(0, 80));
  }
  for (const method of ["nope", "supervisor.nope", "supervisor.__proto__", "a".repeat(10_000)]) {
    const answer = await call(target.port, method);
    assert.deepEqual(answer, { kind: "fault", code: 1, text: "UNKNOWN_METHOD" });
  }
  for (const name of [
    "\u{10ffff}",
    "../../etc/passwd",
    "a\nb",
    "up\t",
    "%s",
    "__proto__",
    "x".repeat(4e5),
  ]) {
    const answer = await call(target.port, "supervisor.startProcess", [name]);
    assert.deepEqual(answer, { kind: "fault", code: 10, text: `BAD_NAME: ${name}` });
  }
  await undisturbed(target);
});

e2e("the largest calls that are read do not hold up others for long", async (rig, t) => {
  const target = await startTarget(rig);
  const before = anonymousKb(target.daemon.pid);
  const many = "<value><int>1</int></value>".repeat(18_000);
  const large = "x".repeat(500 * 1024);
  for (const params of [`<array><data>${many}</data></array>`, `<string>${large}</string>`]) {
    const body = `<methodCall><methodName>supervisor.getState</methodName><params><param><value>${params}</value></param></params></methodCall>`;
    const answers = [1, 2, 3].map(() => statusOf(target.port, post(body)));
    await undisturbed(target);
    assert.deepEqual(await Promise.all(answers), [200, 200, 200]);
  }
  assertGrowth(t, target.daemon.pid, before, 90);
});

e2e("wrong passwords are refused, however many and however made", async (rig, t) => {
  const target = await startTarget(rig, "username=user\npassword=secret");
  const before = anonymousKb(target.daemon.pid);
  const body = encodeCall("supervisor.stopAllProcesses", []);
  const tokens = [
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic ====",
    `Basic ${Buffer.from("user:secret").toString("base64")}A`,
    `Basic ${Buffer.from("user").toString("base64")}`,
    `Basic ${Buffer.from("user:secret\n").toString("base64")}`,
    `Basic ${Buffer.from([0x75, 0xff, 0x3a, 0xff]).toString("base64")}`,
    `Basic ${"QUFB".repeat(3000)}`,
    "Bearer user:secret",
    'Digest username="user"',
  ];
  for (const token of tokens) {
    assert.equal(await statusOf(target.port, post(body, [`Authorization: ${token}`])), 401, token);
  }
  for (let round = 0; round < 20; round++) {
    const guesses = Array.from({ length: 50 }, (_, i) => {
      const token = Buffer.from(`user:${round}-${i}`).toString("base64");
      return statusOf(target.port, post(body, [`Authorization: Basic ${token}`]));
    });
    assert.ok((await Promise.all(guesses)).every((status) => status === 401));
  }
  await undisturbed(target);
  assertGrowth(t, target.daemon.pid, before, 64);
});

e2e("headers are limited, with a status for it", async (rig) => {
  const target = await startTarget(rig);
  const huge = "x".repeat(40_000);
  for (const head of [
    `GET / HTTP/1.1\r\nHost: x\r\nX-Huge: ${huge}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\n${"X: y\r\n".repeat(8000)}\r\n`,
    `GET /${huge} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ]) {
    assert.equal(await statusOf(target.port, Buffer.from(head)), 431);
  }
  await undisturbed(target);
});

e2e("bodies that never end hold a bounded amount of memory", async (rig, t) => {
  const target = await startTarget(rig);
  const before = anonymousKb(target.daemon.pid);
  // Sixty times half a megabyte is announced, and all but the end is sent.
  const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${512 * 1024}\r\n\r\n`;
  const chunk = Buffer.alloc(512 * 1024 - 1, "a");
  const sockets = await Promise.all(Array.from({ length: 60 }, () => open(target.port)));
  let refused = 0;
  const told = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.on("data", (data: Buffer) => {
          if (/^HTTP\/1\.1 503 /.test(data.toString())) refused++;
          resolve();
        });
        socket.once("close", () => resolve());
        socket.write(head);
        // Those that found a slot are never answered: then it is enough that all was taken.
        socket.write(chunk, () => resolve());
      }),
  );
  await Promise.all(told);
  await undisturbed(target);
  t.diagnostic(`${refused} of 60 were told 503`);
  assertGrowth(t, target.daemon.pid, before, 90);
  await closeAll(target, sockets);
});

e2e("readers that never read a huge answer hold a bounded amount of memory", async (rig, t) => {
  const target = await startTarget(rig);
  rig.write("up.out", "x".repeat(8 * 1024 * 1024));
  const before = anonymousKb(target.daemon.pid);
  const ask = post(encodeCall("supervisor.readProcessStdoutLog", ["up", 0, 0]));
  const sockets: Socket[] = [];
  for (let i = 0; i < 30; i++) {
    const socket = await open(target.port);
    socket.pause();
    sockets.push(socket);
    socket.write(ask);
    // Its answer has begun, or it was cut off; either way the next may come.
    await event(socket, "readable");
    await undisturbed(target);
  }
  assertGrowth(t, target.daemon.pid, before, 90);
  // A reader that reads still gets all of it.
  const answer = await call(target.port, "supervisor.readProcessStdoutLog", ["up", 0, 0]);
  assert.ok(answer.kind === "result" && String(answer.value).length === 8 * 1024 * 1024);
  await closeAll(target, sockets);
});

e2e("500 connections, idle, half sent and half closed, leave nothing behind", async (rig, t) => {
  const target = await startTarget(rig);
  const descriptors = () => readdirSync(`/proc/${target.daemon.pid}/fd`).length;
  const [before, count] = [anonymousKb(target.daemon.pid), descriptors()];
  const sockets = await Promise.all(Array.from({ length: 500 }, () => open(target.port)));
  const half = post(encodeCall("supervisor.getState", []));
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
  await closeAll(target, sockets);
  assert.ok(descriptors() <= count + 5, "the connections were given back");
});
