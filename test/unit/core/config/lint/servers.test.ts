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

test("a URL of ctl must have the scheme that the server speaks", () => {
  const plain = "[inet_http_server]\nport=127.0.0.1:9001\n";
  const tls = `${plain}ssl_cert=/c.pem\n`;
  const wrong = ["other-serverurl SOCK-005"];
  assert.deepEqual(rulesOf(plain + RPC + ctl("http://localhost:9001")), []);
  assert.deepEqual(rulesOf(tls + RPC + ctl("https://localhost:9001")), []);
  assert.deepEqual(rulesOf(plain + RPC + ctl("https://localhost:9001")), wrong);
  assert.deepEqual(rulesOf(tls + RPC + ctl("http://localhost:9001")), wrong);
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
  assert.deepEqual(inet("*:9001", "[user:ann]\npassword=b\n"), []);
  assert.deepEqual(inet("*:9001", "ssl_cert=/c\nssl_client_ca=/a\n"), []);
  assert.deepEqual(inet("*:9001", "ssl_cert=/c\n"), ["open-port SEC-001"]);
});

test("read_group= is warned of where others are admins, and where it has no effect", () => {
  const unix = (more: string): readonly string[] =>
    rulesOf(`[unix_http_server]\nfile=/run/s.sock\nread_group=staff\n${more}\n${RPC}`);
  for (const mode of ["0777", "0772", "777", "0676"]) {
    assert.deepEqual(unix(`chmod=${mode}`), ["open-socket SEC-007"], mode);
  }
  for (const mode of ["0770", "0700", "0775", "0660"]) {
    assert.deepEqual(unix(`chmod=${mode}`), [], mode);
  }
  assert.deepEqual(unix("username=a\npassword=b"), ["no-effect CONF-013"]);
});

const RUN = "command=/bin/cat\n";

function addressRules(...sections: readonly string[]): readonly string[] {
  const text = `[supervisord]\nuser=root\n${RPC}${sections.join("\n")}\n`;
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text, "/bin/cat": "" }))
    .filter(({ code }) => code === "CONF-013" || code === "SOCK-007")
    .map(({ rule, severity, section, key }) => `${severity} ${rule} [${section}] ${key}`);
}

const inetAt = (name: string, port: string): string => `[inet_http_server${name}]\nport=${port}`;
const unixAt = (name: string, path: string): string => `[unix_http_server${name}]\nfile=${path}`;
const fcgiAt = (name: string, url: string): string => `[fcgi-program:${name}]\n${RUN}socket=${url}`;

test("two listeners of one address are an error", () => {
  const second = "error shared-address [inet_http_server:b] port";
  for (const [first, other] of [
    ["127.0.0.1:9001", "127.0.0.1:9001"],
    ["*:9001", "127.0.0.1:9001"],
    ["127.0.0.1:9001", ":9001"],
    ["9001", "0.0.0.0:9001"],
    ["localhost:9001", "127.0.0.1:9001"],
    ["[::1]:9001", "[::1]:9001"],
    ["*:9001", "[::]:9001"],
  ] as const) {
    assert.deepEqual(addressRules(inetAt("", first), inetAt(":b", other)), [second], other);
  }
  const file = "error shared-address [unix_http_server:b] file";
  assert.deepEqual(addressRules(unixAt("", "/tmp/s"), unixAt(":b", "/tmp/../tmp/s")), [file]);
  const socket = "error shared-address [fcgi-program:f] socket";
  assert.deepEqual(addressRules(unixAt("", "/tmp/s"), fcgiAt("f", "unix:///tmp/s")), [socket]);
  assert.deepEqual(addressRules(inetAt("", "*:9001"), fcgiAt("f", "tcp://localhost:9001")), [
    socket,
  ]);
  const both = addressRules(fcgiAt("e", "unix:///tmp/f"), fcgiAt("f", "unix:///tmp/f"));
  assert.deepEqual(both, [socket]);
});

test("listeners of different addresses are no problem", () => {
  for (const [first, other] of [
    ["127.0.0.1:9001", "127.0.0.1:9002"],
    ["127.0.0.1:9001", "127.0.0.2:9001"],
    ["*:9001", "[::1]:9001"],
    ["*:9001", "host.example:9001"],
  ] as const) {
    assert.deepEqual(addressRules(inetAt("", first), inetAt(":b", other)), [], other);
  }
  assert.deepEqual(addressRules(unixAt("", "/tmp/a"), unixAt(":b", "/tmp/b")), []);
});

test("a check that reaches the daemon is warned of", () => {
  const program = (check: string): string =>
    `[program:p]\n${RUN}numprocs=2\nprocess_name=%(process_num)s\n${check}`;
  const server = inetAt("", "127.0.0.1:9001");
  for (const [key, check] of [
    ["ready_check", "tcp://localhost:9001"],
    ["health_check", "http://127.0.0.1:9001/"],
  ] as const) {
    const found = addressRules(server, program(`${key}=${check}`));
    assert.deepEqual(found, [`warning check-of-daemon [program:p] ${key}`]);
  }
  const other = addressRules(server, program("ready_check=tcp://127.0.0.1:9002"));
  assert.deepEqual(other, []);
  const unix = addressRules(unixAt("", "/tmp/s"), program("ready_check=unix:///tmp/s"));
  assert.deepEqual(unix, ["warning check-of-daemon [program:p] ready_check"]);
});
