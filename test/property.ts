// fast-check, as all property tests use it: with one seed, so that what a run finds depends on the commit and not on the
// day. SEED=random, or a number, looks elsewhere; what fails there names its seed.

import fc from "fast-check";

const { SEED = "1" } = process.env;

// Without the second line fast-check caps arrays and strings at ten elements, whatever maxLength a test asks for.
fc.configureGlobal({
  ...(SEED === "random" ? {} : { seed: Number(SEED) }),
  defaultSizeToMaxWhenMaxSpecified: true,
});

export { fc };
