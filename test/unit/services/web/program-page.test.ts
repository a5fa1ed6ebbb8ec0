// The stream of one program's page: its messages and times, and no work for a closed page.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { END_OF_LOG, ProgramStreams } from "../../../../src/services/web/program-page.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { readEvents, WebParts } from "../../../fakes/web-parts.ts";

function rig() {
  const groups = ["web", "other"].map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)]));
  const parts = new WebParts(new FakeSupervisor(groups));
  const streams = new ProgramStreams(parts.deps(), () => "boot");
  const change = (name: string) => parts.eventLog.changed(`${name}:${name}` as ProcessKey);
  return { parts, streams, change };
}

/** Logs are opened in later turns. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("changes of one turn are one event; those of other programs are none", () => {
  const { parts, streams, change } = rig();
  const { told } = readEvents(streams.answer("web"));
  change("web");
  change("web");
  change("other");
  parts.settle();
  change("other");
  parts.settle();
  assert.deepEqual(told, [
    ["hello", { boot: "boot", version: 0 }],
    ["changed", { version: 3 }],
  ]);
  // A group that comes or goes may be the program's own.
  parts.eventLog.changed(null);
  parts.settle();
  assert.equal(told.length, 3);
});

test("both logs follow their ends, from whole lines, without terminal sequences", async () => {
  const { parts, streams } = rig();
  parts.logs.set("web:web stdout", `${"x".repeat(END_OF_LOG)}\nlast\n`);
  parts.logs.set("web:web stderr", "\x1b[31mred\x1b[0m\n");
  const { told } = readEvents(streams.answer("web:web"));
  await turn();
  parts.logs.append("web:web stdout", "more <b>\x07\n");
  assert.deepEqual(told.slice(1), [
    ["stdout-start", {}],
    ["stdout", "last\n"],
    ["stderr-start", {}],
    ["stderr", "red\n"],
    ["stdout", "more <b>␇\n"],
  ]);
});

test("the page of a program that was replaced follows its present logs", async () => {
  const { parts, streams } = rig();
  parts.logs.set("web:web stdout", "old\n");
  parts.logs.set("web:web stderr", "error\n");
  const { told } = readEvents(streams.answer("web"));
  await turn();
  parts.logs.move("web:web stdout", "/new/out");
  parts.logs.move("web:web stderr", null);
  parts.logs.set("web:web stdout", "new\n");
  parts.eventLog.changed(null);
  parts.settle();
  await turn();
  assert.equal(parts.logs.followers("web:web stdout"), 1);
  parts.logs.append("web:web stdout", "more\n");
  assert.deepEqual(told.slice(-4), [
    ["changed", { version: 1 }],
    ["stdout-start", {}],
    ["stdout", "new\n"],
    ["stdout", "more\n"],
  ]);
});

test("a log that is made when its program starts is followed from then on", async () => {
  const { parts, streams, change } = rig();
  const { told } = readEvents(streams.answer("web"));
  await turn();
  parts.logs.set("web:web stderr", "first\n");
  change("web");
  parts.settle();
  await turn();
  assert.deepEqual(
    told.map(([event]) => event),
    ["hello", "changed", "stderr-start", "stderr"],
  );
});

test("nothing runs for a page that is closed, also if it closes while a log is opened", async () => {
  const { parts, streams, change } = rig();
  parts.logs.set("web:web stdout", "");
  const first = readEvents(streams.answer("web"));
  await turn();
  assert.equal(parts.repeater.isRunning, true);
  assert.equal(parts.logs.followers("web:web stdout"), 1);
  const second = readEvents(streams.answer("web"));
  second.leave();
  first.leave();
  await turn();
  assert.equal(parts.logs.followers("web:web stdout"), 0);
  assert.equal(parts.repeater.isRunning, false);
  change("web");
  parts.settle();
  assert.equal(first.told.filter(([event]) => event === "changed").length, 0);
});

test("an unknown program has no stream", () => {
  const { streams } = rig();
  for (const name of [null, "no", "web:*", "web:no"]) {
    const reply = streams.answer(name);
    assert.equal(reply.kind === "whole" && reply.status, 404, String(name));
  }
});
