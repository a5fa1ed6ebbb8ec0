// Hostile input on the HTTP port does not affect the programs: garbage, huge requests and slow clients.

import assert from "node:assert/strict";
import { once } from "node:events";
import { event } from "../rig/wait.ts";
import { assertGrowth, startTarget, undisturbed } from "./hostile-rig.ts";
import { exchange, open } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";
import { anonymousKb } from "./rig/usage.ts";

e2e("garbage is refused and changes nothing", async (rig) => {
  const target = await startTarget(rig);
  const { port } = target;
  const garbage = [
    "\r\n\r\n",
    "\0\0\0\0\0\0\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "POST /RPC2 HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST /RPC2 HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET /%zz%00/../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(50_000)}\r\n`,
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "GET /logtail/%e0%a4%a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  ];
  for (const bytes of garbage) {
    const socket = await open(port);
    socket.end(bytes, "latin1");
    socket.resume();
    await event(socket, "close");
  }
  await undisturbed(target);
});

e2e("deep and entity-laden XML is refused", async (rig) => {
  const target = await startTarget(rig);
  const { port } = target;
  const deep = `<methodCall><methodName>system.multicall</methodName><params><param>${"<value><array><data>".repeat(20_000)}`;
  const laughs = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><methodCall><methodName>&c;</methodName></methodCall>`;
  for (const body of [deep, laughs]) {
    const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const { text } = await exchange(port, head + body);
    assert.match(text, /^HTTP\/1\.1 (?:400|413)/);
  }
  await undisturbed(target);
});

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

e2e("a slow client delays no other client", async (rig) => {
  const target = await startTarget(rig);
  const { port } = target;
  const slow = await Promise.all(Array.from({ length: 20 }, () => open(port)));
  for (const socket of slow) socket.write("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Le");
  for (const socket of slow) socket.resume(); // So that it would be seen if one was cut off.
  await undisturbed(target);
  const waiting = slow.filter((socket) => !socket.destroyed && !socket.readableEnded);
  assert.equal(
    waiting.length,
    slow.length,
    "they are served later, or never, and are still waited for",
  );
  for (const socket of slow) socket.destroy();
});
