import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "../../../../src/core/base/time.ts";
import { handlerOf } from "../../../../src/core/events/listener-protocol.ts";
import {
  type EventsInput,
  INITIAL_EVENTS,
  type PoolDefinition,
} from "../../../../src/core/events/model.ts";
import { stepEvents } from "../../../../src/core/events/step.ts";
import {
  autoLine,
  COMPLETE,
  descriptorLine,
  entryLine,
  eventLine,
} from "../../../../src/core/snapshot/journal.ts";
import { continuedFrom, withClosedLogs } from "../../../../src/core/snapshot/recover.ts";
import {
  beginJournal,
  recoverSnapshot,
  type Snapshot,
} from "../../../../src/core/snapshot/snapshot.ts";
import { commit, liveState } from "../../../../src/core/supervisor/draft.ts";
import { initialState, type SupervisorInput } from "../../../../src/core/supervisor/model.ts";
import { step } from "../../../../src/core/supervisor/step.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeSnapshot } from "../../../fakes/snapshot.ts";
import { key } from "../../services/supervisor/rig.ts";

const WEB = key("web:web");
const NOW: Instant = { mono: 1000, wall: 2000 };
const STARTS: readonly SupervisorInput[] = [
  { kind: "add-group", config: fakeGroupConfig("web", [fakeProcessConfig("web")]) },
  { kind: "start", key: WEB },
  { kind: "next-start" },
  { kind: "resolved", key: WEB, problem: null },
];

/** A daemon that has died after these inputs, with more lines of its journal. */
function dead(inputs: readonly SupervisorInput[], lines = "", parts: Partial<Snapshot> = {}) {
  const state = liveState(initialState());
  for (const input of inputs) commit(state, step(state, input, NOW, () => 0).patch);
  const { snapshot } = beginJournal(fakeSnapshot({ ...parts, supervision: state }));
  const recovered = recoverSnapshot(snapshot, lines, () => 0);
  assert.ok(recovered.ok, recovered.ok ? "" : recovered.error);
  return recovered.value;
}

function left(pid: number, isRecorded: boolean, fds: readonly [number, number, number]) {
  const [stdin, stdout, stderr] = fds;
  const stop = { signal: 15, toGroup: false, isOver: false, unwritten: { stdout: 0, stderr: 0 } };
  return { entry: 0, pid, isRecorded, stdin, stdout, stderr, ...stop };
}

const EXISTS = (): boolean => true;

test("a running program keeps its pipes, by the descriptors that were opened since the snapshot", () => {
  const lines = [
    descriptorLine(7, { role: "stdin", owner: WEB }),
    descriptorLine(8, { role: "stdout", owner: WEB }),
    descriptorLine(9, { role: "stderr", owner: WEB }),
    descriptorLine(9, null),
  ].join("");
  const recovered = dead([...STARTS, { kind: "spawned", key: WEB, pid: 42 }], lines);
  const { snapshot, unrecorded, useless } = continuedFrom(recovered, [], EXISTS);
  assert.deepEqual(snapshot.children, [
    { key: WEB, pid: 42, stdin: 7, unread: [], gathered: null },
  ]);
  const outputs = snapshot.logs.channels.map(({ channel, output }) => [channel, output?.fd]);
  assert.deepEqual(outputs, [
    ["stdout", 8],
    ["stderr", null],
  ]);
  assert.deepEqual(unrecorded, {
    ...{ born: new Map(), dead: [], lost: [], kills: [], unsent: [], unwritten: [] },
    ...{ announcements: [], recorded: [] },
  });
  assert.deepEqual(useless, []);
});

test("a program that was being started is found by what the kernel wrote", () => {
  const recovered = dead(STARTS, entryLine(0, WEB));
  const { snapshot, unrecorded } = continuedFrom(recovered, [left(42, false, [7, 8, 9])], EXISTS);
  assert.deepEqual([...unrecorded.born], [[WEB, 42]]);
  assert.equal(snapshot.children[0]?.stdin, 7);
  assert.deepEqual(
    snapshot.descriptors.map(({ fd, role }) => [fd, role]),
    [
      [7, "stdin"],
      [8, "stdout"],
      [9, "stderr"],
    ],
  );
});

for (const [why, program, exists] of [
  ["had not been created", left(0, false, [7, 8, -1]), true],
  ["is one of an earlier start", left(42, true, [7, 8, -1]), true],
  ["is gone", left(42, false, [7, 8, -1]), false],
] as const) {
  test(`a program that was being started, whose process ${why}, is started again`, () => {
    const recovered = dead(STARTS, entryLine(0, WEB));
    const { unrecorded, useless } = continuedFrom(recovered, [program], () => exists);
    assert.deepEqual([...unrecorded.born], []);
    assert.deepEqual(useless, program.isRecorded ? [] : [7, 8]);
  });
}

test("pipes of a program whose exit is recorded are read to their end", () => {
  const exited: SupervisorInput = {
    kind: "child-died",
    pid: 42,
    outcome: { exitCode: 0, signal: null, coreDumped: false },
  };
  const lines = descriptorLine(8, { role: "stdout", owner: WEB });
  const recovered = dead([...STARTS, { kind: "spawned", key: WEB, pid: 42 }, exited], lines);
  const { snapshot, unrecorded } = continuedFrom(recovered, [], EXISTS);
  assert.deepEqual(unrecorded.dead, [WEB]);
  assert.equal(snapshot.logs.channels[0]?.output?.fd, 8);
});

test("a pid that is no child any more is an exit that was missed", () => {
  const recovered = dead([...STARTS, { kind: "spawned", key: WEB, pid: 42 }]);
  assert.deepEqual(continuedFrom(recovered, [], () => false).unrecorded.lost, [42]);
});

test("events are those after the last input, and what may not have been sent is sent", () => {
  const pool: PoolDefinition = {
    name: "pool",
    events: ["PROCESS_LOG"],
    bufferSize: 10,
    handler: handlerOf("default"),
    listeners: [{ key: WEB, name: "web" }],
  };
  const inputs: readonly EventsInput[] = [
    { kind: "add-pool", pool },
    { kind: "listener-changed", key: WEB, to: "RUNNING" },
    { kind: "listener-printed", key: WEB, chunk: Buffer.from("READY\n") },
    { kind: "emit", body: { name: "PROCESS_LOG_STDOUT", payload: "x" } },
  ];
  let state = INITIAL_EVENTS;
  for (const input of inputs) ({ state } = stepEvents(state, input, NOW));
  const lines = inputs.map((input) => eventLine(input, NOW)).join("");
  const recovered = dead([], lines);
  assert.deepEqual(recovered.snapshot.events, state);
  assert.deepEqual(
    recovered.unsent.map((effect) => effect.kind),
    ["send"],
  );
  const sent = eventLine({ kind: "sent", key: WEB, outcome: "accepted" }, NOW);
  assert.deepEqual(dead([], lines + sent).unsent, []);
});

test("the last decision is announced again, but for the events that are recorded since then", () => {
  const state = liveState(initialState());
  for (const input of STARTS) commit(state, step(state, input, NOW, () => 0).patch);
  const { snapshot, journal } = beginJournal(fakeSnapshot({ supervision: state }));
  const event = (payload: string): EventsInput => ({
    kind: "emit",
    body: { name: "PROCESS_STATE_STARTING", payload },
  });
  const input = { kind: "spawn-failed", key: WEB, text: "no" } as const;
  const { patch } = step(state, input, NOW, () => 0);
  const lines = [
    eventLine(event("before"), NOW),
    journal.lines({ input, now: NOW, patch, isNested: false, isRoutine: false }),
    eventLine(event("after"), NOW),
  ].join("");
  const recovered = recoverSnapshot(snapshot, lines, () => 0);
  assert.ok(recovered.ok);
  const { announcements, recorded } = recovered.value;
  assert.deepEqual(
    announcements.map((effect) => effect.kind === "changed" && effect.change.to),
    ["BACKOFF"],
  );
  assert.deepEqual(recorded, [event("after")]);
});

test("only a daemon that has ended by intention leaves a complete state", () => {
  assert.ok(dead([], COMPLETE).isComplete);
  assert.ok(!dead([]).isComplete);
  assert.ok(!dead([], COMPLETE.slice(0, -1)).isComplete, "a line without an end");
});

test("an AUTO file that was created since the snapshot has its name", () => {
  const spawned: SupervisorInput = { kind: "spawned", key: WEB, pid: 42 };
  const named = { path: "/named", exists: false };
  const channel = {
    key: WEB,
    channel: "stdout",
    auto: named,
    output: null,
    recent: null,
    runs: [],
  } as const;
  const logs = { channels: [channel], journal: null, files: [], rested: [] };
  const autos = (lines: string) =>
    continuedFrom(
      dead([...STARTS, spawned], lines, { logs }),
      [],
      EXISTS,
    ).snapshot.logs.channels.map(({ auto }) => auto);
  assert.deepEqual(autos(""), [null, null], "a name that may be another file's is not used");
  const lines = autoLine([WEB, "stdout", "/out"]) + autoLine([WEB, "stderr", "/err"]);
  assert.deepEqual(autos(lines), [
    { path: "/out", exists: true },
    { path: "/err", exists: true },
  ]);
});

test("pipes of a program that was removed, and whose exit is recorded, are closed", () => {
  const lines = descriptorLine(9, { role: "stdout", owner: key("gone:gone") });
  const { snapshot, useless } = continuedFrom(dead(STARTS, lines), [], EXISTS);
  assert.deepEqual(useless, [9]);
  assert.deepEqual(snapshot.descriptors, []);
});

test("a FastCGI socket has all processes that use it, and is closed without any", () => {
  const socket = {
    ...{ url: "unix:///s", backlog: null, mode: null, owner: null },
    address: { kind: "unix", path: "/s" },
  } as const;
  const fcgi = { key: WEB, ...{ fcgiSocket: socket } };
  const config = fakeGroupConfig("web", [fakeProcessConfig("web", fcgi)]);
  const inputs: readonly SupervisorInput[] = [
    { kind: "add-group", config },
    ...STARTS.slice(1),
    { kind: "spawned", key: WEB, pid: 42 },
  ];
  const lines =
    descriptorLine(6, { role: "program-socket", owner: "unix:///s" }) +
    descriptorLine(7, { role: "lock", owner: "unix:///s" });
  const continued = continuedFrom(dead(inputs, lines), [], EXISTS);
  const held = { fd: 6, lockFd: 7, file: null };
  assert.deepEqual(continued.snapshot.sockets, [
    { url: "unix:///s", socket: held, holders: [WEB] },
  ]);
  const known = { ...held, file: { dev: 1, ino: 2 } };
  const parts = { sockets: [{ url: "unix:///s", socket: known, holders: [] }] };
  assert.deepEqual(continuedFrom(dead(inputs, lines, parts), [], EXISTS).snapshot.sockets, [
    { url: "unix:///s", socket: known, holders: [WEB] },
  ]);
  const unused = continuedFrom(dead([], lines), [], EXISTS);
  assert.deepEqual([unused.snapshot.sockets, unused.useless], [[], [6, 7]]);
  assert.deepEqual(unused.snapshot.descriptors, []);
});

test("a socket that two sections have is that of the section whose process runs, and those that leave it", () => {
  const url = "tcp://h:1";
  const sockets = [{ name: null, url, address: { kind: "tcp", host: "h", port: 1 } }] as const;
  const add = (name: string, isWithSocket: boolean): SupervisorInput => {
    const origin = { file: "test.conf", section: `program:${name}`, line: 1 };
    const options = { origin, ...(isWithSocket ? { sockets } : {}) };
    const config = fakeGroupConfig(name, [fakeProcessConfig(name, options)]);
    return { kind: "add-group", config };
  };
  const inputs = [add("first", true), add("web", true), ...STARTS.slice(1)];
  const lines = descriptorLine(6, { role: "program-socket", owner: url });
  const holders = (more: readonly SupervisorInput[], parts: Partial<Snapshot> = {}) =>
    continuedFrom(dead([...inputs, ...more], lines, parts), [], EXISTS).snapshot.sockets.map(
      (each) => each.holders,
    );
  const spawned: SupervisorInput = { kind: "spawned", key: WEB, pid: 42 };
  assert.deepEqual(holders([spawned]), [[WEB]]);
  assert.deepEqual(holders([]), [[key("first:first")]]);
  const socket = { fd: 6, lockFd: null, file: null };
  assert.deepEqual(holders([], { sockets: [{ url, socket, holders: [WEB] }] }), [[WEB]]);
  const leaves = { kind: "configure", groups: [fakeGroupConfig("web", [])] } as const;
  assert.deepEqual(holders([spawned, leaves]), [[key("first:first"), WEB]]);
});

test("logs are opened again where they ended", () => {
  const count = { epoch: "e", written: 9, kept: 0 };
  const file = {
    ...{ fd: 5, kind: "regular" as const, burst: 0, rotateAt: 0, period: null },
    ...{ position: 100, count },
  } as const;
  const log = { path: "/l", file, error: null, waiting: [] };
  const snapshot = fakeSnapshot({
    logs: { channels: [], journal: null, files: [log], rested: [] },
    descriptors: [
      { fd: 5, role: "log", owner: "/l" },
      { fd: 6, role: "lock", owner: "/p" },
    ],
  });
  const { logs, descriptors } = withClosedLogs(snapshot);
  assert.deepEqual(logs.rested, [{ path: "/l", position: 100, count }]);
  assert.deepEqual(logs.files, [{ ...log, file: null }]);
  assert.deepEqual(descriptors, [{ fd: 6, role: "lock", owner: "/p" }]);
});
