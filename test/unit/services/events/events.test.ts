// Events between supervision and listeners: real supervision over fakes, real pools, listeners that the test speaks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { handlerOf } from "../../../../src/core/events/listener-protocol.ts";
import {
  type EventsEffect,
  type EventsInput,
  INITIAL_EVENTS,
} from "../../../../src/core/events/model.ts";
import { stepEvents } from "../../../../src/core/events/step.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import { Events } from "../../../../src/services/events/events.ts";
import { FakeClock } from "../../../fakes/clock.ts";
import { group, program } from "../../core/process/samples.ts";
import { key } from "../supervisor/rig.ts";
import { EventsRig, pool } from "./rig.ts";

test("a pool hears of groups, of supervision and of processes, itself included, in order", () => {
  const rig = new EventsRig(pool("p", ["EVENT"]), group("web", [program({ startSecs: 0 })]));
  rig.begin().ready("p");
  assert.deepEqual(rig.sent("p"), [
    "0/0 PROCESS_GROUP_ADDED groupname:p\n",
    "1/1 PROCESS_GROUP_ADDED groupname:web\n",
    "2/2 SUPERVISOR_STATE_CHANGE_RUNNING ",
    "3/3 PROCESS_STATE_STARTING processname:p groupname:p from_state:STOPPED tries:0",
    "4/4 PROCESS_STATE_RUNNING processname:p groupname:p from_state:STARTING pid:100",
    "5/5 PROCESS_STATE_STARTING processname:web groupname:web from_state:STOPPED tries:0",
    "6/6 PROCESS_STATE_RUNNING processname:web groupname:web from_state:STARTING pid:101",
  ]);
  rig.die("web:web", { exitCode: 3 });
  assert.deepEqual(rig.sent("p"), [
    "7/7 PROCESS_STATE_EXITED processname:web groupname:web from_state:RUNNING expected:0 pid:101",
  ]);
  rig.supervisor.remoteCommEvent("a", "b");
  assert.deepEqual(rig.sent("p"), ["8/8 REMOTE_COMMUNICATION type:a\nb"]);
});

test("output becomes events only where a pool wants it", () => {
  const rig = new EventsRig(pool("p", ["PROCESS_LOG_STDERR", "PROCESS_COMMUNICATION"]));
  rig.begin().ready("p");
  const source = { key: key("w:w"), name: "w", group: "w", pid: 7 } as const;
  const bytes = new TextEncoder().encode("hé");
  rig.service.processLogged({ ...source, channel: "stdout" }, bytes);
  rig.service.processLogged({ ...source, channel: "stderr" }, bytes);
  rig.service.processCommunicated({ ...source, channel: "stdout" }, Uint8Array.of(0xff));
  assert.deepEqual(rig.sent("p"), [
    "0/0 PROCESS_LOG_STDERR processname:w groupname:w pid:7 channel:stderr\nhé",
    "1/1 PROCESS_COMMUNICATION_STDOUT processname:w groupname:w pid:7\nUndecodable: b'\\xff'",
  ]);
});

test("a removed pool gets no event about its own removal, another pool does", () => {
  const rig = new EventsRig(pool("p", ["EVENT"]), pool("q", ["PROCESS_GROUP"]));
  rig.begin().ready("q");
  rig.sent("q");
  void rig.supervisor.stop(key("p:p"), false);
  rig.die("p:p");
  assert.deepEqual(rig.supervisor.removeGroup("p"), ok(true));
  assert.deepEqual(rig.sent("q"), ["9/1 PROCESS_GROUP_REMOVED groupname:p\n"]);
  assert.deepEqual(
    rig.service.pools().map(({ name }) => name),
    ["q"],
  );
});

test("the shutdown event is sent before anything is stopped, and event listeners stop last", () => {
  const rig = new EventsRig(pool("p", ["EVENT"]), group("web", [program({ startSecs: 0 })]));
  rig.begin().ready("p");
  rig.sent("p");
  rig.supervisor.shutdown();
  rig.settle();
  rig.die("web:web", { signal: 15 });
  assert.deepEqual(rig.sent("p"), [
    "7/7 SUPERVISOR_STATE_CHANGE_STOPPING ",
    "8/8 PROCESS_STATE_STOPPING processname:web groupname:web from_state:RUNNING pid:101",
    "9/9 PROCESS_STATE_STOPPED processname:web groupname:web from_state:STOPPING pid:101",
  ]);
  assert.equal(rig.state("p:p"), "STOPPING");
});

test("an event larger than what clients may queue is delivered whole", () => {
  const rig = new EventsRig(pool("p", ["REMOTE_COMMUNICATION"]));
  rig.begin().ready("p");
  rig.pipes.room = 65_536;
  const data = "x".repeat(5_000_000);
  rig.supervisor.remoteCommEvent("t", data);
  while (rig.pipes.watched.size > 0) rig.pipes.makeRoom(65_536);
  rig.pipes.room = Number.POSITIVE_INFINITY;
  assert.deepEqual(
    rig.sent("p").map((text) => text.length),
    ["0/0 REMOTE_COMMUNICATION type:t\n".length + data.length],
  );
});

test("a pool whose listener closed its stdin keeps its events for the next one", () => {
  const rig = new EventsRig(pool("p", ["REMOTE_COMMUNICATION"], { autorestart: "always" }));
  rig.begin().ready("p");
  rig.pipes.readerGone = true;
  rig.supervisor.remoteCommEvent("t", "a");
  rig.pipes.readerGone = false;
  rig.die("p:p").advance(1000);
  rig.ready("p");
  assert.deepEqual(rig.sent("p"), ["0/0 REMOTE_COMMUNICATION type:t\na"]);
});

test("idle costs no wake-up, with pools and without; ticks cost one each", () => {
  const rig = new EventsRig(pool("p", ["PROCESS_STATE"])).begin();
  assert.equal(rig.clock.alarmAt, null);
  rig.ready("p");
  assert.equal(rig.clock.alarmAt, null);
  const ticking = new EventsRig(pool("p", ["TICK_60"])).begin();
  ticking.ready("p");
  assert.notEqual(ticking.clock.alarmAt, null);
  ticking.service.end();
  assert.equal(ticking.clock.alarmAt, null);
  ticking.say("p", "noise after the end").supervisor.remoteCommEvent("t", "late");
  assert.equal(ticking.clock.alarmAt, null);
});

test("an error while an event is handled is logged, and the next is handled", () => {
  const lines: string[] = [];
  let broken = true;
  const rig = new EventsRig();
  const events = new Events({
    clock: rig.clock.share(),
    activity: { log: (level, text) => void lines.push(`${level} ${text}`) },
    writeEvent: () => {
      if (broken) throw new Error("no pipe");
      return "accepted";
    },
    print: () => {},
    identifier: "supervisor",
    initial: { ...INITIAL_EVENTS, nextSerial: 41 },
  });
  const config = pool("p", ["REMOTE_COMMUNICATION"]);
  const record = {
    key: key("p:p"),
    group: "p",
    config: program({ name: "p" }),
    state: NEVER_STARTED,
    runs: NO_RUNS,
    exit: null,
  };
  events.groupAdded(config, [record]);
  for (const to of ["STARTING", "RUNNING"] as const) {
    events.processChanged(record, { from: "STOPPED", to, details: {} });
  }
  events.listenerPrinted(record.key, new TextEncoder().encode("READY\n"));
  events.remoteCommunication("t", "a");
  assert.match(lines.join("\n"), /CRIT internal error of events, while writing .*: Error: no pipe/);
  assert.equal(events.pools()[0]?.buffer.length, 1, "the event was not lost");
  broken = false;
  events.remoteCommunication("t", "b");
  assert.equal(events.state.nextSerial, 43);
});

test("an event that a daemon has not recorded as sent before its death is sent once", () => {
  const P = key("p:p");
  const listeners = [{ key: P, name: "p" }];
  const handler = handlerOf("default");
  const inputs: readonly EventsInput[] = [
    {
      kind: "add-pool",
      pool: { name: "p", events: ["EVENT"], bufferSize: 10, handler, listeners },
    },
    { kind: "listener-changed", key: P, to: "RUNNING" },
    { kind: "listener-printed", key: P, chunk: Buffer.from("READY\n") },
    { kind: "emit", body: { name: "REMOTE_COMMUNICATION", payload: "type:a\nb" } },
  ];
  let initial = INITIAL_EVENTS;
  const unsent: EventsEffect[] = [];
  for (const input of inputs) {
    const { state, effects } = stepEvents(initial, input, { mono: 0, wall: 0 });
    initial = state;
    unsent.push(...effects.filter(({ kind }) => kind === "send"));
  }
  const trace: string[] = [];
  const events = new Events({
    ...{ clock: new FakeClock(), activity: { log: () => {} }, print: () => {} },
    ...{ identifier: "supervisor", initial },
    writeEvent() {
      trace.push("write");
      return "accepted";
    },
    deliver() {
      trace.push("deliver");
      return "delivered";
    },
    withdraw: () => trace.push("withdraw"),
    record: ({ kind }) => trace.push(kind),
  });
  const again = inputs.slice(-1);
  events.recover({ unsent, recorded: again }, () => events.remoteCommunication("a", "b"));
  assert.deepEqual(trace, ["withdraw", "write", "sent", "deliver"]);
  events.remoteCommunication("a", "b");
  assert.deepEqual(trace.slice(4), ["emit"], "only what was recorded is skipped");
  events.listenerPrinted(P, Buffer.from("RESULT 2\nOK"));
  assert.equal(events.pools()[0]?.listeners[0]?.phase.kind, "ACKNOWLEDGED");
  assert.equal(events.receivedFrom(P), "READY\nRESULT 2\nOK".length);
});
