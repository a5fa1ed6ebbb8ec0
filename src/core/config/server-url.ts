// Where programs find the daemon: SUPERVISOR_SERVER_URL (Supervisor, section 4.7).

import type { ServerConfig } from "./model.ts";

/** The first unix server, else the first inet server, else null. */
export function serverUrl(servers: readonly ServerConfig[]): string | null {
  const unix = servers.find((server) => server.kind === "unix");
  if (unix?.kind === "unix") return `unix://${unix.path}`;
  const inet = servers[0];
  if (inet?.kind !== "inet") return null;
  return `http://${inet.host === "" ? "localhost" : inet.host}:${inet.port}`;
}
