// Dry runs of executables in real processes: their answers, and missing answers.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { constants } from "node:os";
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
const reap = (): void => void helpers.spawner.reap();
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
  return outcome.ok ? `ok ${outcome.value.version}` : outcome.error.replaceAll(path, "PATH");
}

test("a successor finds the document, and its answer counts", async () => {
  // What the first child needs stays open for the next ones.
  await dryRun("exit 3");
  const open = readdirSync("/proc/self/fd").length;
  const answer = `{"tsv":"9","problem":null}`;
  assert.equal(
    await dryRun(
      `read -r fds <&3; read -r line <&3; [ "$line" = "the document" ] && echo '${answer}'`,
    ),
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
  const file = {
    text: `{"text":"\u0000\n\ud83d\ude00"}\n`.repeat(1000),
    descriptors: [3, 77, 1024],
  };
  for (const executed of [null, 12]) {
    const fd = writeUnnamed(file.text, file.descriptors, executed);
    try {
      assert.deepEqual(readUnnamed(fd), { ...file, executed });
      assert.deepEqual(readUnnamed(fd), { ...file, executed }, "and again");
    } finally {
      posix().close(fd);
    }
  }
});

test("a failed execution leaves descriptors and signals as they were", async () => {
  const path = script("");
  writeFileSync(path, "nonsense");
  const successor = createSuccessor({ origin: path, helpers });
  const candidate = await successor.look(null);
  assert.ok(candidate.ok);
  const [readEnd, writeEnd] = posix().pipe() as readonly [number, number];
  const kept = [readEnd, writeEnd];
  const closesOnExec = (): readonly boolean[] => kept.map((fd) => flagsOf(fd) !== 0);
  const replace = (): string =>
    successor.replace(candidate.value, { version: "9", holdsSignals: false }, "document", kept);
  successor.holdSignals();
  assert.match(replace(), /exec: ENOEXEC$/);
  assert.deepEqual(closesOnExec(), [true, true]);
  process.kill(process.pid, "SIGUSR2");
  const came = new Promise<void>((resolve) => process.once("SIGUSR2", () => resolve()));
  assert.equal(replace(), "a signal arrived during the upgrade");
  successor.releaseSignals();
  await came;
  writeFileSync(path, "something else");
  assert.match(replace(), /was replaced during the dry run/);
  for (const fd of kept) posix().close(fd);
});

test("while signals are held, no thread but the main one can take them", async () => {
  const successor = createSuccessor({ origin: script(""), helpers });
  // Starts the threads of the pool.
  await Promise.all([1, 2, 3, 4].map(() => stat("/")));
  successor.holdSignals();
  try {
    const blocking = readdirSync("/proc/self/task").map((thread) => {
      const status = readFileSync(`/proc/self/task/${thread}/status`, "utf8");
      return BigInt(`0x${/^SigBlk:\s*(\w+)$/m.exec(status)?.[1]}`);
    });
    assert.ok(blocking.length > 5, `${blocking.length} threads`);
    for (const signal of [
      "SIGTERM",
      "SIGINT",
      "SIGQUIT",
      "SIGHUP",
      "SIGUSR2",
      "SIGUSR1",
    ] as const) {
      const bit = 1n << BigInt(constants.signals[signal] - 1);
      assert.ok(
        blocking.every((mask) => (mask & bit) !== 0n),
        signal,
      );
    }
  } finally {
    successor.releaseSignals();
  }
});

test("threads that block the signals already are not waited for", () => {
  // One of Node's own blocks every signal, and would never answer.
  const successor = createSuccessor({ origin: script(""), helpers });
  const times = [1, 2, 3, 4, 5].map(() => {
    const begun = performance.now();
    successor.holdSignals();
    const took = performance.now() - begun;
    successor.releaseSignals();
    return took;
  });
  assert.ok(Math.min(...times) < 100, `${times.join(" ")} ms`);
});

/** FD_CLOEXEC is told as O_CLOEXEC there (proc_pid_fdinfo(5)). */
function flagsOf(fd: number): number {
  const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  return Number.parseInt(flags ?? "0", 8) & 0o2000000;
}
