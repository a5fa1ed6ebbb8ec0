// Fifty programs, a hundred deaths of their daemon. `DEATHS=` and `SEED=` try others.

import { diesAtRandom } from "./deaths/random.ts";
import { e2e } from "./rig/rig.ts";

e2e("fifty programs do not notice a hundred deaths of their daemon", async (rig, t) => {
  await diesAtRandom(rig, t, { deaths: Number(process.env["DEATHS"] ?? 100), each: 8, mortals: 8 });
});
