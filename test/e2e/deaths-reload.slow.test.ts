// The daemon dies at each system call of a reload in turn.

import { diesAt } from "./deaths/dies-at.ts";
import { Reloads } from "./deaths/reloads.ts";
import { e2e } from "./rig/rig.ts";

/** More than a reload makes that change anything. */
const CALLS = 200;

e2e("a daemon that dies at any system call of a reload comes back by itself", async (rig) => {
  const reloads = await Reloads.begin(rig);
  for (let count = 1; count <= CALLS; count += 1) {
    const { isOver } = await diesAt(reloads.daemon, count);
    await reloads.dies(isOver);
    await reloads.assertBack(`at system call ${count}`);
  }
});
