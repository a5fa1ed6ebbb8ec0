// Log lines of commands: each event once, and warnings of the configuration at each reading.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import { fakeConfig } from "../../../fakes/config-model.ts";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig } from "./rig.ts";

test("a stop that is waited for is announced once, however long it takes (waiting-once)", () => {
  const rig = new Rig(group("web", [program({ startSecs: 0, stopWaitSecs: 60 })])).begin();
  void rig.supervisor.stop(key("web:web"), true);
  rig.advance(50_000);
  assert.equal(rig.state("web:web"), "STOPPING");
  const waiting = rig.log().filter((line) => line.includes("waiting for"));
  assert.deepEqual(waiting, ["INFO waiting for web to stop"]);
});

test("the warnings of a reread reach the activity log (reread-warnings)", async () => {
  const groups = [group("web")];
  const rig = new Rig(...groups).begin();
  const notices = [
    { level: "WARN", text: 'No file matches via include "/etc/none"' },
    { level: "INFO", text: 'Included extra file "/etc/a.conf" during parsing' },
  ] as const;
  rig.nextConfig = ok({ ...fakeConfig(groups), notices });
  rig.log();
  assert.ok((await rig.supervisor.reread()).ok);
  assert.deepEqual(rig.log(), ['WARN No file matches via include "/etc/none"']);
});
