// The end of a process, with threads that do not end.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const MODULE = new URL("../../../../src/host/system/signals.js", import.meta.url).href;

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tsv-end-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A process of Node's that does this and ends with status 7. */
function ending(script: string): readonly string[] {
  const text = `import { endProcess } from ${JSON.stringify(MODULE)}; ${script}`;
  return ["--input-type=module", "-e", text];
}

test("no thread that waits holds the end up, and what was to be done at the end is done", async (t) => {
  const fifo = join(directory(t), "fifo");
  assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
  // Nobody ever writes to it: the thread that opens it waits.
  const script = `
    import { open, stat } from "node:fs";
    process.on("exit", (status) => console.log("the end:", status));
    open(${JSON.stringify(fifo)}, "r", () => {});
    stat("/", () => endProcess(7));`;
  const { status, signal, stdout } = spawnSync(process.execPath, ending(script), {
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  assert.deepEqual([status, signal, stdout], [7, null, "the end: 7\n"]);
});

test("a pipe with other writers gets its blocking mode back", async () => {
  // Both write to the same pipe; the one that ends had made it one for which nobody waits.
  const script = `
    import { posix } from "${new URL("../posix.js", MODULE).href}";
    posix().isTerminal(0); posix().setNonblocking(1); endProcess(7);`;
  const quoted = [process.execPath, ...ending(script)].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const shell = `${quoted.join(" ")}; echo $? >&2; grep flags /proc/self/fdinfo/1 >&2`;
  const child = spawn("/bin/sh", ["-c", shell], { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  child.stdout.resume();
  await once(child, "close");
  const [, status, flags = ""] = /^(\d+)\nflags:\s*(\d+)/.exec(told) ?? [];
  assert.equal(status, "7", told);
  assert.equal(Number.parseInt(flags, 8) & 0o4000, 0, told);
});
