// Flags of Node's that measurably help an idle daemon and cost start-up nothing (others would void Node's own code cache).

/** The memory reducer would wake the idle daemon every eight seconds. */
export const NODE_FLAGS = [
  "--v8-pool-size=0",
  "--no-concurrent-recompilation",
  "--max-semi-space-size=4",
  "--no-memory-reducer",
  "--no-warnings",
];
