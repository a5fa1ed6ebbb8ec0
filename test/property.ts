// fast-check, as all property tests use it: with one seed, so that what a run finds depends on the commit and not on the
// day. SEED=random, or a number, looks elsewhere; what fails there names its seed.

import fc from "fast-check";

const { SEED = "1" } = process.env;
if (SEED !== "random") fc.configureGlobal({ seed: Number(SEED) });

export { fc };
