// Which processes a program has left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { identityOf, markIn, markOf, ProcessTree } from "../../../../src/core/process/leftovers.ts";
import type { ProcessStat } from "../../../../src/core/usage/program-usage.ts";

const KEEPER = 10;
const DAEMON = 11;
/** The main process that has exited, and that of another program. */
const WEB = 20;
const DB = 30;
const MARK = markOf({ pid: KEEPER, startTicks: 1 }, processKey("web", "web"));

/** By default in a session of its own, below the keeper. */
function process(pid: number, changes: Partial<ProcessStat> = {}): ProcessStat {
  const ids = { pid, parent: KEEPER, group: pid, session: pid };
  return { ...ids, cpuTicks: 0, waitedTicks: 0, startTicks: pid, residentPages: 1, ...changes };
}

const OURS = [
  process(KEEPER, { parent: 1 }),
  process(DAEMON),
  process(DB),
  process(31, { parent: DB, group: DB, session: DB }),
];

function left(
  others: readonly ProcessStat[],
  { seen = [], marked = [] }: { seen?: readonly ProcessStat[]; marked?: readonly number[] } = {},
): readonly number[] {
  const isMain = (pid: number): boolean => pid === DB || pid === DAEMON;
  const tree = new ProcessTree([...OURS, ...others], KEEPER, isMain);
  const program = { pid: WEB, mark: MARK, seen: new Set(seen.map(identityOf)) };
  return tree
    .leftBy(program, ({ pid }) => (marked.includes(pid) ? MARK : ""))
    .map(({ pid }) => pid);
}

test("members of its group and of its session are left by it, with their descendants", () => {
  const grouped = process(21, { group: WEB, session: WEB });
  const ofSession = process(22, { session: WEB });
  const child = process(23, { parent: 22 });
  assert.deepEqual(left([grouped, ofSession, child]), [21, 22, 23]);
});

test("a process of a session of its own is left by it if it was seen before, or has its mark", () => {
  const daemons = [process(21), process(22), process(23)];
  assert.deepEqual(left(daemons), []);
  assert.deepEqual(left(daemons, { seen: [process(21)], marked: [23] }), [21, 23]);
  assert.deepEqual(left([process(24, { parent: 22 }), ...daemons], { marked: [22] }), [24, 22]);
});

test("another process with the number of one that was seen is not", () => {
  assert.deepEqual(left([process(21, { startTicks: 99 })], { seen: [process(21)] }), []);
});

test("a group whose number is another process's is not its own", () => {
  const others = [process(WEB, { startTicks: 99 }), process(21, { group: WEB, session: WEB })];
  assert.deepEqual(left(others), []);
  const zombie = process(WEB, { isDead: true });
  assert.deepEqual(left([zombie, process(21, { group: WEB })]), [21]);
});

test("descendants of other programs, of the daemon and of init are not, whatever they carry", () => {
  const others = [
    process(41, { parent: DB }),
    process(42, { parent: DAEMON }),
    process(43, { parent: 1 }),
    process(44, { parent: 43, group: WEB }),
  ];
  assert.deepEqual(left(others, { marked: [41, 42, 43], seen: others }), []);
});

test("the dead are not looked for, and a ring of parents ends", () => {
  const ring = [process(51, { parent: 52 }), process(52, { parent: 51 })];
  const dead = process(53, { group: WEB, isDead: true });
  assert.deepEqual(left([...ring, dead], { marked: [51, 52] }), []);
});

test("ten thousand processes in one line are examined once each", () => {
  const line = Array.from({ length: 10_000 }, (_, n) =>
    process(100 + n, { parent: n === 0 ? KEEPER : 99 + n, group: WEB }),
  );
  assert.equal(left(line.reverse()).length, 10_000);
});

test("only orphans can need a mark", () => {
  const tree = new ProcessTree([...OURS, process(21), process(22, { parent: 21 })], KEEPER, (pid) =>
    [DAEMON, DB].includes(pid),
  );
  assert.deepEqual(
    tree.orphans().map(({ pid }) => pid),
    [21, 22],
  );
});

test("a mark is found wherever it is in an environment, and names daemon and program", () => {
  assert.equal(MARK, "TSV_MARK=10.1:web:web");
  for (const text of [`${MARK}\0`, `A=b\0${MARK}\0C=d\0`, `A=b\0${MARK}`]) {
    assert.equal(markIn(text), MARK);
  }
  for (const text of ["", "A=b\0", `X${MARK}\0`, `A=${MARK}\0`]) assert.equal(markIn(text), "");
});
