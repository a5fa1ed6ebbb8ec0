// Flags of Node's that measurably help an idle daemon and do not count for V8, which takes a code cache only from a process with the
// same flags: Node's own modules come with one that was made without any. Compiling them anew takes a sixth of the time in which
// a daemon starts. The daemon itself sets flags that count when it is up (host/system/trim.ts).

// V8 has one thread beside the main one: by itself Node starts as many as there are processors. Compiling hot code there too
// would start a thousand programs 6 % faster, and take 10 MB more when clients flood the daemon.
// The memory reducer would wake the idle daemon every eight seconds.

export const NODE_FLAGS = [
  "--v8-pool-size=1",
  "--no-concurrent-recompilation",
  "--max-semi-space-size=4",
  "--no-memory-reducer",
  "--no-warnings",
];
