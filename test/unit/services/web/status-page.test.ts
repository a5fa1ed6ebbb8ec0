// The status page and its stream: messages and times, no work without watchers, and a slot for a large page.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { Live, statusPage } from "../../../../src/services/web/status-page.ts";
import { Templates } from "../../../../src/services/web/templates.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { readEvents, WebParts } from "../../../fakes/web-parts.ts";

function rig(programs = 1) {
  const names = Array.from({ length: programs }, (_, i) => (programs === 1 ? "web" : `web${i}`));
  const groups = names.map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)]));
  const parts = new WebParts(new FakeSupervisor(groups));
  const deps = parts.deps();
  const live = new Live(deps, new Templates(deps));
  const watch = () => readEvents(live.answer(true));
  const change = (name: string) => parts.eventLog.changed(`${name}:${name}` as ProcessKey);
  return { parts, live, watch, change };
}

void test("a new client gets the boot id and the version", () => {
  const { parts, live, watch } = rig();
  parts.eventLog.changed(null);
  const { told } = watch();
  assert.deepEqual(told, [["hello", { boot: live.bootId(), version: 1 }]]);
});

void test("changes of one turn are one event with the rows as the page has them", () => {
  const { parts, watch, change } = rig();
  const { told } = watch();
  const web = parts.supervisor.fake("web:web");
  web.state = "RUNNING";
  web.pid = 77;
  change("web");
  change("web");
  assert.equal(told.length, 1);
  parts.settle();
  assert.equal(told.length, 2);
  assert.equal(told[1]?.[0], "rows");
  const { rows, version, summary } = (told[1]?.[1] ?? {}) as {
    rows: Record<string, string>;
    version: number;
    summary: string;
  };
  assert.equal(version, 2);
  assert.equal(summary, "1 of 1 running");
  assert.deepEqual(Object.keys(rows), ["web"]);
  assert.match(rows["web"] ?? "", /^<tr class="program" data-state=running>.*processname=web"/);
  assert.match(rows["web"] ?? "", />77</);
});

void test("a page that may not start and stop programs gets rows without buttons", () => {
  const { parts, live, watch, change } = rig();
  const reader = readEvents(live.answer(false));
  const operator = watch();
  change("web");
  parts.settle();
  const row = ({ told }: typeof reader) => JSON.stringify(told.at(-1));
  assert.match(row(operator), /<button /);
  assert.match(row(reader), /<tr class/);
  assert.doesNotMatch(row(reader), /<button /);
});

void test("groups that come or go, and more changes than rows fit, are fetched as a page", () => {
  const { parts, watch, change } = rig(120);
  const { told } = watch();
  parts.eventLog.changed(null);
  parts.settle();
  for (let i = 0; i < 120; i++) change(`web${i}`);
  parts.settle();
  assert.deepEqual(
    told.map(([event]) => event),
    ["hello", "refetch", "refetch"],
  );
});

void test("nothing runs, samples or listens without a watcher", async () => {
  const { parts, watch, change } = rig();
  assert.equal(parts.repeater.isRunning, false);
  const first = watch();
  const second = watch();
  assert.equal(parts.repeater.isRunning, true);
  first.leave();
  assert.equal(parts.repeater.isRunning, true);
  change("web");
  second.leave();
  assert.equal(parts.repeater.isRunning, false);
  assert.equal(parts.usage.latest().size, 0);
  parts.settle();
  change("web");
  assert.equal(parts.deferred.length, 0);
  assert.deepEqual(
    [first, second].map(({ told }) => told.map(([event]) => event)),
    [["hello"], ["hello", "usage"]],
  );
});

void test("at each measurement, the resource usage that has changed is sent; a new page gets all of it", async () => {
  const { parts, watch } = rig();
  const web = parts.supervisor.fake("web:web");
  web.state = "RUNNING";
  web.pid = 77;
  web.info = { start: 1763712000 - 10 };
  const { told } = watch();
  const look = (at: number, cpuTicks: number) => {
    const process = {
      pid: 77,
      parent: 1,
      group: 77,
      session: 77,
      waitedTicks: 0,
      startTicks: 5,
      residentPages: 256,
    };
    const processes = [{ ...process, cpuTicks }];
    parts.sample = { at, ticksPerSecond: 100, pageBytes: 4096, processes };
    return parts.repeater.turn();
  };
  await look(0, 100);
  await look(2000, 200);
  const later = watch();
  await look(4000, 300);
  parts.sample = null;
  await parts.repeater.turn();
  const second = later.told.slice(1).map(([, data]) => data);
  assert.deepEqual(
    told.slice(1).map(([, data]) => data),
    [{ web: ["10 %", "1.0 MB"] }, { web: ["50 %", "1.0 MB"] }, {}, {}],
  );
  assert.deepEqual(second, [{ web: ["50 %", "1.0 MB"] }, {}, {}]);
});

void test("no more than a hundred watch at once", () => {
  const { live } = rig();
  const replies = Array.from({ length: 101 }, () => live.answer(true));
  assert.deepEqual(
    replies.slice(99).map((reply) => reply.kind),
    ["stream", "whole"],
  );
  const last = replies[100];
  assert.equal(last?.kind === "whole" && last.status, 503);
  // One that was promised and never began makes room too.
  const first = replies[0];
  if (first?.kind === "stream") first.closed();
  assert.equal(live.answer(true).kind, "stream");
});

for (const [programs, isFree, status] of [
  [50, false, 200],
  [51, false, 503],
  [51, true, 200],
] as const) {
  void test(`${programs} programs, ${isFree ? "a" : "no"} free slot: ${status}`, async () => {
    const names = Array.from({ length: programs }, (_, i) => `web${i}`);
    const groups = names.map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)]));
    const deps = new WebParts(new FakeSupervisor(groups)).deps();
    const request = { enter: async () => isFree };
    const page = await statusPage(request, deps, new Templates(deps), true, {});
    assert.equal(page.kind === "whole" && page.status, status);
  });
}

test("a page of 300 programs with names of 19 characters has at most 185 kB", async () => {
  const alone = Array.from({ length: 150 }, (_, i) => `application-${i}`.padEnd(19, "x"));
  const groups = [
    ...alone.map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)])),
    ...Array.from({ length: 15 }, (_, i) => {
      const members = Array.from({ length: 10 }, (_, j) => fakeProcessConfig(`worker_${j}`));
      return fakeGroupConfig(`workers-${10 + i}`, members);
    }),
  ];
  const parts = new WebParts(new FakeSupervisor(groups));
  for (const group of groups) {
    for (const { name } of group.processes) {
      const fake = parts.supervisor.fake(`${group.name}:${name}`);
      Object.assign(fake, { state: "RUNNING", pid: 12345, info: { start: 1795248000 - 86_000 } });
      for (const channel of ["stdout", "stderr"]) {
        parts.logs.set(`${group.name}:${name} ${channel}`, "");
      }
    }
  }
  const process = { pid: 12345, parent: 1, group: 12345, session: 12345, startTicks: 5 };
  const usage = { cpuTicks: 100, waitedTicks: 0, residentPages: 31_500 };
  const processes = [{ ...process, ...usage }];
  parts.sample = { at: 0, ticksPerSecond: 100, pageBytes: 4096, processes };
  parts.history = { query: () => null };
  const deps = parts.deps();
  const request = { enter: async () => true };
  const page = await statusPage(request, deps, new Templates(deps), true, {});
  const text = page.kind === "whole" ? page.body.toString() : "";
  assert.equal(text.match(/<tr class="program" /g)?.length, 300);
  assert.equal(text.match(/<td class=memory>123 MB/g)?.length, 300);
  const bytes = Buffer.byteLength(text);
  assert.ok(bytes <= 185_000, `${bytes} bytes`);
});
