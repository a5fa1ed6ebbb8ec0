// pidproxy with real commands and signals.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Running, run } from "../ctl/debian-rig.ts";

const MAIN = fileURLToPath(new URL("../../rig/pidproxy-main.js", import.meta.url));

describe("pidproxy", () => {
  let directory: string;
  const pidfile = (): string => join(directory, "pid");
  const proxy = (...argv: string[]): Running => run(process.execPath, [MAIN, ...argv]);

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "tsv-pidproxy-"));
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("explains itself without a command", async () => {
    for (const [word, status] of [
      ["file", 1],
      ["--help", 0],
      ["-h", 0],
    ] as const) {
      const ran = await proxy(word).ended;
      assert.match(ran.stdout, /Usage: pidproxy <pidfile> <command>/);
      assert.equal(ran.status, status);
    }
  });

  it("finds the command in PATH and exits as it does (pidproxy-status)", async () => {
    assert.equal((await proxy(pidfile(), "sh", "-c", "exit 7").ended).status, 7);
    assert.equal((await proxy(pidfile(), "sh", "-c", "kill -9 $$").ended).status, 137);
    const missing = await proxy(pidfile(), "no-such-command-at-all").ended;
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /cannot run no-such-command-at-all/);
  });

  it("takes no id that means a whole process group (pidproxy-groups)", async () => {
    // In a session of its own: a signal to the group would reach pidproxy and its command alone, and end them.
    const running = run(
      "/usr/bin/setsid",
      [process.execPath, MAIN, pidfile(), "sh", "-c", "echo up; read line; exit 3"],
      { keepInput: true },
    );
    await running.until(/up\n/);
    for (const [count, id] of ["0", `-${running.child.pid}`].entries()) {
      writeFileSync(pidfile(), `${id}\n`);
      running.child.kill("SIGHUP");
      await running.until(new RegExp(`(Can't read child pidfile .*!\\n){${count + 1}}`));
    }
    running.child.stdin?.end("go\n");
    assert.equal((await running.ended).status, 3);
  });
});
