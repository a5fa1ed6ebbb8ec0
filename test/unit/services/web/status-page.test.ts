// A page of many programs is large work: it takes a slot before it is made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { statusPage } from "../../../../src/services/web/status-page.ts";
import { Templates } from "../../../../src/services/web/templates.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { WebParts } from "../../../fakes/web-parts.ts";

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
    const page = await statusPage(request, deps, new Templates(deps), {});
    assert.equal(page.kind === "whole" && page.status, status);
  });
}
