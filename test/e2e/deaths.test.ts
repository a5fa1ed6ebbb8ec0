// Programs do not notice the death of their daemon: a few deaths of few programs. `deaths.slow.test.ts` has more of both.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Deaths, pidsOf } from "./deaths/deaths.ts";
import { Writers } from "./deaths/programs.ts";
import { diesAtRandom } from "./deaths/random.ts";
import { e2e } from "./rig/rig.ts";

e2e("programs do not notice that their daemon dies", async (rig, t) => {
  await diesAtRandom(rig, t, { deaths: 12, each: 1, mortals: 3 });
});

e2e("programs do not notice that their daemon gets no more memory", async (rig) => {
  const writers = new Writers(1);
  const daemon = await rig.startWith(writers.sections, { env: { TSV_DEATHS: "500" } });
  for (const name of writers.names) await daemon.logged(new RegExp(`success: ${name} entered`));
  const pids = await pidsOf(daemon, writers.names);
  const deaths = new Deaths(daemon, ["memory"]);
  while (deaths.count < 4) await deaths.one();
  assert.deepEqual(await pidsOf(daemon, writers.names), pids);
  assert.match(
    readFileSync(daemon.log, "utf8"),
    /the daemon was killed by SIG(?:ABRT|TRAP|ILL|SEGV)/,
  );
  await daemon.shutdown();
  writers.assertLogs(rig, deaths.count);
});
