// Requests that ask for much: the daemon answers them, or says why not, in bounded memory, and meanwhile starts programs and
// answers others as if nothing had happened.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { event } from "../rig/wait.ts";
import { startTarget, type Target } from "./hostile-rig.ts";
import { expectInBounds, type Heartbeat, startHeartbeat } from "./rig/heartbeat.ts";
import { call, open } from "./rig/http.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { peakOwnKb, resetPeak } from "./rig/usage.ts";
import { encodeCall, type Value } from "./rig/xmlrpc.ts";

const MB = 1024;
/** What clients may make of the daemon: 150 MB, of which 40 are pages of the executable. */
const MOST_KB = 110 * MB;
/** The same where thousands of programs are described: 250 MB. */
const MOST_WITH_MANY_KB = 210 * MB;

interface Attack extends Target {
  readonly heart: Heartbeat;
  /** Fails when a restart, an answer or memory was out of bounds. */
  end(mostKb?: number): Promise<void>;
}

interface Diagnostics {
  after(fn: () => void): void;
  diagnostic(message: string): void;
}

async function begin(rig: Rig, t: Diagnostics, more = ""): Promise<Attack> {
  const target = await startTarget(rig, "", more);
  const heart = await startHeartbeat(target.daemon, t);
  resetPeak(target.daemon.pid);
  return {
    ...target,
    heart,
    async end(mostKb = MOST_KB) {
      await heart.beats(3);
      const result = await heart.end();
      const peak = peakOwnKb(target.daemon.pid);
      t.diagnostic(`peak ${Math.round(peak / MB)} MB`);
      expectInBounds(result, t);
      assert.ok(peak < mostKb, `the daemon took ${Math.round(peak / MB)} MB`);
    },
  };
}

function post(body: string | Uint8Array, headers = ""): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function multicall(count: number, methodName: string, params: readonly Value[]): string {
  const one = encodeCall("x", [[{ methodName, params }]]);
  const start = one.indexOf("<value><struct>");
  const end = one.lastIndexOf("</struct></value>") + "</struct></value>".length;
  const head = one.slice(0, start).replace("<methodName>x<", "<methodName>system.multicall<");
  return head + one.slice(start, end).repeat(count) + one.slice(end);
}

/** All of an answer, which may have many megabytes. */
async function answerTo(port: Target["port"], body: string | Uint8Array): Promise<string> {
  const socket = await open(port);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(post(body, "Connection: close\r\n"));
  await event(socket, "close");
  return Buffer.concat(chunks).toString();
}

const MANY =
  "[program:many]\ncommand=true\nnumprocs=20\nprocess_name=%(process_num)02d\nautostart=false\n";

e2e("a hundred large log reads in one multicall are answered up to 8 MB", async (rig, t) => {
  const attack = await begin(rig, t);
  rig.write("up.out", "x".repeat(48 * MB * MB));
  const whole = await answerTo(
    attack.port,
    multicall(100, "supervisor.readProcessStdoutLog", ["up", 0, 0]),
  );
  assert.equal(whole.match(/bytes requested/g)?.length, 100);
  const ends = await answerTo(
    attack.port,
    multicall(100, "supervisor.readProcessStdoutLog", ["up", -5 * MB * MB, 0]),
  );
  assert.equal(ends.match(/<string>x{5242880}<\/string>/g)?.length, 1);
  assert.equal(ends.match(/FAILED: /g)?.length, 99);
  await attack.end();
});

for (const count of [1000, 1900]) {
  e2e(`${count} x getAllProcessInfo in one multicall delays no other client`, async (rig, t) => {
    const attack = await begin(rig, t, MANY);
    const body = multicall(count, "supervisor.getAllProcessInfo", []);
    const answer = await answerTo(attack.port, body);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /FAILED: not called: the answers before it have 8 MB/);
    assert.ok(answer.endsWith("</methodResponse>\n"));
    await attack.end();
  });
}

e2e("26 000 calls in one request are more than is read", async (rig, t) => {
  const attack = await begin(rig, t, MANY);
  const body = multicall(26_000, "supervisor.getAllProcessInfo", []);
  assert.match(await answerTo(attack.port, body), /^HTTP\/1\.1 413 /);
  await attack.end();
});

e2e("requests sent ahead behind a log tail stay in the socket", async (rig, t) => {
  const attack = await begin(rig, t);
  const headers = Array.from({ length: 900 }, (_, i) => `a${i}:b\r\n`).join("");
  const ahead = Buffer.from(`GET / HTTP/1.1\r\n${headers}\r\n`.repeat(200));
  const sockets: Socket[] = [];
  for (let i = 0; i < 65; i++) {
    const socket = await open(attack.port);
    socket.on("error", () => {});
    socket.resume();
    socket.write("GET /mainlogtail HTTP/1.1\r\n\r\n");
    socket.write(ahead);
    sockets.push(socket);
  }
  await attack.heart.beats(5);
  await attack.end();
  for (const socket of sockets) socket.destroy();
});

for (const [what, piece] of [
  ["references", "&#65;"],
  ["line ends", "\r\n"],
  ["named references", "&amp;"],
  ["Latin-1", "\xe9"],
  ["empty values", "</string></value><value><string>"],
] as const) {
  e2e(`bodies of 512 KB of ${what}, many at once, are read in turns`, async (rig, t) => {
    const attack = await begin(rig, t);
    const head =
      "<?xml version='1.0' encoding='ISO-8859-1'?><methodCall><methodName>supervisor.getState</methodName><params>" +
      "<param><value><array><data><value><string>";
    const end = "</string></value></data></array></value></param></params></methodCall>";
    const count = Math.floor((512 * MB - head.length - end.length) / piece.length);
    const body = Buffer.from(head + piece.repeat(count) + end, "latin1");
    const answers = await Promise.all(Array.from({ length: 8 }, () => answerTo(attack.port, body)));
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 (?:200|400|503) /);
    await attack.end();
  });
}

e2e("200 clients that do not read large answers are bounded together", async (rig, t) => {
  const attack = await begin(rig, t, MANY);
  rig.write("up.out", "x".repeat(6 * MB * MB));
  const sockets: Socket[] = [];
  for (let i = 0; i < 200; i++) {
    const socket = await open(attack.port);
    socket.on("error", () => {});
    socket.pause();
    const body =
      i % 2 === 0
        ? encodeCall("supervisor.readProcessStdoutLog", ["up", 0, 0])
        : multicall(400, "supervisor.getAllProcessInfo", []);
    socket.write(post(body));
    sockets.push(socket);
    if (i % 20 === 19) await attack.heart.beats(1);
  }
  const answer = await call(attack.daemon.endpoint, "supervisor.readProcessStdoutLog", [
    "up",
    0,
    0,
  ]);
  assert.ok(answer.kind === "result" && String(answer.value).length === 6 * MB * MB);
  await attack.end();
  const closed = sockets.map((socket) => (socket.closed ? null : once(socket, "close")));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
});

e2e(
  "ten reads at once of a log full of control characters are answered in turns",
  async (rig, t) => {
    const attack = await begin(rig, t);
    rig.write("up.out", "\u0001<".repeat(20 * MB * MB));
    const whole = await call(attack.port, "supervisor.readProcessStdoutLog", ["up", 0, 0]);
    assert.ok(whole.kind === "fault" && whole.text.includes("at most 8388608"));
    const body = encodeCall("supervisor.readProcessStdoutLog", ["up", 0, 8 * MB * MB]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => answerTo(attack.port, body)),
    );
    for (const answer of answers) assert.ok(answer.endsWith("</methodResponse>\n"));
    await attack.end();
  },
);

e2e("5000 programs are described in turns, to many at once", async (rig, t) => {
  const many = MANY.replace("numprocs=20", "numprocs=5000").replace(
    "%(process_num)02d",
    "%(process_num)04d",
  );
  const attack = await begin(rig, t, many);
  const bodies = ["supervisor.getAllProcessInfo", "supervisor.getAllConfigInfo"].map((method) =>
    encodeCall(method, []),
  );
  for (const body of bodies) {
    const answers = await Promise.all(Array.from({ length: 6 }, () => answerTo(attack.port, body)));
    for (const answer of answers) assert.ok(answer.endsWith("</methodResponse>\n"));
  }
  await attack.end(MOST_WITH_MANY_KB);
});

e2e("900 connections, each just below its own limits, are bounded together", async (rig, t) => {
  const attack = await begin(
    rig,
    t,
    "[program:slow]\ncommand=sleep 1000\nstartsecs=600\nautostart=false\n",
  );
  const fields = (count: number): string =>
    Array.from({ length: count }, (_, i) => `a${i}: ${"b".repeat(140)}\r\n`).join("");
  const padding = "x".repeat(60_000);
  const wait = [
    { methodName: "supervisor.startProcess", params: ["slow"] },
    { methodName: "supervisor.getProcessInfo", params: [padding] },
  ];
  const requests = [
    // A head without its end, and one of a stream that never ends, with others behind it.
    Buffer.from(`GET / HTTP/1.1\r\n${fields(95)}`),
    Buffer.from(`GET /mainlogtail HTTP/1.1\r\n${fields(95)}\r\n`.repeat(5)),
    // A body without its end, a call that waits for ten minutes, and an answer that is not read.
    post(padding).subarray(0, 59_000),
    post(encodeCall("system.multicall", [wait])),
    post(multicall(250, "supervisor.getAllConfigInfo", [])),
  ];
  const sockets: Socket[] = [];
  for (let i = 0; i < 900; i++) {
    const socket = await open(attack.port);
    socket.pause();
    socket.write(requests[i % requests.length] ?? "");
    sockets.push(socket);
  }
  await attack.heart.beats(10);
  await attack.end();
  for (const socket of sockets) socket.destroy();
});

e2e("a body that comes a byte at a time takes no more than its bytes", async (rig, t) => {
  const attack = await begin(rig, t);
  const sockets = await Promise.all(Array.from({ length: 50 }, () => open(attack.port)));
  for (const socket of sockets) {
    socket.setNoDelay(true);
    socket.write("POST /RPC2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  for (let i = 0; i < 200; i++) {
    for (const socket of sockets) socket.write("1\r\na\r\n".repeat(50));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await attack.heart.beats(3);
  await attack.end();
  for (const socket of sockets) socket.destroy();
});
