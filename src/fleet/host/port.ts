// Whether a port is free.

import { closeFile } from "../../host/files/file-calls.ts";
import { listenTcpAt } from "../../host/sockets/tcp-sockets.ts";

/** Why no server can listen at a port, a clause; null if one can. */
export async function portProblem(host: string, port: number): Promise<string | null> {
  const claimed = listenTcpAt(host, { host, port, backlog: 1 });
  if (!claimed.ok) return claimed.error.detail;
  await closeFile(claimed.value.fd);
  return null;
}
