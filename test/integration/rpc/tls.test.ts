// Servers that speak TLS, with certificates that openssl makes: handshakes, limits, certificates of clients, and renewed ones.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { HttpLimits } from "../../../src/host/http/http-limits.ts";
import type { HttpHandler, HttpSink } from "../../../src/ports/http-server.ts";
import { FakeActivityLog } from "../../fakes/logs-api.ts";
import { issued, type Pair, selfSigned, withoutOpenssl } from "../../rig/certificates.ts";
import { event, until } from "../../rig/wait.ts";
import { type Address, dial, exchange, readAll, readUntil, serveOn } from "./server-rig.ts";

const GET = "GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const LARGE = Buffer.alloc(3_000_000, "0123456789abcdef");

describe("a server that speaks TLS (tls)", { skip: withoutOpenssl() }, () => {
  let directory = "";
  let authority: Pair;
  let server: Pair;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "tsv-tls-"));
    authority = selfSigned(directory, "authority");
    server = issued(directory, "server", authority);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** The files that a server uses, which a test may replace. */
  const installed = (name: string, pair: Pair): Pair => {
    const files = { cert: join(directory, `${name}.cert`), key: join(directory, `${name}.k`) };
    copyFileSync(pair.cert, files.cert);
    copyFileSync(pair.key, files.key);
    return files;
  };

  interface Started {
    readonly log: FakeActivityLog;
    readonly address: Address;
    readonly sinks: HttpSink[];
    readonly stop: () => Promise<void>;
  }

  const start = async (
    files: Pair,
    clientCa: string | null = null,
    limits: Partial<HttpLimits> = {},
  ): Promise<Started> => {
    const log = new FakeActivityLog();
    const sinks: HttpSink[] = [];
    const handler: HttpHandler = async ({ target, peer }) => {
      if (target === "/stream") {
        return { kind: "stream", headers: [], open: (sink) => void sinks.push(sink), closed() {} };
      }
      const body = target === "/large" ? LARGE : `hello ${peer.address}\n`;
      return { kind: "whole", status: 200, headers: [], body };
    };
    const { address, stop } = await serveOn("tcp", handler, log, limits, { ...files, clientCa });
    return { log, address, sinks, stop };
  };

  const secure = (address: Address, options: ConnectionOptions = {}): TLSSocket => {
    const socket = connect({
      ...address,
      ca: readFileSync(authority.cert),
      servername: "localhost",
      ...options,
    });
    socket.on("error", () => socket.destroy());
    return socket;
  };

  const get = async (address: Address, options: ConnectionOptions = {}, request = GET) => {
    const socket = secure(address, options);
    const answer = readAll(socket);
    socket.write(request);
    return await answer;
  };

  const serialOf = async (address: Address): Promise<string> => {
    const socket = secure(address, { rejectUnauthorized: false });
    await event(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  it("answers small and large requests, and streams", async () => {
    const { address, sinks, stop } = await start(server);
    assert.match(await get(address), /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello 127\.0\.0\.1\n$/);
    const large = await get(address, {}, GET.replace("small", "large"));
    assert.equal(large.slice(large.indexOf("\r\n\r\n") + 4), String(LARGE));
    const stream = secure(address);
    const begun = readUntil(stream, /\r\n\r\n/);
    stream.write(GET.replace("small", "stream"));
    await begun;
    const first = readUntil(stream, /first/);
    await until(() => sinks.length === 1, { what: "the stream" });
    sinks[0]?.write(Buffer.from("first"));
    await first;
    stream.destroy();
    await stop();
  });

  it("does not speak TLS 1.1", async () => {
    const { address, stop } = await start(server);
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" } as const;
    assert.equal(await get(address, old), "");
    await stop();
  });

  it("tells a client without TLS what to write", async () => {
    const { address, stop } = await start(server);
    const answer = await exchange(address, GET);
    assert.match(answer, /^HTTP\/1\.1 400 TLS Required\r\n/);
    assert.match(answer, /write https:\/\/ in the address/);
    await stop();
  });

  it("closes connections whose handshake does not end, and what is no handshake", async () => {
    const { address, stop } = await start(server, null, { handshakeMs: 50 });
    assert.equal(await readAll(await dial(address)), "");
    const half = await dial(address);
    const end = readAll(half);
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    assert.equal(await end, "");
    await exchange(address, Buffer.from([0x16, 0x03, 0x01, 0x00, 0x02, 0xff, 0xff, 0xff]));
    await exchange(address, Buffer.from([0xff, 0xff, 0xff]));
    await stop();
  });

  it("counts connections in their handshake among all", async () => {
    const { address, stop } = await start(server, null, { maxConnections: 2 });
    const first = await dial(address);
    const gone = readAll(first);
    const second = await dial(address);
    assert.match(await get(address), /hello/);
    assert.equal(await gone, "");
    second.destroy();
    await stop();
  });

  it("requires a certificate of an authority for clients", async () => {
    const { address, stop } = await start(server, authority.cert);
    const other = selfSigned(directory, "other");
    const stranger = issued(directory, "stranger", other);
    const expired = issued(directory, "gone", authority, { days: -1 });
    const show = ({ cert, key }: Pair) => ({ cert: readFileSync(cert), key: readFileSync(key) });
    assert.equal(await get(address), "");
    assert.equal(await get(address, show(stranger)), "");
    assert.equal(await get(address, show(expired)), "");
    assert.match(await get(address, show(server)), /hello/);
    await stop();
  });

  it("uses a renewed certificate for new connections, and keeps open ones", async () => {
    const files = installed("renewed", server);
    const { address, log, sinks, stop } = await start(files);
    const before = await serialOf(address);
    const stream = secure(address);
    const begun = readUntil(stream, /\r\n\r\n/);
    stream.write(GET.replace("small", "stream"));
    await begun;
    const next = selfSigned(directory, "next");
    installed("renewed", next);
    const after = await until(
      async () => {
        const serial = await serialOf(address);
        return serial === before ? undefined : serial;
      },
      { what: "the renewed certificate" },
    );
    assert.notEqual(after, before);
    assert.ok(log.lines.includes(`INFO the changed certificate ${files.cert} is in use now`));
    const more = readUntil(stream, /still here/);
    sinks[0]?.write(Buffer.from("still here"));
    await more;
    stream.destroy();
    await stop();
  });

  it("keeps the certificate when a changed one cannot be used, and says so once", async () => {
    const files = installed("broken", server);
    const { address, log, stop } = await start(files);
    const before = await serialOf(address);
    copyFileSync(selfSigned(directory, "unfit").cert, files.cert);
    const warnings = () => log.lines.filter((line) => line.startsWith("WARN"));
    const reported = await until(
      async () => {
        assert.equal(await serialOf(address), before);
        return warnings().length > 0 ? warnings() : undefined;
      },
      { what: "the warning" },
    );
    const problem = `the key in ${files.key} is not that of the certificate in ${files.cert}`;
    assert.deepEqual(reported, [`WARN the certificate before stays in use: ${problem}`]);
    writeFileSync(files.cert, "nonsense");
    await until(
      async () => {
        assert.equal(await serialOf(address), before);
        return warnings().length === 2;
      },
      { what: "the second warning" },
    );
    assert.match(warnings()[1] ?? "", /broken\.cert has no certificate in PEM form$/);
    await stop();
  });

  it("refuses connections until there is a certificate", async () => {
    const files = { cert: join(directory, "late.cert"), key: join(directory, "late.k") };
    const { address, log, stop } = await start(files);
    assert.equal(await get(address), "");
    assert.match(log.lines[0] ?? "", /^CRIT no connection is accepted .*late\.cert .*: ENOENT$/);
    installed("late", server);
    await until(async () => (await get(address)) !== "", { what: "an answer" });
    await stop();
  });
});
