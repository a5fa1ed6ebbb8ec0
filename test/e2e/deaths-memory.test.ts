// A daemon that the kernel kills because its control group has no more memory.

import assert from "node:assert/strict";
import { Deaths, pidsOf } from "./deaths/deaths.ts";
import { Writers } from "./deaths/programs.ts";
import { limitMemory, withoutMemoryLimit } from "./rig/memory-limit.ts";
import { e2e } from "./rig/rig.ts";

/** Less than a daemon needs for the calls below. */
const LIMIT = 2 * 1024 * 1024;
const ENV = { TSV_DEATHS: "500" };

e2e(
  "programs do not notice that the kernel kills their daemon for want of memory",
  withoutMemoryLimit(),
  async (rig) => {
    const writers = new Writers(1);
    const daemon = await rig.startWith(writers.sections, { env: ENV });
    for (const name of writers.names) await daemon.logged(new RegExp(`success: ${name} entered`));
    const pids = await pidsOf(daemon, writers.names);
    const limit = limitMemory(rig.mark, LIMIT);
    const deaths = new Deaths(daemon);
    try {
      // The keeper and the programs stay outside, and the next daemon starts there.
      limit.add(daemon.process);
      while (limit.kills() === 0) await daemon.ask("getAllProcessInfo").catch(() => {});
      await daemon.logged(/CRIT the daemon was killed by SIGKILL; a new one continues/);
      await deaths.answers();
      assert.deepEqual(await pidsOf(daemon, writers.names), pids);
    } finally {
      limit.remove();
    }
    await daemon.shutdown();
    writers.assertLogs(rig, 1);
  },
);
