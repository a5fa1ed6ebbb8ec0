// fcgi-host-name: names without waiting: hosts(5) first, the network in the meantime.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createHostNames, findInHosts } from "../../../../src/host/sockets/host-names.ts";

const HOSTS = `# comment
::1 localhost web
127.0.0.1\tlocalhost  # trailing web2
10.0.0.7 web Web3 # and more
`;

test("the first IPv4 line that holds the name counts, whatever its case", () => {
  const rows: readonly (readonly [string, string | null])[] = [
    ["localhost", "127.0.0.1"],
    ["web", "10.0.0.7"],
    ["WEB3", "10.0.0.7"],
    ["web2", null],
    ["10.0.0.7", null],
    ["", null],
  ];
  for (const [name, address] of rows) assert.equal(findInHosts(HOSTS, name), address, name);
});

test("a number is itself, localhost needs no file, any other name is looked up meanwhile", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "tsv-hosts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "hosts");
  const names = createHostNames(file);
  assert.deepEqual(names.resolve("0.0.0.0"), { ok: true, value: "0.0.0.0" });
  assert.deepEqual(names.resolve("localhost"), { ok: true, value: "127.0.0.1" });
  writeFileSync(file, HOSTS);
  assert.deepEqual(names.resolve("web"), { ok: true, value: "10.0.0.7" });
  const unknown = names.resolve("no-such-host.invalid");
  assert.match(unknown.ok ? "" : unknown.error, /no-such-host\.invalid is not in .* looked up/);
});
