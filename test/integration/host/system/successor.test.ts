// Dry runs of executables in real processes: their answers, and missing answers.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { createHelpers } from "../../../../src/host/processes/helpers.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createSpawner } from "../../../../src/host/processes/spawner.ts";
import { stayAlive } from "../../../../src/host/system/signals.ts";

import { createSuccessor } from "../../../../src/host/upgrade/successor.ts";
import { readUnnamed, writeUnnamed } from "../../../../src/host/upgrade/unnamed-file.ts";

const pipes = createPipes();
const helpers = createHelpers(createSpawner(pipes), pipes);
const reap = (): void => {
  for (const _ of helpers.spawner.reap());
};
let directory = "";
let letGo = (): void => {};

before(() => {
  directory = mkdtempSync("/tmp/tsv-successor-");
  process.on("SIGCHLD", reap);
  letGo = stayAlive();
});
after(() => {
  process.off("SIGCHLD", reap);
  letGo();
  rmSync(directory, { recursive: true });
});

function script(text: string): string {
  const path = join(directory, "tsv");
  rmSync(path, { force: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function dryRun(text: string, timeoutMs = 120_000): Promise<string> {
  // Run from the sources tsv is a script of Node, which hands these words on to what stands in for it.
  const path = script(text);
  const successor = createSuccessor({ origin: path, helpers, timeoutMs });
  const candidate = await successor.look(null);
  assert.ok(candidate.ok, candidate.ok ? "" : candidate.error);
  const outcome = await successor.dryRun(candidate.value, "the document");
  return outcome.ok ? `ok ${outcome.value}` : outcome.error.replaceAll(path, "PATH");
}

test("a successor finds the document, and its answer counts", async () => {
  // What the first child needs stays open for the next ones.
  await dryRun("exit 3");
  const open = readdirSync("/proc/self/fd").length;
  const answer = `{"tsv":"9","problem":null}`;
  assert.equal(
    await dryRun(`read -r line <&3; [ "$line" = "the document" ] && echo '${answer}'`),
    "ok 9",
  );
  assert.equal(await dryRun(`pwd >&2; echo '{"tsv":"9","problem":"no"}'`), "PATH: no");
  assert.equal(
    await dryRun("exit 3"),
    "PATH cannot be used for an upgrade: it exited with status 3",
  );
  assert.equal(readdirSync("/proc/self/fd").length, open, "and nothing stays open");
});

test("one that hangs is ended, with all that it has started", async () => {
  assert.equal(
    await dryRun("sleep 1000 & exec sleep 1000", 300),
    "PATH did not answer within 0.3 seconds",
  );
});

test("one that leaves a child holding its output is not waited for", async () => {
  assert.equal(await dryRun(`sleep 5 & echo '{"tsv":"9","problem":null}'`), "ok 9");
});

test("a file that cannot be executed is reported without trying", async () => {
  const successor = createSuccessor({ origin: directory, helpers });
  const look = async (path: string | null): Promise<string> => {
    const found = await successor.look(path);
    return found.ok ? "found" : found.error.replaceAll(directory, "DIR");
  };
  assert.equal(await look(null), "DIR is not a file");
  assert.equal(await look(join(directory, "none")), "DIR/none does not exist");
  assert.equal(await look("tsv"), "tsv is not an absolute path");
  const path = script("");
  chmodSync(path, 0o644);
  assert.equal(await look(path), "DIR/tsv cannot be executed: EACCES");
});

test("root's daemon takes nothing that others may write to, also where it came from", async (t) => {
  if (process.geteuid?.() !== 0) return t.skip("needs root");
  const path = script("");
  const look = async (): Promise<string> => {
    const found = await createSuccessor({ origin: path, helpers }).look(null);
    return found.ok ? "found" : found.error.replaceAll(directory, "DIR");
  };
  assert.equal(await look(), "found", "beside strangers in a sticky directory");
  chmodSync(path, 0o777);
  assert.equal(
    await look(),
    "DIR/tsv is owned by root (0), mode 0777, so users other than root can change it: chmod go-w DIR/tsv",
  );
  chmodSync(path, 0o755);
  chownSync(directory, 65534, 65534);
  try {
    assert.match(
      await look(),
      /^DIR is owned by .*, so users other than root can change it: chown root DIR$/,
    );
  } finally {
    chownSync(directory, 0, 0);
  }
});

test("a document is read as it was written, whatever is in it", () => {
  const text = `{"text":"\u0000\n\ud83d\ude00"}\n`.repeat(1000);
  const fd = writeUnnamed(text);
  try {
    assert.equal(readUnnamed(fd), text);
    assert.equal(readUnnamed(fd), text, "and again");
  } finally {
    posix().close(fd);
  }
});
