// The daemon dies at each system call of a reload in turn.

import { diesAt } from "./deaths/dies-at.ts";
import { Reloads } from "./deaths/reloads.ts";
import { e2e } from "./rig/rig.ts";

/** More than a reload makes that change anything; in parts, so that each test ends within its time on a busy machine. */
const CALLS = 200;
const PART = 50;

for (let first = 1; first <= CALLS; first += PART) {
  const last = first + PART - 1;
  e2e(
    `a daemon that dies at system call ${first} to ${last} of a reload comes back`,
    async (rig) => {
      const reloads = await Reloads.begin(rig);
      for (let count = first; count <= last; count += 1) {
        const { isOver } = await diesAt(reloads.daemon, count);
        await reloads.dies(isOver);
        await reloads.assertBack(`at system call ${count}`);
      }
    },
  );
}
