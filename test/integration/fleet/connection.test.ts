// Connections to a real nats-server: made, refused, lost and made again.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nkeys } from "@nats-io/transport-node";
import { callsSubject, devicePermissions, inboxOf } from "../../../src/core/fleet/subjects.ts";
import { connect, type Session, stayConnected } from "../../../src/fleet/nats/connection.ts";
import { selfSigned } from "../../rig/certificates.ts";
import { freePort } from "../../rig/free-port.ts";
import { EVERYTHING, startNats, withoutNats } from "../../rig/nats-server.ts";
import { event, until, within } from "../../rig/wait.ts";

const skip = withoutNats();

async function hub(t: TestContext, options = {}) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  const server = await startNats(directory, options);
  t.after(async () => {
    await server.kill();
    rmSync(directory, { recursive: true });
  });
  return { directory, server };
}

async function opened(...args: Parameters<typeof connect>): Promise<Session> {
  const made = await connect(...args);
  assert.ok(made.ok, made.ok ? "" : made.error.text);
  return made.value;
}

/** What failed, and on which object. */
async function failure(...args: Parameters<typeof connect>) {
  const made = await connect(...args);
  assert.ok(!made.ok, "there is a connection");
  return made.error;
}

const text = (data: Uint8Array) => new TextDecoder().decode(data);

test("members talk over TLS, and a request says why it has no answer", { skip }, async (t) => {
  const { server } = await hub(t);
  const denials: string[] = [];
  const ann = await opened(await server.admit("ann", EVERYTHING));
  const pi = await opened(
    await server.admit("pi", {
      ...devicePermissions("pi"),
      publish: ["_INBOX_ann.>", ...devicePermissions("pi").publish],
    }),
    (said) => denials.push(said),
  );
  pi.subscribe(callsSubject("pi"), ({ reply, data, header }) => {
    if (reply !== null) pi.publish(reply, `${text(data)} ${header("tsv-word")}`);
  });
  await pi.nats.flush();
  const answer = await ann.request("tsv.call.pi.read.ann.1", "hello", 10_000, {
    "Tsv-Word": "you",
  });
  assert.equal(answer.ok && text(answer.value.data), "hello you");
  const failed = async (session: Session, subject: string, ms = 10_000) => {
    const request = await session.request(subject, "", ms);
    return request.ok ? "answered" : request.error;
  };
  assert.equal(await failed(ann, "tsv.call.other.read.ann.1"), "no-responders");
  assert.equal(await failed(pi, "tsv.call.other.read.ann.1"), "denied");
  pi.subscribe("tsv.call.other.>", () => undefined);
  await until(() => denials.length === 2, { what: "two denials" });
  assert.deepEqual(denials, [
    "the hub does not permit this key to publish to tsv.call.other.read.ann.1",
    "the hub does not permit this key to subscribe to tsv.call.other.>",
  ]);
  const waiting = failed(pi, "tsv.event.pi", 100_000);
  await pi.close();
  assert.ok(["lost", "no-responders"].includes(await waiting));
  assert.equal(await pi.ended, null);
  await ann.close();
});

test("a failed connection says which file or host failed", { skip }, async (t) => {
  const { directory, server } = await hub(t);
  const member = await server.admit("ann", EVERYTHING);
  const stranger = selfSigned(directory, "stranger").cert;
  const file = (name: string, content: string | Uint8Array, mode = 0o600) => {
    writeFileSync(join(directory, name), content, { mode });
    return join(directory, name);
  };
  const unknown = file("unknown.nk", nkeys.createUser().getSeed());
  const port = await freePort();
  const plain = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  t.after(() => plain.close());
  const address = plain.address();
  const other = typeof address === "object" ? address?.port : 0;
  for (const [change, kind, words] of [
    [{ key: join(directory, "absent") }, "key", /absent cannot be read: ENOENT$/],
    [{ key: file("bad.nk", "SUNOTASEED") }, "key", /bad\.nk has no seed of an nkey$/],
    [{ key: file("open.nk", "x", 0o644) }, "key", /^all users can read /],
    [{ ca: join(directory, "absent") }, "ca", /absent cannot be read: /],
    [{ ca: stranger }, "certificate", /^the hub's certificate is not accepted: [A-Z_]+$/],
    [{ url: server.url.replace("127.0.0.1", "127.0.0.2") }, "unreachable", /ECONNREFUSED$/],
    [
      { url: `tls://127.0.0.1:${port}` },
      "unreachable",
      /^the hub cannot be reached: ECONNREFUSED$/,
    ],
    [{ url: `tls://127.0.0.1:${other}` }, "protocol", /^the hub cannot be spoken to: /],
    [{ key: unknown }, "refused", /^the hub does not accept the key$/],
  ] as const) {
    const found = await failure({ ...member, ...change });
    assert.equal(found.kind, kind, found.text);
    assert.match(found.text, words);
  }
});

/** A proxy of a server, which treats its first connection in a way of its own. @returns its port, and how many connections it has had */
async function proxyOf(
  t: TestContext,
  { port }: { readonly port: number },
  first: (socket: Socket, onward: Socket) => void,
) {
  let count = 0;
  const proxy = createServer((socket) => {
    const onward = connectSocket(port, "127.0.0.1");
    for (const each of [socket, onward]) each.on("error", () => each.destroy());
    onward.pipe(socket);
    count += 1;
    if (count > 1) socket.pipe(onward);
    else first(socket, onward);
  });
  await event(proxy.listen(0, "127.0.0.1"), "listening");
  t.after(() => proxy.close());
  return { port: (proxy.address() as AddressInfo).port, count: () => count };
}

test("a key is accepted although the hub reads its users meanwhile", { skip }, async (t) => {
  const { server } = await hub(t, { isTls: false });
  const member = await server.admit("ann", EVERYTHING);
  // What the first connection says arrives after nats-server has read its users again.
  const proxy = await proxyOf(t, server, (socket, onward) => {
    onward.once("data", () => {
      void server.admit("ben", EVERYTHING).then(() => socket.pipe(onward));
    });
  });
  const session = await opened({ ...member, url: `nats://127.0.0.1:${proxy.port}` });
  assert.equal(proxy.count(), 2);
  await session.close();
});

test("a hub that refuses in the middle of a handshake is asked again", { skip }, async (t) => {
  const { server } = await hub(t);
  const member = await server.admit("ann", EVERYTHING);
  const proxy = await proxyOf(t, server, (socket) => {
    socket.once("data", () => socket.end("-ERR 'Authorization Violation'\r\n"));
  });
  const session = await opened({ ...member, url: `tls://127.0.0.1:${proxy.port}` });
  assert.equal(proxy.count(), 2);
  await session.close();
});

test("the certificate must name the host of the URL", { skip }, async (t) => {
  const { server } = await hub(t);
  const member = await server.admit("ann", EVERYTHING);
  const named = await opened({ ...member, url: `tls://localhost:${server.port}` });
  await named.close();
  const found = await failure({ ...member, url: server.url, ca: null });
  assert.equal(found.kind, "certificate");
});

test("through a relay, the certificate must still name the host of the URL", {
  skip,
}, async (t) => {
  const { server } = await hub(t);
  const member = await server.admit("ann", EVERYTHING);
  const through = `127.0.0.1:${server.port}`;
  await (await opened({ ...member, url: "tls://localhost:1", through })).close();
  const found = await failure({ ...member, url: "tls://hub.invalid", through });
  assert.equal(found.kind, "certificate", found.text);
});

test("a hub without TLS is not spoken to where TLS is wanted", { skip }, async (t) => {
  const { server } = await hub(t, { isTls: false });
  const member = await server.admit("ann", EVERYTHING);
  await (await opened(member)).close();
  const found = await failure({ ...member, url: `tls://127.0.0.1:${server.port}` });
  assert.equal(found.kind, "protocol");
});

test("a link tells once that it is lost, why attempts fail, and when it is back", {
  skip,
}, async (t) => {
  const { server } = await hub(t);
  // Without any user, nats-server asks for no key.
  await server.admit("other", devicePermissions("other"));
  const member = await server.admit("pi", devicePermissions("pi"));
  const said: string[] = [];
  let session: Session | null = null;
  const stop = stayConnected(
    member,
    {
      connected: (made) => {
        session = made;
        said.push("connected");
      },
      lost: () => said.push("lost"),
      failed: ({ kind }) => said.push(kind),
      denied: (words) => said.push(words),
    },
    () => 1,
  );
  const heard = (...words: readonly string[]) =>
    until(() => said.join() === words.join(), { what: words.join(), left: () => said.join() });
  await heard("connected");
  await server.kill();
  await heard("connected", "lost", "unreachable");
  const before = session;
  await server.start();
  await heard("connected", "lost", "unreachable", "connected");
  assert.notEqual(session, before);
  await server.expel("pi");
  await heard("connected", "lost", "unreachable", "connected", "lost", "refused");
  await within(stop(), { what: "the end of the link" });
});

test("a connection that answers nothing is given up with all that waits", { skip }, async (t) => {
  const { server } = await hub(t);
  const member = await server.admit("pi", { ...devicePermissions("pi"), publish: [">"] });
  // A proxy that takes no more bytes, as a link does that was cut.
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const upstream = new (client.constructor as typeof Socket)().connect(server.port, "127.0.0.1");
    sockets.push(client, upstream);
    for (const each of [client, upstream]) each.on("error", () => undefined);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const each of sockets) each.destroy();
    proxy.close();
  });
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : 0;
  const session = await opened({ ...member, url: `tls://127.0.0.1:${port}` });
  for (const each of sockets) each.unpipe().pause();
  for (let n = 0; n < 100; n++) session.publish("x", new Uint8Array(500_000));
  const request = session.request(`tsv.call.x.read.${inboxOf("x")}.1`, "", 600_000);
  session.giveUp("no answer");
  assert.equal(await within(session.ended, { what: "the end of the session" }), "no answer");
  assert.equal((await request).ok, false);
});

test("an attempt that gets no answer keeps no socket", { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "tsv-nats-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => silent.close());
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : 0;
  const key = join(directory, "k");
  writeFileSync(key, nkeys.createUser().getSeed(), { mode: 0o600 });
  const arrived = event(silent, "connection");
  const member = {
    url: `tls://127.0.0.1:${port}`,
    key,
    ca: null,
    name: "x",
    inboxPrefix: "_INBOX_x",
  };
  const attempt = connect(member, () => undefined, 5000);
  const [socket] = (await arrived) as [Socket];
  const closed = event(socket, "close");
  socket.resume();
  const made = await attempt;
  assert.equal(!made.ok && made.error.kind, "unreachable");
  await closed;
});
