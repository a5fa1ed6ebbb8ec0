// The report of --undo.

import assert from "node:assert/strict";
import { test } from "node:test";
import { undoLast } from "../../../../src/doctor/cli/undo.ts";
import type { RepairRecord } from "../../../../src/doctor/host/repair-records.ts";
import type { Terminal } from "../../../../src/ports/terminal.ts";

/** Takes back one repair. @returns what is on the screen */
async function undone(about: Partial<RepairRecord["about"]>): Promise<string> {
  const record: RepairRecord = {
    run: "0001",
    number: 1,
    about: { code: "TEST-001", subject: "it", advice: "Start it", whenMs: 0, ...about },
    undos: [],
    isDone: true,
  };
  let screen = "";
  const write = (text: string | Uint8Array): void => {
    screen += String(text);
  };
  const records = {
    begin: () => ({ ok: true, value: "0002" }) as const,
    end: () => {},
    all: () => [record],
    forget: () => {},
    journalOf: () => null as never,
    journal: () => null as never,
  };
  const terminal = { write, writeError: write } as Partial<Terminal> as Terminal;
  assert.equal(await undoLast(records, true, terminal), 0);
  return screen;
}

test("a started or signalled service is not reported as undone", async () => {
  const screen = await undone({});
  assert.match(screen, /^TEST-001 it: cannot be undone$/m);
  assert.doesNotMatch(screen, /taken back/);
});

test("names that others have chosen do nothing to the terminal", async () => {
  const screen = await undone({ subject: "/tmp/\x1b[2Jx", advice: "Make \x07it" });
  assert.match(screen, /TEST-001 \/tmp\/\\x1b\[2Jx: Make \\x07it/);
  assert.ok(!screen.includes("\x1b") && !screen.includes("\x07"));
});

test("an undo names its run: the last one may have changed nothing", async () => {
  assert.match(
    await undone({ whenMs: Date.UTC(2026, 0, 15) }),
    /^Repairs of 2026-01-1[45] \d\d:\d\d:\d\d:\n/,
  );
});
