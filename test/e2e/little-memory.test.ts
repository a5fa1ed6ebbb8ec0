// A board with 512 MB, of which the system takes most: the executable and fifty programs in a quarter of it.

import assert from "node:assert/strict";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { limitMemory, withoutMemoryLimit } from "./rig/memory-limit.ts";
import { e2e } from "./rig/rig.ts";

const MEGABYTE = 1 << 20;
/** What a small system and its services leave of 512 MB, and half of that again. */
const LIMIT = 128 * MEGABYTE;
const PROGRAMS = 50;

e2e(
  "starts with fifty programs in 128 MB, batches their logs, answers, and stops in peace",
  withoutMemoryLimit(),
  async (rig, t) => {
    const limit = limitMemory(rig.mark, LIMIT);
    try {
      const daemon = await rig.startWith(
        `[program:many]
command=sh -c 'echo here; while read line; do echo "$line"; done'
process_name=%(program_name)s_%(process_num)02d
numprocs=${PROGRAMS}
startsecs=0
stdout_logfile=%(here)s/many_%(process_num)02d.out
stdout_logfile_flush_interval=3600
stderr_logfile_flush_interval=3600
`,
        { wrapper: limit.wrapper },
      );
      await daemon.logged(/success: many_/, PROGRAMS, 60_000);
      const line = "x".repeat(4000);
      for (let n = 0; n < PROGRAMS; n += 1) {
        const name = `many:many_${String(n).padStart(2, "0")}`;
        for (let times = 0; times < 5; times += 1) {
          await daemon.ask("sendProcessStdin", name, `${line}\n`);
        }
      }
      const status = await rig.ctl(TSV_BY_NAME, "status");
      assert.equal([...status.stdout.matchAll(/ RUNNING /g)].length, PROGRAMS);
      const restarted = await rig.ctl(TSV_BY_NAME, "restart", "all");
      assert.equal(restarted.status, 0);
      const used = Math.round(limit.anonymous() / MEGABYTE);
      const peak = Math.round((limit.peak() ?? 0) / MEGABYTE);
      t.diagnostic(`${used} MB in use with ${PROGRAMS} programs, ${peak} MB with page cache`);
      assert.equal(limit.kills(), 0, "nobody was killed for want of memory");
      assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
      assert.equal(limit.kills(), 0);
    } finally {
      rig.dispose();
      limit.remove();
    }
  },
);
