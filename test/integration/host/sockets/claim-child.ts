// A process that claims the unix socket named by its argument, and holds it until it is killed.

import { writeSync } from "node:fs";
import { createServer } from "node:net";
import { claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";

const path = process.argv[2] ?? "";
const result = claimUnixSocket({ path, mode: 0o700, owner: null, backlog: 8 });
if (result.ok) {
  createServer().listen({ fd: result.value.fd }, () => writeSync(1, "listening\n"));
} else {
  writeSync(1, `${result.error.summary}\n${result.error.detail}\n`);
}
