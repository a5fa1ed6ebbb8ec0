// Inventories: hosts, or all errors with their lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readInventory, sameHosts } from "../../../../src/core/fleet/inventory.ts";
import { fc } from "../../../property.ts";

const WORLD = { here: "/etc/tsv", home: "/home/ann", env: { SECRET: "s%3" } };

function read(text: string) {
  return readInventory(text, "fleet.conf", WORLD);
}

function hostsOf(text: string) {
  const hosts = read(text);
  assert.ok(hosts.ok, JSON.stringify(hosts));
  return hosts.value.hosts;
}

function errorsOf(text: string): readonly string[] {
  const hosts = read(text);
  assert.ok(!hosts.ok, "has no errors");
  return hosts.error.map(({ line, text }) => `${line}: ${text}`);
}

test("a host has its address, labels, password and files", () => {
  const [web, db] = hostsOf(`
[host-default]
username=ann
ssl_ca=ca.pem
labels=site=berlin
[host:web-1]
url=https://web.example.com:9001/RPC2
password_file=~/fleet.pw
labels=site=rome, role = web
[host:db]
url=ssh://root@db:2222/run/supervisor.sock   ; by ssh
password=%(ENV_SECRET)s%%
`);
  assert.deepEqual(web?.address, { kind: "server", url: "https://web.example.com:9001" });
  assert.deepEqual(
    [...(web?.labels ?? [])],
    [
      ["site", "rome"],
      ["role", "web"],
    ],
  );
  assert.deepEqual([web?.username, web?.password], ["ann", null]);
  assert.deepEqual([web?.passwordFile, web?.sslCa], ["/home/ann/fleet.pw", "/etc/tsv/ca.pem"]);
  assert.deepEqual(db?.address, {
    ...{ kind: "ssh", user: "root", host: "db", port: 2222 },
    socket: "/run/supervisor.sock",
  });
  assert.deepEqual([db?.password, db?.labels.get("site")], ["s%3%", "berlin"]);
});

test("all errors are reported, in the order of their lines, without passwords", () => {
  const errors = errorsOf(`[host:a]
url=http://ann:pw@a:9001
[host:a]
urll=x
[hosts:b]
url=http://b
[host:b c]
url=ftp://b
[host:d]
labels=role
[host:e]
url=ssh://-oProxyCommand=x
password=100%
[host:f]
url=http://f:99999
password=1
[host:g]
url=unix:///g
username=u
password=1
password_file=p
labels=a=1,a=2
[host:h]
url=ssh://ann:secret@h
`);
  assert.deepEqual(errors, [
    "2: url has a user name: use username= and password=",
    "3: [host:a] is already in line 1",
    "4: a host has no option 'urll'. Did you mean: url",
    "5: [hosts:b] is no section of an inventory: use [host:NAME] or [fleet]",
    "7: [host:b c]: a name has letters, digits and . _ - only, at most 64",
    "8: url must be http[s]://HOST:PORT, unix:///PATH or ssh://[USER@]HOST",
    "9: [host:d]: url is missing",
    "12: url must be ssh://[USER@]HOST[:PORT][/PATH/OF/SOCKET]",
    "13: password has a % that expands to nothing: write %% for a %",
    "15: url is wrong: Port out of range 0-65535",
    "21: password and password_file exclude each other: keep one",
    "22: labels has a twice",
    "24: url has a password, which ssh cannot be given: use a key",
  ]);
});

test("a password without a user name, and a line that is none", () => {
  assert.deepEqual(errorsOf("[host:a]\nurl=http://a\npassword=1\n"), [
    "3: a password needs username=",
  ]);
  assert.match(errorsOf("url=http://a\n")[0] ?? "", /^1: File contains no section headers/);
});

test("hosts of one address are known, also when their URLs are written differently", () => {
  const hosts = hostsOf(`
[host:a]
url=http://A:9001
[host:b]
url=http://a:9001/RPC2
[host:c]
url=ssh://root@a
[host:d]
url=ssh://root@A/
[host:e]
url=ssh://a
`);
  const same = [...sameHosts(hosts)].map(([host, first]) => [host.name, first.name]);
  assert.deepEqual(same, [
    ["b", "a"],
    ["d", "c"],
  ]);
});

test("no text makes it fail, and no user or host of ssh is an option", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "url=",
      "ssh://",
      "http://",
      "@",
      ":",
      "/",
      "-",
      "[host:a]\n",
      "[host-default]\n",
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const hosts = read(words.join(""));
      for (const { address } of hosts.ok ? hosts.value.hosts : []) {
        if (address.kind !== "ssh") continue;
        assert.match(address.host, /^[^-\s]/);
        assert.doesNotMatch(address.user ?? "", /^-/);
      }
    }),
  );
});

test("the section of a hub has an operator and a key, and its errors have their lines", () => {
  const hub = read(
    "[fleet]\nurl=tls://hub:4222\nname=ann\nkey=ann.key\nca=%(here)s/ca.pem\nrole=read\n",
  );
  assert.ok(hub.ok);
  const { key, ca, ...rest } = hub.value.hub ?? assert.fail("no hub");
  assert.deepEqual(rest, { url: "tls://hub:4222", name: "ann", role: "read" });
  assert.ok(key.startsWith("/") && key.endsWith("/ann.key") && ca?.endsWith("/ca.pem"));
  assert.equal(hub.value.hosts.length, 0);
  assert.deepEqual(errorsOf("[fleet]\nurl=http://hub\nname=a.b\nrole=root\npassword=x\n"), [
    "1: [fleet] needs key=, the path of the key of the operator",
    "2: [fleet] needs url=tls://HOST:PORT",
    "3: [fleet] needs name=, that of an operator",
    "4: role must be read, operate, admin",
    "5: [fleet] has no option 'password'",
  ]);
});
