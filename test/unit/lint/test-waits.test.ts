// The check of waits in tests with processes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../../../../test/lint/test-waits.mjs", import.meta.url));

const ROWS: readonly (readonly [file: string, text: string, problems: number])[] = [
  ["e2e/a.test.ts", 'import { setTimeout as sleep } from "node:timers/promises";', 1],
  ["integration/a.test.ts", "await setTimeout(100);", 1],
  ["integration/a.test.ts", "await new Promise((resolve) => setTimeout(resolve, 1));", 1],
  ["e2e/a.test.ts", 'await once(child, "exit");', 1],
  ["e2e/a.test.ts", 'await event(child, "exit");', 0],
  ["e2e/a.test.ts", 'await new Promise((resolve) => child.once("exit", resolve));', 1],
  ["integration/a.test.ts", 'await once(server, "listening");', 0],
  ["e2e/a.test.ts", "const SOON = { timeoutMs: 4_999 };", 1],
  ["e2e/a.test.ts", "const SOON = { timeoutMs: 5_000 };", 0],
  ["e2e/rig/a.ts", "const TIMEOUT_MS = 300;", 1],
  ["integration/a.test.ts", "AbortSignal.timeout(1000)", 1],
  ["e2e/a.test.ts", "assert.ok(performance.now() - from < 1000);", 1],
  ["unit/a.test.ts", "await setTimeout(100);", 0],
];

for (const [file, text, problems] of ROWS) {
  test(`${file}: ${text}: ${problems} problems`, (t) => {
    const root = mkdtempSync(join(tmpdir(), "tsv-test-waits-"));
    t.after(() => rmSync(root, { recursive: true }));
    mkdirSync(dirname(join(root, "test", file)), { recursive: true });
    writeFileSync(join(root, "test", file), `${text}\n`);
    const { status, stdout } = spawnSync(process.execPath, [SCRIPT, root], { encoding: "utf8" });
    assert.equal(stdout.split("\n").length - 1, problems, stdout);
    assert.equal(status, problems === 0 ? 0 : 1);
  });
}
