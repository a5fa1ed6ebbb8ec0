// The HTTP client over TLS: which certificates it accepts, and what it says of others.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import {
  BAD_FILE,
  certificateProblem,
  isClientRefused,
  isNoTls,
  OTHER_CERTIFICATE,
  TLS_NEEDED,
  type TlsAccess,
} from "../../../../src/core/net/certificates.ts";
import { httpClient } from "../../../../src/host/http/http-client.ts";
import { FakeActivityLog } from "../../../fakes/logs-api.ts";
import { issued, type Pair, selfSigned, withoutOpenssl } from "../../../rig/certificates.ts";
import { event } from "../../../rig/wait.ts";
import { serveOn } from "../../rpc/server-rig.ts";

describe("the HTTP client over TLS (tls-client)", { skip: withoutOpenssl() }, () => {
  let directory = "";
  let authority: Pair;
  let server: Pair;
  /** Ends the servers of a test. One that a failed test left open would keep the process. */
  let stops: (() => unknown)[] = [];

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "tsv-tls-client-"));
    authority = selfSigned(directory, "authority");
    server = issued(directory, "server", authority, { names: "DNS:localhost" });
  });
  afterEach(async () => {
    const all = stops;
    stops = [];
    for (const stop of all) await stop();
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const trusting = (file: string | null): TlsAccess => ({
    trust: { kind: "authorities", file },
    identity: null,
  });

  const post = async (port: number, tls: TlsAccess, host = "localhost", isTls = true) => {
    const target = { address: { kind: "tcp", host, port, isTls }, credentials: null, tls } as const;
    const connection = httpClient.connect(target);
    const { replies, failure } = await connection.post("/RPC2", ["<x/>"]);
    connection.close();
    const [reply] = replies;
    if (reply?.status === 200) return String(Buffer.from(reply.body));
    return reply?.reason ?? failure?.code ?? "";
  };

  const serve = async (files: Pair, clientCa: string | null = null) => {
    const handler = async () => ({ kind: "whole", status: 200, headers: [], body: "ok" }) as const;
    const tls = { ...files, clientCa };
    const { address, stop } = await serveOn("tcp", handler, new FakeActivityLog(), {}, tls);
    stops.push(stop);
    return "port" in address ? address.port : 0;
  };

  it("accepts a certificate of an authority for the name of the server", async () => {
    const port = await serve(server);
    assert.equal(await post(port, trusting(authority.cert)), "ok");
    const asked = await post(port, trusting(authority.cert), "127.0.0.1");
    assert.equal(certificateProblem(asked)?.problem, "is for other names");
    const unknown = await post(port, trusting(null));
    assert.match(certificateProblem(unknown)?.problem ?? unknown, /^is signed by an authority/);
    assert.equal(await post(port, trusting(join(directory, "none"))), BAD_FILE);
    assert.equal(await post(port, trusting(server.key)), BAD_FILE);
    assert.equal(await post(port, trusting(authority.cert), "localhost", false), TLS_NEEDED);
  });

  it("explains a certificate that has expired, and one that signs itself", async () => {
    const expired = await serve(issued(directory, "expired", authority, { days: -1 }));
    const own = await serve(selfSigned(directory, "own"));
    const codes = [
      await post(expired, trusting(authority.cert)),
      await post(own, trusting(authority.cert)),
    ];
    assert.deepEqual(
      codes.map((code) => certificateProblem(code)?.problem),
      ["has expired", "is self-signed"],
    );
    assert.equal(await post(own, trusting(join(directory, "own.pem"))), "ok");
  });

  it("accepts exactly the certificate of a file, whatever its names", async () => {
    const port = await serve(server);
    const pinned = (file: string): TlsAccess => ({
      trust: { kind: "certificate", file },
      identity: null,
    });
    assert.equal(await post(port, pinned(server.cert), "127.0.0.1"), "ok");
    assert.equal(await post(port, pinned(authority.cert)), OTHER_CERTIFICATE);
  });

  it("shows a certificate to a server that requires one", async () => {
    const port = await serve(server, authority.cert);
    const access = trusting(authority.cert);
    const refused = await post(port, access);
    assert.ok(isClientRefused(refused), refused);
    assert.equal(await post(port, { ...access, identity: server }), "ok");
  });

  it("notices a server that does not speak TLS", async () => {
    const plain = createTcpServer((socket) => {
      stops.push(() => socket.destroy());
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    stops.push(() => plain.close());
    await event(plain.listen(0, "127.0.0.1"), "listening");
    const address = plain.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const code = await post(port, trusting(null), "127.0.0.1");
    assert.ok(isNoTls(code), code);
  });
});
