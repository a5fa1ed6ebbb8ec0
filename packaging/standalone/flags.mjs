// Flags of Node's that measurably help an idle daemon and cost start-up nothing (others would void Node's own code cache).

// V8 has one thread beside the main one: by itself Node starts as many as there are processors. Compiling hot code there too
// would start a thousand programs 6 % faster, and take 10 MB more when clients flood the daemon.
// The memory reducer would wake the idle daemon every eight seconds. The sizes have V8 collect the garbage of large requests
// when there are 24 MB of it, or a third of what is in use: by itself it first lets the heap grow far beyond that. The memory
// saver has it grow slowly from there, which takes a fifth off the worst that clients can do.

export const NODE_FLAGS = [
  "--v8-pool-size=1",
  "--no-concurrent-recompilation",
  "--max-semi-space-size=4",
  "--no-memory-reducer",
  "--memory-saver-mode",
  "--initial-old-space-size=24",
  "--heap-growing-percent=30",
  "--no-warnings",
];
