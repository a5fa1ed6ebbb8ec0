// Advice about control servers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const RPC =
  "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n";
const UNIX = "[unix_http_server]\nfile=/tmp/s.sock\n";

function rulesOf(text: string): readonly string[] {
  const world = fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${text}` });
  return checkConfig("/etc/s.conf", world).map(({ rule, code }) => `${rule} ${code}`);
}

function ctl(url: string): string {
  return `[supervisorctl]\nserverurl=${url}\n`;
}

test("a server without the interface of ctl is warned of", () => {
  assert.deepEqual(rulesOf(UNIX), ["no-rpcinterface SOCK-013"]);
  assert.deepEqual(rulesOf(UNIX + RPC), []);
  assert.deepEqual(rulesOf(""), []);
});

test("an address of ctl at which no server listens is warned of", () => {
  for (const url of ["unix:///tmp/other.sock", "http://localhost:9001", "http://127.0.0.1"]) {
    assert.deepEqual(rulesOf(UNIX + RPC + ctl(url)), ["other-serverurl SOCK-005"], url);
  }
  for (const url of [
    ...["unix:///tmp/s.sock", "unix:///link/s.sock", "http://host.example:9001"],
    ...["unix:///%(ENV_COLOUR)s/x", "nonsense"],
  ]) {
    assert.deepEqual(rulesOf(UNIX + RPC + ctl(url)), [], url);
  }
});

test("a port of the network without a password is warned of", () => {
  const inet = (port: string, more = ""): readonly string[] =>
    rulesOf(`[inet_http_server]\nport=${port}\n${more}${RPC}`);
  for (const port of ["*:9001", ":9001", "9001", "0.0.0.0:9001", "10.0.0.7:9001"]) {
    assert.deepEqual(inet(port), ["open-port SEC-001"], port);
  }
  for (const port of ["127.0.0.1:9001", "localhost:9001", "[::1]:9001"]) {
    assert.deepEqual(inet(port), [], port);
  }
  assert.deepEqual(inet("*:9001", "username=a\npassword=b\n"), []);
});
