// The daemon dies during a reload, most of all between its two generations.

import assert from "node:assert/strict";
import { diesAt } from "./deaths/dies-at.ts";
import { Reloads } from "./deaths/reloads.ts";
import { e2e } from "./rig/rig.ts";

for (const [call, most] of [
  ["unlink", 4],
  ["bind", 2],
  ["listen", 4],
] as const) {
  e2e(`a daemon that dies in a reload, before ${call}(2), comes back by itself`, async (rig) => {
    const reloads = await Reloads.begin(rig);
    for (let count = 1; count <= most; count += 1) {
      const { isOver } = await diesAt(reloads.daemon, count, call);
      await reloads.dies(isOver);
      await reloads.assertBack(`at ${call} ${count}`);
    }
  });
}

e2e("a daemon that dies at the end of a shutdown begins nothing again", async (rig) => {
  const { daemon } = await Reloads.begin(rig);
  await diesAt(daemon, 1, "unlink");
  daemon.signal("SIGTERM");
  assert.deepEqual(await daemon.ended(), { status: null, signal: "SIGKILL" });
});
