// Configurations on this host's file system: relative names, and files that are not text.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseDaemonArguments } from "../../../src/core/command-line/arguments.ts";
import { readDaemonConfig } from "../../../src/core/config/read.ts";
import { createConfigWorld } from "../../../src/host/files/config-world.ts";
import { createAccounts } from "../../../src/host/system/accounts.ts";

/** Goes into a directory of the test's own. @returns a reader of `-c d.conf` as of now */
function enter(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-config-"));
  const before = process.cwd();
  process.chdir(directory);
  t.after(() => {
    process.chdir(before);
    rmSync(directory, { recursive: true });
  });
  const world = createConfigWorld(createAccounts());
  const parsed = parseDaemonArguments(["supervisord", "-c", "d.conf"], world);
  assert.ok(parsed.ok && parsed.value.kind === "run");
  const { args } = parsed.value;
  const write = (name: string, text: string | Uint8Array): void =>
    writeFileSync(join(directory, name), text);
  return { directory, write, read: () => readDaemonConfig(args, world) };
}

test("a relative -c means the directory tsv was started in, also after a chdir (relative-config)", (t) => {
  const { directory, write, read } = enter(t);
  write("d.conf", "[supervisord]\n");
  assert.ok(read().ok);
  process.chdir("/");
  write("d.conf", "[supervisord]\n[program:new]\ncommand=%(here)s/new\n");
  const again = read();
  assert.ok(again.ok);
  assert.equal(again.value.groups[0]?.processes[0]?.command, `${directory}/new`);
});

test("bytes that are no UTF-8 are an error with their place, in included files too (config-utf8)", (t) => {
  const { directory, write, read } = enter(t);
  const latin1 = Buffer.from("[program:gr\u00fcn]\ncommand=x\n", "latin1");
  const reason = "'utf-8' codec can't decode byte 0xfc in position 11: invalid start byte";
  write("d.conf", latin1);
  const whole = read();
  assert.deepEqual(!whole.ok && [whole.error.text, whole.error.file], [reason, "d.conf"]);
  write("d.conf", "[supervisord]\n[include]\nfiles=more.conf\n");
  write("more.conf", latin1);
  const included = read();
  const file = join(directory, "more.conf");
  assert.deepEqual(!included.ok && [included.error.text, included.error.file], [reason, file]);
});
