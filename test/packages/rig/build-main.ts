// Builds the packages under test, if what they are made of has changed: packages.ts runs it, one at a time.

import { buildStale } from "./packages.ts";

await buildStale();
