// The pages that test/hosts follows word for word have the commands that it expects, so that a new one fails here already.

import { test } from "node:test";
import {
  COMING_FROM,
  FLEET,
  GETTING_STARTED,
  pairsOf,
  QUICK_START,
} from "../../hosts/rig/documents.ts";

test("each command of README's quick start is expected", () => {
  pairsOf(QUICK_START);
});

test("each command of docs/getting-started.md is expected", () => {
  pairsOf(GETTING_STARTED);
});

test("each command of the first fleet in docs/fleet.md is expected", () => {
  pairsOf(FLEET);
});

test("each command of the migration in docs/coming-from.md is expected", () => {
  pairsOf(COMING_FROM);
});
