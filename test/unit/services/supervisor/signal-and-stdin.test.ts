// Signals, standard input and the pipes of a program: bytes for it at once, later, never.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StdinWriter } from "../../../../src/services/supervisor/stdin-writer.ts";
import { FakePipes } from "../../../fakes/pipes.ts";
import { answerText, key } from "./rig.ts";
import { running, WEB, web } from "./web-rig.ts";

test("signal reaches the process alone, whatever stopasgroup says", () => {
  const rig = running({ stopAsGroup: true, killAsGroup: true });
  rig.log();
  assert.equal(answerText(rig.supervisor.signal(WEB, 10)), "true");
  assert.deepEqual(rig.spawner.signals, [{ pid: 100, signal: 10, target: "process" }]);
  assert.deepEqual(rig.log(), ["DEBG sending web (pid 100) sig SIGUSR1"]);
});

test("signal reaches a process that is STARTING or STOPPING", () => {
  const rig = web({ startSecs: 60 });
  assert.equal(answerText(rig.supervisor.signal(WEB, 1)), "true");
  void rig.supervisor.stop(WEB, false);
  assert.equal(answerText(rig.supervisor.signal(WEB, 9)), "true");
});

test("signal refuses a process that is down, one that the kernel refuses (signal-failure) and an unknown one", () => {
  const rig = web({ autostart: false });
  rig.log();
  assert.equal(answerText(rig.supervisor.signal(WEB, 1)), "NOT_RUNNING: web");
  assert.deepEqual(rig.log(), ["DEBG attempted to send web sig SIGHUP but it wasn't running"]);
  assert.equal(answerText(rig.supervisor.signal(key("no:no"), 1)), "BAD_NAME: no:no");

  const up = running();
  up.spawner.refuseKill = () => "EPERM";
  const text = "unknown problem sending sig web (100): kill(2) failed with EPERM";
  assert.equal(answerText(up.supervisor.signal(WEB, 1)), `FAILED: ${text}`);
  assert.equal(up.state("web:web"), "RUNNING", "a refused signal says nothing about the process");
  up.spawner.refuseKill = () => "ESRCH";
  assert.equal(answerText(up.supervisor.signal(WEB, 1)), "true");
});

test("stdin takes bytes while the program is up, and a megabyte that it does not read (stdin-full)", () => {
  const rig = running();
  const write = () => answerText(rig.supervisor.writeStdin(WEB, new TextEncoder().encode("hi")));
  assert.equal(write(), "true");
  assert.equal([...rig.pipes.written.values()].join(), "hi");
  rig.pipes.room = 0;
  assert.equal(answerText(rig.supervisor.writeStdin(WEB, new Uint8Array(1024 * 1024))), "true");
  assert.equal(write(), "FAILED: web does not read its stdin: 1 MB is already queued");

  const closed = running();
  closed.pipes.readerGone = true;
  assert.equal(answerText(closed.supervisor.writeStdin(WEB, new Uint8Array(1))), "NO_FILE: web");
  void closed.supervisor.stop(WEB, false);
  assert.equal(
    answerText(closed.supervisor.writeStdin(WEB, new Uint8Array(1))),
    "NOT_RUNNING: web",
  );
  assert.equal(
    answerText(closed.supervisor.writeStdin(key("a:b"), new Uint8Array(1))),
    "BAD_NAME: a:b",
  );
});

test("a program that is not executed yet is not running for a signal and for stdin", () => {
  const rig = web({ autostart: false });
  rig.spawner.holds = () => true;
  void rig.supervisor.start(WEB, false);
  rig.settle();
  assert.equal(rig.state("web:web"), "STARTING");
  assert.equal(answerText(rig.supervisor.writeStdin(WEB, new Uint8Array(1))), "NOT_RUNNING: web");
  assert.equal(answerText(rig.supervisor.signal(WEB, 10)), "NOT_RUNNING: web");
  rig.spawner.held[0]?.succeed();
  rig.settle();
  assert.equal(answerText(rig.supervisor.writeStdin(WEB, new Uint8Array(1))), "true");
});

test("the pipes of a dead program are closed, and every descriptor is struck off", () => {
  const rig = running();
  assert.deepEqual(
    [...rig.descriptors.values()].map((e) => `${e.role} ${e.owner}`),
    ["stdin web:web", "stdout web:web", "stderr web:web"],
  );
  rig.die("web:web");
  assert.equal(rig.descriptors.size, 0);
  assert.equal(rig.pipes.isClosed(10), true);
  assert.equal(rig.logs.attached.size, 0);
});

const bytes = (text: string) => new TextEncoder().encode(text);
const MEGABYTE = 1024 * 1024;

function writer() {
  const pipes = new FakePipes();
  return { pipes, stdin: new StdinWriter(7, { pipes }) };
}

test("input that fits is written at once, and nothing is watched", () => {
  const { pipes, stdin } = writer();
  assert.equal(stdin.write(bytes("hello")), "accepted");
  assert.equal(pipes.written.get(7), "hello");
  assert.equal(pipes.watched.size, 0);
});

test("the rest follows in order as the pipe empties, then nothing is watched any more", () => {
  const { pipes, stdin } = writer();
  pipes.room = 3;
  assert.equal(stdin.write(bytes("hello")), "accepted");
  assert.equal(stdin.write(bytes(" world")), "accepted");
  assert.equal(pipes.written.get(7), "hel");
  pipes.makeRoom(4);
  assert.equal(pipes.written.get(7), "hello w");
  assert.equal(pipes.watched.size, 1);
  pipes.makeRoom(100);
  assert.equal(pipes.written.get(7), "hello world");
  assert.equal(pipes.watched.size, 0);
  assert.equal(stdin.write(bytes("!")), "accepted");
  assert.equal(pipes.written.get(7), "hello world!");
});

test("the caller may reuse its buffer", () => {
  const { pipes, stdin } = writer();
  pipes.room = 0;
  const buffer = bytes("abc");
  stdin.write(buffer);
  buffer.fill(120);
  pipes.makeRoom(10);
  assert.equal(pipes.written.get(7), "abc");
});

test("a program that reads nothing can have a megabyte queued, not more", () => {
  const { pipes, stdin } = writer();
  pipes.room = 0;
  assert.equal(stdin.write(new Uint8Array(MEGABYTE)), "accepted");
  assert.equal(stdin.write(new Uint8Array(1)), "full");
  pipes.makeRoom(1);
  assert.equal(stdin.write(new Uint8Array(1)), "accepted");
});

test("refused input is not written in part", () => {
  const { pipes, stdin } = writer();
  pipes.room = 64;
  assert.equal(stdin.write(new Uint8Array(MEGABYTE + 100)), "full");
  assert.equal(pipes.written.get(7), undefined);
  assert.equal(pipes.watched.size, 0);
});

test("input queued when the program closes its stdin is dropped, and nothing is watched any more", () => {
  const { pipes, stdin } = writer();
  pipes.room = 0;
  stdin.write(bytes("x"));
  pipes.readerGone = true;
  pipes.makeRoom(10);
  assert.equal(pipes.watched.size, 0);
  assert.equal(stdin.write(bytes("y")), "closed");
});
