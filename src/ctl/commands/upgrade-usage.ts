// upgrade: how it is used. Apart from what it does, which only this verb loads.

import type { Usage } from "../context.ts";

export const UPGRADE_USAGE: readonly Usage[] = [
  ["upgrade", "Replace the daemon by what is now where it was started from"],
  ["upgrade <path>", "Replace it by this executable"],
  ["upgrade --check [path]", "Only tell whether that would work"],
  ["upgrade --from-package [path]", "For packages: nothing to do or nobody there is no error"],
];
