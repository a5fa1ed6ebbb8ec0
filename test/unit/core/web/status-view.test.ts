// Contents of the list of programs: sections, rows, counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessStateName } from "../../../../src/core/process/model.ts";
import {
  countViews,
  rowView,
  sectionViews,
  summaryText,
} from "../../../../src/core/web/status-view.ts";
import { facts } from "./facts.ts";

const ACTIONS: Readonly<Record<ProcessStateName, readonly string[]>> = {
  RUNNING: ["restart", "stop"],
  STARTING: ["stop"],
  BACKOFF: ["stop"],
  STOPPED: ["start"],
  EXITED: ["start"],
  FATAL: ["start"],
  STOPPING: ["signal"],
  UNKNOWN: [],
};

for (const [state, actions] of Object.entries(ACTIONS)) {
  void test(`a program that is ${state} offers ${actions.join(" or ") || "no action"}`, () => {
    const row = rowView(facts("web", "web", { state: state as ProcessStateName }));
    assert.deepEqual(
      row.actions.map(({ action }) => action),
      actions,
    );
    assert.equal(row.state, state.toLowerCase());
  });
}

void test("a row shows the uptime of a program, or why it is down", () => {
  assert.equal(rowView(facts("web", "web")).uptime, "0:01:02");
  assert.equal(rowView(facts("web", "web")).detail, "");
  const gone = { state: "EXITED", pid: 0, exitStatus: 3, description: "Nov 21 08:12 AM" } as const;
  const exited = rowView(facts("web", "web", gone));
  assert.equal(exited.detail, "exit status 3 (unexpected), Nov 21 08:12 AM");
  assert.equal(exited.uptime, "");
  assert.equal(exited.pid, "–");
  const expected = rowView(facts("web", "web", { ...gone, exitCodes: [0, 3] }));
  assert.equal(expected.detail, "exit status 3, Nov 21 08:12 AM");
  const killed = rowView(facts("web", "web", { ...gone, exitStatus: -1 }));
  assert.equal(killed.detail, "killed by a signal, Nov 21 08:12 AM");
  const failed = { state: "FATAL", pid: 0, description: "can't find command 'x'" } as const;
  assert.equal(rowView(facts("web", "web", failed)).detail, "can't find command 'x'");
  assert.equal(rowView(facts("web", "web", failed)).stateClass, "statuserror");
});

const CRASH = {
  ending: "exited",
  end: 1050,
  exitStatus: 2,
  signal: null,
  expected: false,
} as const;

void test("an unstable program shows its restarts and its last exit", () => {
  const flapping = rowView(facts("web", "web", { total: 23, last: CRASH }));
  assert.equal(flapping.restarts, "23 restarts, last exit 2");
  assert.deepEqual([flapping.restartCount, flapping.lastExit], ["23", "last exit 2"]);
  assert.deepEqual(flapping.ago, { at: 1050, text: "12s ago" });
  assert.equal(flapping.isUnstable, true);
  // Its uptime stands before it; a program that starts has nothing there.
  assert.equal(flapping.isLastAlone, false);
  const starting = { state: "STARTING", description: "", total: 2, last: CRASH } as const;
  assert.equal(rowView(facts("web", "web", starting)).isLastAlone, true);
  const calm = rowView(facts("web", "web", { total: 1, last: { ...CRASH, end: 1 } }));
  assert.equal(calm.restarts, "1 restart, last exit 2");
  assert.equal(rowView(facts("web", "web", { now: 1400, last: CRASH })).isUnstable, false);
  const between = facts("web", "web", { state: "EXITED", last: CRASH, nextStart: 1 });
  assert.equal(rowView(between).isUnstable, true);
  assert.equal(rowView({ ...between, nextStart: null }).isUnstable, false);
  const killed = { ...CRASH, exitStatus: null, signal: 9 };
  const failing = facts("web", "web", { state: "BACKOFF", total: 1, last: killed });
  assert.equal(rowView(failing).restarts, "last signal 9");
});

void test("a stop on request is not shown as an exit, nor is one that the detail contains", () => {
  const asked = { ...CRASH, ending: "stopped" } as const;
  const restarted = rowView(facts("web", "web", { total: 2, last: asked }));
  assert.deepEqual([restarted.restarts, restarted.ago], ["2 restarts", null]);
  assert.equal(restarted.isUnstable, false);
  assert.equal(rowView(facts("web", "web", { total: 0, last: null })).restarts, "");
  const exited = facts("web", "web", { state: "EXITED", pid: 0, total: 3, last: CRASH });
  assert.equal(rowView(exited).restarts, "2 restarts");
  const unspawned = { ...CRASH, ending: "not-spawned", exitStatus: null } as const;
  const fatal = facts("web", "web", { state: "FATAL", total: 4, last: unspawned });
  assert.equal(rowView(fatal).restarts, "3 restarts");
});

void test("the next event of a program is shown with its time; one that does not stop can be killed", () => {
  const stopping = rowView(facts("web", "web", { state: "STOPPING", nextKill: 14 }));
  assert.deepEqual(stopping.next, { what: "SIGKILL in", at: 1076, text: "14 s" });
  assert.deepEqual(
    stopping.actions.map(({ text, query, ask }) => [text, query, ask !== ""]),
    [["Kill", "&signal=KILL", true]],
  );
  const waiting = rowView(facts("web", "web", { state: "BACKOFF", nextStart: 3 }));
  assert.deepEqual(waiting.next, { what: "next start in", at: 1065, text: "3 s" });
  assert.equal(rowView(facts("web", "web")).next, null);
});

void test("unstable programs are counted in addition to their state", () => {
  const all = [facts("a", "a", { total: 1, last: CRASH }), facts("b", "b")];
  assert.deepEqual(
    countViews(all).map(({ count, state }) => `${count} ${state}`),
    ["2 running", "1 unstable"],
  );
  assert.equal(summaryText(all), "2 of 2 running, 1 unstable");
});

void test("programs stand first, then groups, all by name; addresses are quoted (web-list)", () => {
  const sections = sectionViews([
    facts("zoo", "zoo"),
    facts("pool", "b"),
    facts("pool", "a b&c"),
    facts("ant", "ant"),
    facts("duo", "other"),
  ]);
  assert.deepEqual(
    sections.map(({ title, spec, rows }) => [title, spec, rows.map((row) => row.label)]),
    [
      ["Needs attention", "", []],
      ["Programs", "", ["ant", "zoo"]],
      ["duo", "duo:*", ["duo:other"]],
      ["pool", "pool:*", ["pool:a b&c", "pool:b"]],
    ],
  );
  assert.equal(sections[3]?.rows[0]?.quoted, "pool:a%20b%26c");
  assert.deepEqual(sectionViews([]), []);
});

void test("programs that need attention stand above all groups, which count them still", () => {
  const unexpected = { state: "EXITED", pid: 0, last: CRASH } as const;
  const sections = sectionViews([
    facts("pool", "c", unexpected),
    facts("pool", "b", { ...unexpected, last: { ...CRASH, expected: true } }),
    facts("pool", "a"),
    facts("web", "web", { state: "FATAL" }),
    facts("sick", "sick", { isUnhealthy: true }),
    facts("flaky", "flaky", { total: 1, last: CRASH }),
  ]);
  assert.deepEqual(
    sections.map(({ id, group, size, rows }) => [id, group, size, rows.map(({ name }) => name)]),
    [
      ["attention", null, "4", ["flaky", "pool:c", "sick", "web"]],
      ["", "", "2 of 3 running", []],
      ["", "pool", "1 of 3 running", ["a", "b"]],
    ],
  );
});

void test("states are counted, running first, and summed up in words", () => {
  const all = [
    facts("a", "a", { state: "FATAL" }),
    facts("b", "b"),
    facts("c", "c", { state: "STOPPED" }),
    facts("d", "d"),
  ];
  assert.deepEqual(
    countViews(all).map(({ count, state }) => `${count} ${state}`),
    ["1 failing", "2 running", "1 fatal", "1 stopped"],
  );
  assert.equal(summaryText(all), "2 of 4 running, 1 failing");
  assert.equal(summaryText(all.slice(1)), "2 of 3 running");
});

test("an unhealthy program does not look healthy, and a restart of the daemon's own says why (health-check)", () => {
  const description = "unhealthy: connection refused (3 of 3)";
  const row = rowView(facts("web", "web", { isUnhealthy: true, description }));
  assert.equal(row.detail, `, ${description}`);
  assert.deepEqual([row.isFailing, row.isUnhealthy, row.uptime], [true, true, "0:01:02"]);
  // It counts once.
  assert.equal(
    summaryText([facts("web", "web", { isUnhealthy: true })]),
    "1 of 1 running, 1 failing",
  );
  const restarted = rowView(facts("web", "web", { restartReason: "512MB of 400MB used" }));
  assert.equal(restarted.detail, ", restarted: 512MB of 400MB used");
  assert.equal(restarted.isUnstable, false);
});

test("a program that the clock starts has no restarts, and its schedule can be suspended while it is down", () => {
  const scheduled = { isScheduled: true, total: 500, nextStart: null, pid: 0 };
  const down = rowView(
    facts("report", "report", { ...scheduled, state: "EXITED", hasNextRun: true }),
  );
  assert.equal(down.restarts, "");
  assert.equal(down.isUnstable, false);
  assert.deepEqual(
    down.actions.map(({ action, text }) => `${action} ${text}`),
    ["start Start", "stop Suspend"],
  );
  const suspended = rowView(facts("report", "report", { ...scheduled, state: "EXITED" }));
  assert.deepEqual(
    suspended.actions.map(({ action }) => action),
    ["start"],
  );
});

for (const state of ["EXITED", "FATAL"] as const) {
  test(`the next start of a program that is ${state} can be cancelled`, () => {
    const row = rowView(facts("web", "web", { state, nextStart: 5, pid: 0 }));
    assert.deepEqual(
      row.actions.map(({ action, text }) => `${action} ${text}`),
      ["start Start", "stop Stop"],
    );
  });
}
