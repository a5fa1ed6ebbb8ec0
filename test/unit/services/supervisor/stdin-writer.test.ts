// Bytes for a program's stdin: at once, later, never.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StdinWriter } from "../../../../src/services/supervisor/children.ts";
import { FakePipes } from "../../../fakes/pipes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const MEGABYTE = 1024 * 1024;

function writer() {
  const pipes = new FakePipes();
  return { pipes, stdin: new StdinWriter(7, pipes) };
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
