// TCP ports for servers that tests start.

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that the kernel hands out by itself (ip_local_port_range), so that neither a connection nor a listener
 * of another test takes one between the moment when it is found and that in which the server listens.
 */
const TEST_PORTS = { first: 10_000, end: 30_000 } as const;

/** Finds a port of 127.0.0.1 that nobody listens on. @param above the port so many above it is free too */
export async function freePort(above = 0): Promise<number> {
  for (;;) {
    const port = randomInt(TEST_PORTS.first, TEST_PORTS.end - above);
    if ((await isFree(port)) && (above === 0 || (await isFree(port + above)))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
