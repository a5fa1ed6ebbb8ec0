// Warnings by the thousand: each is written, also where logs are written in batches, which warnings do not wait for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeWorld, MAIN_LOG } from "../../../fakes/logs-world.ts";
import { SECS, settled } from "./flush-rig.ts";

for (const flushSecs of [0, SECS]) {
  test(`a thousand warnings of one turn are all written, with an interval of ${flushSecs} s`, async () => {
    const { logs, files } = fakeWorld({ flushSecs });
    await logs.openMain();
    for (let n = 0; n < 1000; n += 1) logs.activity.log("WARN", `stopped: ${n}`);
    await settled();
    const text = files.text(MAIN_LOG) ?? "";
    assert.equal(text.match(/stopped: /g)?.length, 1000);
    assert.doesNotMatch(text, /are missing here/);
    assert.ok(files.calls.filter((call) => /^write /.test(call)).length <= 2);
  });
}
