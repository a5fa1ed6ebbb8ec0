// Payloads byte for byte, and the header line before them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  envelope,
  noticeEvent,
  processCommunicationEvent,
  processGroupEvent,
  processLogEvent,
  processStateEvent,
  remoteCommunicationEvent,
  supervisorStateEvent,
  tickEvent,
} from "../../../../src/core/events/payload.ts";
import type { StateChange } from "../../../../src/core/process/model.ts";

const CAT = { name: "cat", group: "pets" };

function stateText(change: StateChange): string {
  const { name, payload } = processStateEvent(CAT, change);
  return `${name} ${payload}`;
}

test("each change of state has the fields of its type, in Supervisor's order", () => {
  const rows: readonly (readonly [StateChange, string])[] = [
    [
      { from: "STOPPED", to: "STARTING", details: { tries: 0 } },
      "PROCESS_STATE_STARTING processname:cat groupname:pets from_state:STOPPED tries:0",
    ],
    [
      { from: "STARTING", to: "RUNNING", details: { pid: 7 } },
      "PROCESS_STATE_RUNNING processname:cat groupname:pets from_state:STARTING pid:7",
    ],
    [
      { from: "RUNNING", to: "EXITED", details: { expected: 0, pid: 7 } },
      "PROCESS_STATE_EXITED processname:cat groupname:pets from_state:RUNNING expected:0 pid:7",
    ],
    [
      { from: "BACKOFF", to: "FATAL", details: {} },
      "PROCESS_STATE_FATAL processname:cat groupname:pets from_state:BACKOFF",
    ],
    [
      { from: "BACKOFF", to: "STOPPED", details: { pid: 0 } },
      "PROCESS_STATE_STOPPED processname:cat groupname:pets from_state:BACKOFF pid:0",
    ],
    [
      { from: "STOPPING", to: "UNKNOWN", details: {} },
      "PROCESS_STATE_UNKNOWN processname:cat groupname:pets from_state:STOPPING",
    ],
  ];
  for (const [change, expected] of rows) assert.equal(stateText(change), expected);
});

test("output, communication, remote, group, tick and supervisor events have Supervisor's payloads", () => {
  const source = { ...CAT, pid: 42, channel: "stderr" } as const;
  assert.deepEqual(processLogEvent(source, "oops\n"), {
    name: "PROCESS_LOG_STDERR",
    payload: "processname:cat groupname:pets pid:42 channel:stderr\noops\n",
  });
  assert.deepEqual(processCommunicationEvent(source, "x"), {
    name: "PROCESS_COMMUNICATION_STDERR",
    payload: "processname:cat groupname:pets pid:42\nx",
  });
  assert.deepEqual(remoteCommunicationEvent("t", "d"), {
    name: "REMOTE_COMMUNICATION",
    payload: "type:t\nd",
  });
  assert.deepEqual(processGroupEvent("REMOVED", "pets"), {
    name: "PROCESS_GROUP_REMOVED",
    payload: "groupname:pets\n",
  });
  assert.deepEqual(tickEvent(3600, 7200), { name: "TICK_3600", payload: "when:7200" });
  assert.deepEqual(supervisorStateEvent("STOPPING"), {
    name: "SUPERVISOR_STATE_CHANGE_STOPPING",
    payload: "",
  });
});

test("a notice has its details in one line, and its text in a second one", () => {
  const web = { name: "web_0", group: "web" };
  const details = { pid: 7, to: "unhealthy" };
  assert.deepEqual(noticeEvent(web, { about: "HEALTH", details, text: "connection refused" }), {
    name: "HEALTH",
    payload: "processname:web_0 groupname:web pid:7 to:unhealthy\nconnection refused",
  });
  assert.deepEqual(noticeEvent(web, { about: "READY", details: { pid: 7 }, text: "" }), {
    name: "READY",
    payload: "processname:web_0 groupname:web pid:7",
  });
});

test("the header counts characters, not bytes and not UTF-16 units", () => {
  const event = { ...remoteCommunicationEvent("é", "😀日"), serial: 21 };
  assert.equal(
    envelope("supervisor", "listener", { event, poolSerial: 10 }),
    "ver:3.0 server:supervisor serial:21 pool:listener poolserial:10 eventname:REMOTE_COMMUNICATION len:9\ntype:é\n😀日",
  );
});
