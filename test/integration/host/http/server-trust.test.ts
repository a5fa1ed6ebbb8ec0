// Who listens decides whether the HTTP client sends a password: root, our own user, the daemon's user, and no other user.
// What a server says, or does not say, ends in an error. (ctl-trust), (ctl-patience)

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ServerAddress } from "../../../../src/core/config/server-address.ts";
import { blockingHttpClient, httpClient } from "../../../../src/host/http/http-client.ts";
import type { HttpClient, HttpTarget } from "../../../../src/ports/http-client.ts";
import { freePort } from "../../../rig/free-port.ts";
import { asPython, NOBODY, type Stranger, withoutStranger } from "../../../rig/stranger.ts";
import { scratchDirectory } from "../processes/rig.ts";

const skip = { skip: withoutStranger };
const CLIENTS: Readonly<Record<string, HttpClient>> = {
  blocking: blockingHttpClient,
  streaming: httpClient,
};
const CREDENTIALS = { username: "admin", password: "secret" };

const SERVER = `
import socket, sys
s = socket.socket(FAMILY)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(ADDRESS)
s.listen(5)
if FAMILY == socket.AF_UNIX:
    import os
    os.chmod(ADDRESS, 0o777)
print("ready", flush=True)
while True:
    c, _ = s.accept()
    data = c.recv(65536)
    print("secret" if b"Authorization" in data else "nothing" if data == b"" else "request", flush=True)
    try: c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except OSError: pass
    c.close()
`;

async function listen(t: TestContext, address: ServerAddress, uid = NOBODY): Promise<Stranger> {
  const [family, where] =
    address.kind === "unix"
      ? ["AF_UNIX", JSON.stringify(address.path)]
      : [
          address.host.includes(":") ? "AF_INET6" : "AF_INET",
          `(${JSON.stringify(address.host)}, ${address.port})`,
        ];
  const values = `import socket\nFAMILY, ADDRESS = socket.${family}, ${where}`;
  return await asPython(t, `${values}\n${SERVER}`, uid);
}

function shared(t: TestContext): string {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o1777);
  return directory;
}

async function post(client: HttpClient, target: HttpTarget, patienceMs: number | null = 20_000) {
  const connection = client.connect(target);
  const { replies, failure } = await connection.post("/RPC2", ["<x/>"], patienceMs);
  connection.close();
  return failure ?? replies[0]?.status;
}

for (const [name, client] of Object.entries(CLIENTS)) {
  test(`${name}: another user's unix socket gets no password`, skip, async (t) => {
    const path = join(shared(t), "sock");
    const address: ServerAddress = { kind: "unix", path };
    const server = await listen(t, address);
    const outcome = await post(client, { address, credentials: CREDENTIALS });
    assert.deepEqual(outcome, {
      code: "UNTRUSTED",
      message: `user nobody (65534) listens on ${path}: the password was not sent`,
    });
    assert.equal(await server.line(), "nothing");
    assert.equal(await post(client, { address, credentials: null }), 200);
    assert.equal(await server.line(), "request");
    for (const daemonUser of ["nobody", "65534"]) {
      assert.equal(await post(client, { address, credentials: CREDENTIALS, daemonUser }), 200);
      assert.equal(await server.line(), "secret");
    }
    const other = { address, credentials: CREDENTIALS, daemonUser: "daemon" };
    assert.notEqual(await post(client, other), 200);
  });

  test(`${name}: nor does a stream`, skip, async (t) => {
    const address: ServerAddress = { kind: "unix", path: join(shared(t), "sock") };
    const server = await listen(t, address);
    const target = { address, credentials: CREDENTIALS };
    const end = await client.stream(target, "/mainlogtail", () => undefined).ended;
    assert.ok(end.kind === "failed" && end.failure.code === "UNTRUSTED");
    assert.equal(await server.line(), "nothing");
  });

  for (const host of ["127.0.0.1", "::1"]) {
    test(`${name}: another user's port at ${host} gets no password`, skip, async (t) => {
      const address: ServerAddress = { kind: "tcp", host, port: await freePort() };
      const server = await listen(t, address);
      const outcome = await post(client, { address, credentials: CREDENTIALS });
      assert.deepEqual(outcome, {
        code: "UNTRUSTED",
        message: `user nobody (65534) listens on port ${address.port}: the password was not sent`,
      });
      assert.equal(await server.line(), "nothing");
      const known = { address, credentials: CREDENTIALS, daemonUser: "nobody" };
      assert.equal(await post(client, known), 200);
      assert.equal(await server.line(), "secret");
    });
  }

  test(
    `${name}: root's server gets it, and one in a directory of its user's own`,
    skip,
    async (t) => {
      const directory = join(shared(t), "own");
      const path = join(scratchRoot(t), "own/sock");
      mkdirSync(join(path, ".."));
      chownSync(join(path, ".."), NOBODY, NOBODY);
      const own = await listen(t, { kind: "unix", path });
      const target = { address: { kind: "unix", path }, credentials: CREDENTIALS } as const;
      assert.equal(await post(client, target), 200);
      assert.equal(await own.line(), "secret");
      mkdirSync(directory);
      chownSync(directory, NOBODY, NOBODY);
      const lure: ServerAddress = { kind: "unix", path: join(directory, "sock") };
      await listen(t, lure);
      const failure = await post(client, { address: lure, credentials: CREDENTIALS });
      assert.ok(typeof failure === "object" && failure.code === "UNTRUSTED", "made in /tmp");
      const roots: ServerAddress = { kind: "unix", path: join(directory, "root") };
      const server = await listen(t, roots, 0);
      assert.equal(await post(client, { address: roots, credentials: CREDENTIALS }), 200);
      assert.equal(await server.line(), "secret");
    },
  );

  test(`${name}: another user who calls sends root's daemon the password`, skip, async (t) => {
    const address: ServerAddress = { kind: "unix", path: join(shared(t), "sock") };
    const server = await listen(t, address, 0);
    process.seteuid?.(1);
    try {
      assert.equal(await post(client, { address, credentials: CREDENTIALS }), 200);
      assert.equal(await server.line(), "secret");
    } finally {
      process.seteuid?.(0);
    }
  });

  test(`${name}: a silent server, and one that drips, end in an error`, async (t) => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    for (const [first, drip] of [
      ["", 'b""'],
      [head, 'b"x"'],
      ["HTTP/1.1 200 OK\r\n", 'b"x"'],
    ] as const) {
      const address = await talking(t, first, drip);
      const outcome = await post(client, { address, credentials: CREDENTIALS }, 1500);
      assert.deepEqual(outcome, {
        code: "SILENT",
        message: "the server did not answer within 1.5 seconds",
      });
    }
  });

  test(`${name}: an answer without an end is cut off`, async (t) => {
    const address = await talking(t, "HTTP/1.0 200 OK\r\n\r\n", 'b"x" * 1000000');
    const outcome = await post(client, { address, credentials: null }, 120_000);
    assert.deepEqual(outcome, {
      code: "TOO_LARGE",
      message: "the server's answer is larger than 256 MB",
    });
  });
}

/** Below root's directories only: /tmp is everybody's. */
function scratchRoot(t: TestContext): string {
  const directory = mkdtempSync("/run/tsv-test-");
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A server that says `first`, then `drip` ever again. */
async function talking(t: TestContext, first: string, drip: string): Promise<ServerAddress> {
  const path = join(scratchDirectory(t), "sock");
  await asPython(
    t,
    `
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind(${JSON.stringify(path)})
s.listen(5)
print("ready", flush=True)
drip = ${drip}
while True:
    c, _ = s.accept()
    try:
        c.sendall(${JSON.stringify(first)}.encode())
        while True:
            c.sendall(drip)
            if len(drip) < 2: time.sleep(0.1)
    except OSError:
        pass`,
    process.geteuid?.() ?? 0,
  );
  return { kind: "unix", path };
}
