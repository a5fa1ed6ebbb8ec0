// Claiming ports: taken ones name their holder, impossible ones say why.

import assert from "node:assert/strict";
import { closeSync } from "node:fs";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { SocketConfig } from "../../../../src/core/config/model.ts";
import { createProgramSockets } from "../../../../src/host/sockets/program-sockets.ts";
import { BIND_ONLY, claimTcpSocket } from "../../../../src/host/sockets/tcp-sockets.ts";

const IN_USE =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

test("a port is claimed, and a taken one names its holder", async () => {
  const first = await claimTcpSocket({ host: "127.0.0.1", port: 0, backlog: 8 });
  assert.ok(first.ok);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ fd: first.value.fd }, resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const { port } = address;
  const second = await claimTcpSocket({ host: "127.0.0.1", port, backlog: 8 });
  assert.ok(!second.ok);
  assert.equal(second.error.summary, IN_USE);
  assert.match(second.error.detail, new RegExp(`process ${process.pid} \\(`));
  await new Promise((resolve) => server.close(resolve));
});

test("a name is resolved, and a foreign address is an error", async () => {
  const named = await claimTcpSocket({ host: "localhost", port: 0, backlog: 8 });
  assert.ok(named.ok);
  closeSync(named.value.fd);
  const foreign = await claimTcpSocket({ host: "192.0.2.1", port: 0, backlog: 8 });
  assert.ok(!foreign.ok);
  assert.match(foreign.error.summary, /errno.EADDRNOTAVAIL/);
});

test("an address is tried without listening there, and is free afterwards", async () => {
  const sockets = createProgramSockets();
  const at = (host: string, port: number): SocketConfig => ({
    ...{ url: "", address: { kind: "tcp", host, port } },
    ...{ backlog: null, owner: null, mode: null },
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const config = at("localhost", address.port);
  const taken = sockets.probe(config);
  assert.ok(!taken.ok);
  assert.match(taken.error, /is already listening on .* ss -ltnp shows who listens\.$/);
  await new Promise((resolve) => server.close(resolve));
  for (let round = 0; round < 2; round += 1) assert.deepEqual(sockets.probe(config), ok("free"));
  const bound = await claimTcpSocket({ host: "127.0.0.1", port: address.port, backlog: BIND_ONLY });
  assert.ok(bound.ok);
  const refused = connect(address.port, "127.0.0.1");
  const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) =>
    refused.once("error", (thrown) => resolve([thrown])),
  );
  assert.equal(error.code, "ECONNREFUSED");
  closeSync(bound.value.fd);
  assert.deepEqual(sockets.probe(at("example.test", 1)), ok("untried"));
});
