// Every parser of input from clients, programs, servers and other versions of tsv.

import type { Target } from "./target.ts";
import { CONFIG_TARGETS } from "./targets/config.ts";
import { OTHER_TARGETS } from "./targets/others.ts";
import { RPC_TARGETS } from "./targets/rpc.ts";
import { STREAM_TARGETS } from "./targets/streams.ts";

export const TARGETS: readonly Target[] = [
  ...RPC_TARGETS,
  ...STREAM_TARGETS,
  ...CONFIG_TARGETS,
  ...OTHER_TARGETS,
];
