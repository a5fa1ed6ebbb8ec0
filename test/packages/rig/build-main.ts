// Builds the packages under test, if their sources have changed: packages.ts runs it, one at a time.

import { buildStale } from "./packages.ts";

await buildStale();
