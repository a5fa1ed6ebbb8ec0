// Addresses of control servers: the meaning of a URL, and the URL of a server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerConfig } from "../../../../src/core/config/model.ts";
import {
  firstServer,
  readServerUrl,
  serverUrlForPrograms,
  serverUrlOf,
  socketPathOf,
} from "../../../../src/core/config/server-address.ts";

function placeOf(url: string): unknown {
  const read = readServerUrl(url);
  return read.ok ? read.value : read.error;
}

describe("a serverurl", () => {
  test("names a socket or a port", () => {
    assert.deepEqual(placeOf("unix:///run/s"), { kind: "unix", path: "/run/s" });
    assert.deepEqual(placeOf("http://h:9001/RPC2"), { kind: "tcp", host: "h", port: 9001 });
    assert.deepEqual(placeOf("http://u:p@h"), { kind: "tcp", host: "h", port: 80 });
    assert.deepEqual(placeOf("http://h:80"), { kind: "tcp", host: "h", port: 80 });
    assert.deepEqual(placeOf("http://[::1]:9001"), { kind: "tcp", host: "::1", port: 9001 });
    const tls = { kind: "tcp", isTls: true } as const;
    assert.deepEqual(placeOf("https://h/x"), { ...tls, host: "h", port: 443 });
    assert.deepEqual(placeOf("https://[::1]:9001"), { ...tls, host: "::1", port: 9001 });
  });

  test("that cannot be used is an error in Supervisor's words", () => {
    assert.equal(placeOf("foo"), "Unknown protocol for serverurl foo");
    assert.equal(placeOf("ftp://h:1"), "Unknown protocol for serverurl ftp://h:1");
    assert.equal(placeOf("https://:9001"), "No host in serverurl https://:9001");
    assert.equal(placeOf("http://:9001"), "No host in serverurl http://:9001");
    assert.equal(placeOf("http://h:x"), "Port could not be cast to integer value as 'x'");
    assert.equal(placeOf("http://h:70000"), "Port out of range 0-65535");
  });

  test("has a path only where it is a socket's", () => {
    assert.equal(socketPathOf("unix:///run/s"), "/run/s");
    assert.equal(socketPathOf("http://h:1"), null);
  });
});

const UNIX = { kind: "unix", path: "/run/s" } as ServerConfig;
const inet = (host: string): ServerConfig => ({ kind: "inet", host, port: 9001 }) as ServerConfig;

describe("the URL of a server", () => {
  test("leads clients of this host there", () => {
    assert.equal(serverUrlOf(UNIX), "unix:///run/s");
    assert.equal(serverUrlOf(inet("example.org")), "http://example.org:9001");
    for (const any of ["", "0.0.0.0", "::"]) {
      assert.equal(serverUrlOf(inet(any)), "http://localhost:9001");
    }
    const secure = { ...inet("h"), sslCert: "/c.pem" } as ServerConfig;
    assert.equal(serverUrlOf(secure), "https://h:9001");
    assert.equal(serverUrlForPrograms([secure]), "https://h:9001");
    assert.deepEqual(placeOf(serverUrlOf(inet("::1"))), { kind: "tcp", host: "::1", port: 9001 });
  });

  test("is for programs that of the first unix server, else of the first, as Supervisor writes it (ipv6-url)", () => {
    assert.equal(firstServer([inet("h"), UNIX]), UNIX);
    assert.equal(serverUrlForPrograms([inet("h"), UNIX]), "unix:///run/s");
    assert.equal(serverUrlForPrograms([inet("h"), inet("other")]), "http://h:9001");
    assert.equal(serverUrlForPrograms([inet("")]), "http://localhost:9001");
    assert.equal(serverUrlForPrograms([inet("0.0.0.0")]), "http://0.0.0.0:9001");
    assert.equal(serverUrlForPrograms([inet("::1")]), "http://[::1]:9001");
    assert.equal(serverUrlForPrograms([]), null);
  });
});
