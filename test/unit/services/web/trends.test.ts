// The trends of all programs: made once for all pages that ask, and anew after half a minute.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Trends } from "../../../../src/services/web/trends.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { WebParts } from "../../../fakes/web-parts.ts";

test("many pages that ask cost one reading of the history in half a minute", async () => {
  const groups = ["a", "b"].map((name) => fakeGroupConfig(name, [fakeProcessConfig(name)]));
  const parts = new WebParts(new FakeSupervisor(groups));
  let asked = 0;
  parts.history = {
    query() {
      asked += 1;
      return null;
    },
  };
  let mono = 0;
  const trends = new Trends({ ...parts.deps(), now: () => ({ mono, wall: 1795248000000 }) });
  const request = { enter: async () => true };
  await Promise.all([trends.answer(request), trends.answer(request)]);
  mono = 29_999;
  await trends.answer(request);
  assert.equal(asked, 2);
  mono = 30_000;
  await trends.answer(request);
  assert.equal(asked, 4);
});

test("without a history there are no trends, and a large answer needs a slot", async () => {
  const groups = Array.from({ length: 501 }, (_, i) =>
    fakeGroupConfig(`g${i}`, [fakeProcessConfig(`g${i}`)]),
  );
  const parts = new WebParts(new FakeSupervisor(groups));
  const statusOf = async () => {
    const reply = await new Trends(parts.deps()).answer({ enter: async () => false });
    return reply.kind === "whole" ? reply.status : 0;
  };
  assert.equal(await statusOf(), 404);
  parts.history = { query: () => null };
  assert.equal(await statusOf(), 503);
});
