// Checks of TCP ports: addresses, names, and a name server that does not answer.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { errnoName, posix } from "../../../../src/host/posix.ts";
import { freePort } from "../../../rig/free-port.ts";
import { ask, checkerOf, hanging, tcp } from "./rig.ts";

test("tcp: a connection passes, and is closed at once", async () => {
  await using rig = hanging();
  const port = await rig.listen();
  const accepted = once(rig.server, "connection");
  assert.deepEqual(await ask(tcp(port)), { ok: true, text: "connected" });
  await accepted;
  await rig.drained();
});

test("tcp: a port that nothing listens on refuses", async () => {
  const port = await freePort();
  assert.deepEqual(await ask(tcp(port)), { ok: false, text: "connection refused" });
  const localhost = await ask(tcp(port, "localhost"));
  assert.deepEqual(localhost, { ok: false, text: "connection refused" });
});

test("tcp: a connection of a port to itself is none", async () => {
  const port = await freePort();
  // The kernel does this now and then where it hands out the port by itself.
  const host = "127.0.0.1";
  const socket = connect({ host, port, localAddress: host, localPort: port });
  await once(socket, "connect");
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } };
  assert.equal(errnoName(posix().connectOutcome(handle.fd)), "ECONNREFUSED");
  socket.destroy();
  await once(socket, "close");
  await using rig = hanging();
  await rig.listen(host, port);
});

test("tcp: localhost is 127.0.0.1, then ::1, without a lookup", async (t) => {
  const noLookup = checkerOf(() => Promise.reject(new Error("looked up")));
  await using four = hanging();
  const port = await four.listen();
  assert.equal((await ask(tcp(port, "localhost"), 10_000, noLookup)).ok, true);
  await using six = hanging();
  try {
    const port6 = await six.listen("::1");
    assert.equal((await ask(tcp(port6, "localhost"), 10_000, noLookup)).ok, true);
    assert.equal((await ask(tcp(port6, "::1"), 10_000, noLookup)).ok, true);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRNOTAVAIL") throw error;
    t.diagnostic("no ::1 here");
  }
});

test("tcp: each address of a name is tried", async () => {
  await using rig = hanging();
  const port = await rig.listen();
  const named = checkerOf(async (host) => (host === "db" ? ["127.0.0.2", "127.0.0.1"] : []));
  assert.equal((await ask(tcp(port, "db"), 10_000, named)).ok, true);
  const refused = await ask(tcp(await freePort(), "db"), 10_000, named);
  assert.equal(refused.text, "connection refused");
  assert.equal((await ask(tcp(port, "lost"), 10_000, named)).text, "unknown host name");
});

test("tcp: a name that the resolver of this host does not know", async () => {
  const unknown = await ask(tcp(80, "tsv-test.invalid"), 60_000);
  assert.equal(unknown.ok, false);
  assert.match(unknown.text, /^(?:unknown host name|lookup of the host name failed: EAI_\w+)$/);
});

test("tcp: names that hang leave lookups to other programs, and /etc/hosts to all", async () => {
  await using alive = hanging();
  const port = await alive.listen();
  const asked: string[] = [];
  const find = (host: string): Promise<readonly string[]> => {
    asked.push(host);
    return host.startsWith("slow") ? new Promise(() => {}) : Promise.resolve(["127.0.0.1"]);
  };
  const by = checkerOf(find, "127.0.0.1 near Db # not\n");
  const slow = [1, 2, 3, 4].map((n) => ask(tcp(port, `slow${n}`), 500, by, "a"));
  assert.equal((await ask(tcp(port, "other"), 10_000, by, "b")).ok, true);
  assert.equal((await ask(tcp(port, "db"), 10_000, by, "a")).ok, true, "of the program that waits");
  assert.equal((await ask(tcp(port, "not"), 100, by, "a")).ok, false);
  assert.deepEqual(asked, ["slow1", "slow2", "other"]);
  for (const { ok } of await Promise.all(slow)) assert.equal(ok, false);
});

test("tcp: a lookup gives its place back, also while others wait for the same name", async () => {
  await using alive = hanging();
  const port = await alive.listen();
  const answered: (() => void)[] = [];
  const by = checkerOf((host) =>
    host.startsWith("slow")
      ? new Promise((resolve) => answered.push(() => resolve(["127.0.0.1"])))
      : Promise.resolve(["127.0.0.1"]),
  );
  const asks = ["slow1", "slow2", "slow3"].map((name) => ask(tcp(port, name), 10_000, by));
  const same = ask(tcp(port, "slow3"), 10_000, by, "b");
  for (let n = 0; n < 3; n++) {
    for (const answer of answered.splice(0)) answer();
    await new Promise(setImmediate);
  }
  for (const outcome of await Promise.all([...asks, same])) assert.equal(outcome.ok, true);
  for (let n = 0; n < 4; n++) assert.equal((await ask(tcp(port, "near"), 10_000, by)).ok, true);
});

test("tcp: a lookup that hangs counts, and takes half of the threads for all names", async () => {
  await using alive = hanging();
  const port = await alive.listen();
  const asked: string[] = [];
  const stuck = checkerOf((host) => {
    asked.push(host);
    return new Promise(() => {});
  });
  const names = ["a", "b", "a", "c"];
  const outcomes = await Promise.all(names.map((name) => ask(tcp(port, name), 100, stuck)));
  for (const { ok, text } of outcomes) {
    assert.equal(ok, false);
    assert.equal(text, "no answer from the name server within 100ms");
  }
  assert.equal((await ask(tcp(port), 10_000, stuck)).ok, true, "an address needs no name server");
  assert.equal((await ask(tcp(port, "d"), 100, stuck)).ok, false);
  assert.deepEqual(asked, ["a", "b"]);
});
