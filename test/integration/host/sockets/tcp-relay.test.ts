// A relay of TCP connections: bytes both ways, ends, errors and limits.

import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type RelayLimits, startRelay } from "../../../../src/host/sockets/tcp-relay.ts";
import { freePort } from "../../../rig/free-port.ts";
import { event, until } from "../../../rig/wait.ts";

const HOST = "127.0.0.1";

/** A relay to `port`. */
async function relayTo(t: TestContext, port: number, limits?: Partial<RelayLimits>) {
  const said: (string | null)[] = [];
  let full = 0;
  const own = await freePort();
  const reports = { target: (text: string | null) => said.push(text), full: () => (full += 1) };
  const made = await startRelay({ host: HOST, port: own }, { host: HOST, port }, reports, limits);
  assert.ok(made.ok, made.ok ? "" : made.error);
  t.after(made.value);
  const open = (): Socket => {
    const socket = connect({ host: HOST, port: own });
    socket.on("error", () => undefined);
    socket.resume();
    t.after(() => socket.destroy());
    return socket;
  };
  return { said, open, full: () => full, end: made.value, port: own };
}

/** A server, and the sockets of its connections. */
async function server(t: TestContext, serve: (socket: Socket) => void) {
  const made = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
    serve(socket);
  });
  made.listen(0, HOST);
  await event(made, "listening");
  t.after(() => made.close());
  const address = made.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  await event(socket, "end");
  return text;
}

test("bytes and the end of each side are passed on", async (t) => {
  const port = await server(t, (socket) => {
    void textOf(socket).then((text) => socket.end(`you said ${text}`));
  });
  const relay = await relayTo(t, port);
  const client = relay.open();
  client.end("hello");
  assert.equal(await textOf(client), "you said hello");
  assert.deepEqual(relay.said, [null]);
});

/** Round trips of another connection, in which a relay without limits would have taken all. */
const TRIPS = 2000;
const MB = 1024 * 1024;
const MOST = 64;

test("a side that takes nothing slows the other down, and no other connection", async (t) => {
  const sockets: Socket[] = [];
  const port = await server(t, (socket) => {
    sockets.push(socket);
    if (sockets.length > 1) socket.pipe(socket);
  });
  const relay = await relayTo(t, port);
  const client = relay.open();
  const [far] = await until(() => sockets.length === 1 && sockets, { what: "a connection" });
  const piece = Buffer.alloc(MB);
  let taken = 0;
  const write = (): void => {
    client.write(piece, () => {
      taken += 1;
      if (taken < MOST) write();
    });
  };
  write();
  const other = relay.open();
  for (let trip = 0; trip < TRIPS; trip += 1) {
    other.write("x");
    await event(other, "data");
  }
  assert.ok(taken < MOST, `${taken} MB were taken`);
  let got = 0;
  far?.on("data", (bytes: Buffer) => {
    got += bytes.length;
  });
  await until(() => got >= MOST * MB, { what: "all bytes", left: () => `${got}` });
});

test("a connection that cannot be passed on is closed, and the reason is told", async (t) => {
  const relay = await relayTo(t, await freePort());
  await event(relay.open(), "close");
  assert.deepEqual(relay.said, ["ECONNREFUSED"]);
});

test("when one side breaks, the other is closed", async (t) => {
  const sockets: Socket[] = [];
  const port = await server(t, (socket) => sockets.push(socket));
  const relay = await relayTo(t, port);
  const first = relay.open();
  const [far] = await until(() => sockets.length === 1 && sockets, { what: "a connection" });
  far?.resetAndDestroy();
  await event(first, "close");
  const second = relay.open();
  const [, other] = await until(() => sockets.length === 2 && sockets, { what: "a connection" });
  other?.resume();
  second.resetAndDestroy();
  assert.ok(other);
  await event(other, "end");
});

test("a side that keeps its end open when the other has ended is closed after a time", async (t) => {
  const sockets: Socket[] = [];
  const port = await server(t, (socket) => sockets.push(socket.resume()));
  const relay = await relayTo(t, port, { endMs: 1 });
  const client = relay.open();
  client.end();
  await event(client, "close");
  const [far] = await until(() => sockets.length === 1 && sockets, { what: "a connection" });
  if (far?.readableEnded === false) await event(far, "end");
});

test("a side that takes nothing is closed some time after the other", async (t) => {
  const closed: string[] = [];
  const port = await server(t, (socket) => {
    const piece = Buffer.alloc(MB);
    const write = (): void => {
      if (!socket.destroyed) socket.write(piece, write);
    };
    write();
    socket.on("data", () => socket.destroy()).on("close", () => closed.push("far"));
  });
  const relay = await relayTo(t, port, { most: 1, endMs: 1 });
  const client = relay.open().pause();
  client.write("end");
  await until(() => closed.length === 1, { what: "the end of the far side" });
  // There is a place for another one.
  const isPassed = async () => {
    const other = relay.open();
    const outcome = await Promise.race([
      event(other, "close").then(() => false),
      event(other, "data").then(() => true),
    ]);
    other.destroy();
    return outcome;
  };
  await until(isPassed, { what: "a place" });
});

test("more connections than may be are closed, and those before stay", async (t) => {
  const sockets: Socket[] = [];
  const port = await server(t, (socket) => sockets.push(socket));
  const relay = await relayTo(t, port, { most: 1 });
  const first = relay.open();
  await until(() => sockets.length === 1, { what: "a connection" });
  await event(relay.open(), "close");
  assert.equal(relay.full(), 1);
  assert.equal(first.destroyed, false);
  relay.end();
  await event(first, "close");
});

test("a port that is taken is an error", async (t) => {
  const relay = await relayTo(t, await freePort());
  const reports = { target: () => undefined, full: () => undefined };
  const other = await startRelay(
    { host: HOST, port: relay.port },
    { host: HOST, port: 1 },
    reports,
  );
  assert.ok(!other.ok && other.error.includes(`${relay.port}`));
});
