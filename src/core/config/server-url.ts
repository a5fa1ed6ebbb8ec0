// The address of a control server as a URL: `unix:///path`, `http://host:port`.

import { err, ok, type Result } from "../base/result.ts";
import type { ServerConfig } from "./model.ts";

/** Where a supervisor listens. */
export type ServerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

const UNIX = "unix://";
const HTTP = "http://";
const HTTP_PORT = 80;

/**
 * Reads `unix://PATH` and `http://HOST[:PORT]`. Anything after the port is ignored, as in Supervisor.
 * @returns an error in Supervisor's words
 */
export function readServerUrl(url: string): Result<ServerAddress, string> {
  const path = socketPathOf(url);
  if (path !== null) return ok({ kind: "unix", path });
  if (!url.startsWith(HTTP)) return err(`Unknown protocol for serverurl ${url}`);
  const authority = /^[^/?#]*/.exec(url.slice(HTTP.length))?.[0] ?? "";
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(place);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || host === "") return err(`No host in serverurl ${url}`);
  const port = match?.[3];
  if (port === undefined || port === "") return ok({ kind: "tcp", host, port: HTTP_PORT });
  if (!/^\d+$/.test(port)) return err(`Port could not be cast to integer value as '${port}'`);
  if (Number(port) > 65535) return err("Port out of range 0-65535");
  return ok({ kind: "tcp", host, port: Number(port) });
}

/** The path of `unix://PATH`; null for another URL. */
export function socketPathOf(url: string): string | null {
  return url.startsWith(UNIX) ? url.slice(UNIX.length) : null;
}

/** Where clients on this host reach a server. */
export function serverUrlOf(server: ServerConfig): string {
  if (server.kind === "unix") return `${UNIX}${server.path}`;
  const { host, port } = server;
  const isAny = host === "" || host === "0.0.0.0" || host === "::";
  return `${HTTP}${isAny ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The server that programs and the installer use: the first unix server, else the first inet server, else null. */
export function firstServer(servers: readonly ServerConfig[]): ServerConfig | null {
  return servers.find((server) => server.kind === "unix") ?? servers[0] ?? null;
}

/** SUPERVISOR_SERVER_URL, as Supervisor writes it: with any address, and an IPv6 address without its brackets. */
export function serverUrlForPrograms(servers: readonly ServerConfig[]): string | null {
  const server = firstServer(servers);
  if (server?.kind !== "inet") return server === null ? null : serverUrlOf(server);
  return `${HTTP}${server.host === "" ? "localhost" : server.host}:${server.port}`;
}
