// The page of logs: which programs it has, the lines that exist and those that come, for those who may see them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { MOST_PROGRAMS } from "../../../../src/core/web/logs-query.ts";
import { createScopes } from "../../../../src/services/rpc/scope.ts";
import { LogsView } from "../../../../src/services/web/logs-view.ts";
import { Templates } from "../../../../src/services/web/templates.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { readEvents, WebParts } from "../../../fakes/web-parts.ts";

/** 2026-11-21 08:00:00 UTC, as `WebParts` has it. */
const NOW = 1795248000000;

function rig(programs: readonly string[] | null = null) {
  const groups = [
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("pool", [fakeProcessConfig("a"), fakeProcessConfig("b")]),
  ];
  const parts = new WebParts(new FakeSupervisor(groups));
  parts.logs.changed = NOW;
  const all = parts.deps();
  const events = { pools: () => [] };
  const { events: _, ...sources } = createScopes({ ...all, events })({ programs });
  const deps = { ...all, ...sources };
  parts.logs.set("web:web stdout", "2026-11-21 07:00:00 one\n2026-11-21 07:00:02 ERROR three\n");
  parts.logs.set("web:web stderr", "2026-11-21 07:00:01 \x1b[31mtwo\x1b[0m <b>\n");
  parts.logs.set("pool:a stdout", "2026-11-21 07:00:03 four\n");
  return { parts, view: new LogsView(deps, new Templates(deps)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function told(view: LogsView, query: string) {
  const events = readEvents(view.stream(`/events/logs?${query}`));
  // Files are listed and read in later turns.
  while (!events.told.some(([event]) => event === "lines")) await turn();
  return events;
}

type Lines = readonly (readonly [number, string, string, readonly (readonly [string, string])[]])[];
const textsOf = (lines: unknown) =>
  (lines as Lines).map(([log, , , parts]) => `${log} ${parts.map(([, text]) => text).join("")}`);

test("the lines of several logs come in the order of their times, then new ones as they are written", async () => {
  const { parts, view } = rig();
  const events = await told(view, "name=web&name=pool:a");
  const [[, start], [, lines]] = events.told as [[string, object], [string, Lines]];
  assert.deepEqual(
    (start as { logs: { label: string; channel: string; colour: string }[] }).logs.map(
      ({ label, channel, colour }) => `${label} ${channel} ${colour}`,
    ),
    ["web stdout c3", "web stderr c3", "pool:a stdout c6"],
  );
  assert.deepEqual(textsOf(lines), [
    "0 2026-11-21 07:00:00 one",
    "1 2026-11-21 07:00:01 two <b>",
    "0 2026-11-21 07:00:02 ERROR three",
    "2 2026-11-21 07:00:03 four",
  ]);
  assert.equal(lines[0]?.[1], "2026-11-21 07:00:00.000");
  assert.equal(lines[2]?.[2], "error");
  assert.deepEqual(lines[1]?.[3][1], ["c1", "two"]);
  await turn();
  parts.logs.append("pool:a stdout", "fi");
  parts.logs.append("pool:a stdout", "ve\n");
  assert.deepEqual(textsOf(events.told.at(-1)?.[1]), ["2 five"]);
  // The time at which it came.
  const [, last] = events.told.at(-1) ?? [];
  assert.equal((last as Lines)[0]?.[1], "2026-11-21 08:00:00.000");
  events.leave();
  assert.equal(parts.logs.followers("pool:a stdout"), 0);
});

test("search, level and channel choose the lines that exist and those that come", async () => {
  const { parts, view } = rig();
  const events = await told(view, "name=web&channel=stdout&level=warning&search=THREE");
  assert.deepEqual(textsOf(events.told.at(-1)?.[1]), ["0 2026-11-21 07:00:02 ERROR three"]);
  await turn();
  parts.logs.append("web:web stdout", "INFO three\nERROR four\nERROR three again\n");
  assert.deepEqual(textsOf(events.told.at(-1)?.[1]), ["0 ERROR three again"]);
});

test("nothing follows for a client that leaves while logs are read", async () => {
  const { parts, view } = rig();
  const events = readEvents(view.stream("/events/logs?name=web"));
  events.leave();
  for (let left = 20; left > 0; left -= 1) await turn();
  assert.deepEqual(events.told, []);
  assert.equal(parts.logs.followers("web:web stdout"), 0);
});

test("a user sees only the programs of its patterns, and others do not exist for it", async () => {
  const { view } = rig(["pool:*"]);
  const reply = view.stream("/events/logs?name=web");
  assert.equal(reply.kind === "whole" && reply.status, 404);
  const page = view.page("/logs.html?name=web", {});
  assert.match(page.kind === "whole" ? String(page.body) : "", /There is no program web\./);
  const text = await view.text("/logs.txt");
  assert.equal(
    text.kind === "whole" && text.body,
    "2026-11-21 07:00:03.000 pool:a | 2026-11-21 07:00:03 four\n",
  );
});

test("the text has a time, a program and a mark before each line, and notes first", async () => {
  const { view } = rig();
  const text = await view.text("/logs.txt?name=web&name=nope");
  assert.deepEqual(text.kind === "whole" && String(text.body).split("\n"), [
    "==> There is no program nope. <==",
    "2026-11-21 07:00:00.000 web | 2026-11-21 07:00:00 one",
    "2026-11-21 07:00:01.000 web ! 2026-11-21 07:00:01 two <b>",
    "2026-11-21 07:00:02.000 web | 2026-11-21 07:00:02 ERROR three",
    "",
  ]);
});

test("a view has a limited number of programs, and says so", () => {
  const members = Array.from({ length: 30 }, (_, at) => fakeProcessConfig(`p${at}`));
  const parts = new WebParts(new FakeSupervisor([fakeGroupConfig("many", members)]));
  for (const { name } of members) parts.logs.set(`many:${name} stdout`, "x\n");
  const deps = parts.deps();
  const page = new LogsView(deps, new Templates(deps)).page("/logs.html?name=many:*", {});
  const html = page.kind === "whole" ? String(page.body) : "";
  assert.match(html, /The first 20 of 30 programs are shown\./);
  assert.equal(html.match(/checkbox" name="name" value="[^"]*" checked/g)?.length, MOST_PROGRAMS);
});

test("a program that is replaced is followed where it logs from then on", async () => {
  const { parts, view } = rig();
  const events = await told(view, "name=pool:a");
  await turn();
  parts.logs.move("pool:a stdout", "/new/out");
  parts.logs.set("pool:a stdout", "");
  parts.eventLog.changed("pool:a" as ProcessKey);
  parts.settle();
  await turn();
  parts.logs.append("pool:a stdout", "after\n");
  assert.deepEqual(textsOf(events.told.at(-1)?.[1]), ["0 after"]);
});
