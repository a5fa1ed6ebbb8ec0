// history: charts of one line, exits, JSON, and what is said without a history.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { double, type XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import {
  ASCII,
  BLOCKS,
  runHistory,
  signsOf,
  sparkline,
} from "../../../../src/ctl/commands/history.ts";
import { createFakeClient, createFakeContext, faultAnswer } from "../../../fakes/ctl-client.ts";

const NOW = Date.UTC(2026, 10, 27);
const REQUEST = {
  ...{ names: ["web"], since: null, until: null, now: NOW, offset: () => 0, signs: ASCII },
};

const run = {
  ...{ pid: 7, cause: "autostart", start: NOW / 1000 - 90, end: NOW / 1000 - 30, uptime: 60 },
  ...{ uptime_ms: 60_000, ending: "exited", exitstatus: 3, signal: 0, expected: false, reason: "" },
};

const WEB: XmlRpcValue = {
  ...{ group: "web", name: "web", from: double(NOW / 1000 - 3600), step: 1200 },
  cpu: [0, -1, 30].map(double),
  cpu_max: [0, -1, 100].map(double),
  memory_max: [2 ** 20, -1, 2 ** 21].map(double),
  runs: [run],
  events: [{ kind: "state", group: "web", name: "web", to: "EXITED", seq: 4, at_ms: double(NOW) }],
};

const asked: XmlRpcValue[][] = [];
const client = () =>
  createFakeClient({
    "tsv.getHistory": (params) => {
      asked.push([...params]);
      return params[3] === "none" ? faultAnswer("BAD_NAME", "none") : ok([WEB]);
    },
  });

test("each program has two charts, and the ends of its runs", async () => {
  const { context, terminal } = createFakeContext(client(), { isOwn: true });
  await runHistory(context, REQUEST);
  assert.equal(
    terminal.written(),
    "web: from 2026-11-26 23:00:00, each sign 20 min\n" +
      "  cpu _ # 15 %, most 100 %\n" +
      "  mem = # 2.0 MB, most 2.0 MB\n" +
      "  2026-11-26 23:59:30 exit status 3\n",
  );
  assert.equal(context.exitStatus, 0);
  assert.deepEqual(asked.splice(0), [[NOW / 1000 - 3600, 0, 48, "web"]]);
});

test("an unknown name is reported beside the others", async () => {
  const { context, terminal } = createFakeContext(client(), { isOwn: true });
  await runHistory(context, { ...REQUEST, names: ["none", "web"] });
  assert.match(terminal.written() + terminal.errors(), /none: ERROR \(no such process\)/);
  assert.match(terminal.written(), /web: from/);
  assert.equal(context.exitStatus, 1);
});

test("times that cannot be read, or that are turned round, are refused", async () => {
  for (const given of [{ since: "soon" }, { until: "soon" }, { since: "1h", until: "2h" }]) {
    const { context } = createFakeContext(client(), { isOwn: true });
    await runHistory(context, { ...REQUEST, ...given });
    assert.equal(context.exitStatus, 2);
  }
});

test("without a history the option is named, and without the method the daemon is", async () => {
  for (const name of ["FAILED", "UNKNOWN_METHOD"] as const) {
    const refusing = createFakeClient({ "tsv.getHistory": faultAnswer(name, "off") });
    const { context } = createFakeContext(refusing, { isOwn: true });
    await runHistory(context, REQUEST);
    assert.equal(context.exitStatus, 1);
  }
});

test("a chart goes from nothing to the largest value, and a gap is a blank", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7, null], BLOCKS), `${BLOCKS} `);
  assert.equal(sparkline([0, 0], BLOCKS), "▁▁");
  assert.equal(sparkline([], BLOCKS), "");
});

test("a locale that is not of UTF-8 gets plain signs", () => {
  assert.equal(signsOf({ LANG: "C" }), ASCII);
  assert.equal(signsOf({ LANG: "C", LC_ALL: "de_DE.UTF-8" }), BLOCKS);
  assert.equal(signsOf({ LC_ALL: "", LANG: "en_US.utf8" }), BLOCKS);
  assert.equal(signsOf({}), BLOCKS);
});
