// The checks of this folder, in the order in which they are made.

import type { Check } from "../check.ts";
import { NO_CONFIGURATION } from "./conf-001-no-configuration.ts";
import { NOT_INCLUDED } from "./conf-011-not-included.ts";
import { NOT_TAKEN_OVER } from "./conf-017-not-taken-over.ts";
import { problemChecks } from "./problems.ts";

export const CONFIG_CHECKS: readonly Check[] = [
  ...[NO_CONFIGURATION, NOT_INCLUDED, NOT_TAKEN_OVER],
  ...problemChecks(),
].sort((left, right) => (left.code < right.code ? -1 : 1));
