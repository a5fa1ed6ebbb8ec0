// Addresses of control servers: the URLs `unix:///path`, `http://host:port` and `https://host:port`, and the private control socket
// of a daemon whose configuration names no server. Only `tsv` knows that socket, and only the user that the daemon runs as, or root, can
// reach it. Clients of Supervisor see no difference: for them there is still no server.

import { err, ok, type Result } from "../base/result.ts";
import { tlsFilesOf } from "../net/certificates.ts";
import { bracketed } from "../net/tcp-table.ts";
import { MAIN_FACTORY } from "../plugins/known.ts";
import type { Config, FactoryConfig, ServerConfig } from "./model.ts";
import { absolutePath, dirname, joinPath, splitPath } from "./paths.ts";

/** Where a supervisor listens. */
export type ServerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      /** It speaks TLS. Absent for false. */
      readonly isTls?: boolean;
    };

const UNIX = "unix://";
const HTTP = "http://";
const HTTPS = "https://";
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/**
 * Reads `unix://PATH`, `http://HOST[:PORT]` and `https://HOST[:PORT]`. Anything after the port is ignored, as in Supervisor.
 * @returns an error in Supervisor's words
 */
export function readServerUrl(url: string): Result<ServerAddress, string> {
  const path = socketPathOf(url);
  if (path !== null) return ok({ kind: "unix", path });
  const isTls = url.startsWith(HTTPS);
  if (!isTls && !url.startsWith(HTTP)) return err(`Unknown protocol for serverurl ${url}`);
  const authority = /^[^/?#]*/.exec(url.slice((isTls ? HTTPS : HTTP).length))?.[0] ?? "";
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(place);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || host === "") return err(`No host in serverurl ${url}`);
  const port = match?.[3];
  const tls = isTls ? { isTls } : {};
  if (port === undefined || port === "") {
    return ok({ kind: "tcp", host, port: isTls ? HTTPS_PORT : HTTP_PORT, ...tls });
  }
  if (!/^\d+$/.test(port)) return err(`Port could not be cast to integer value as '${port}'`);
  if (Number(port) > 65535) return err("Port out of range 0-65535");
  return ok({ kind: "tcp", host, port: Number(port), ...tls });
}

/** The path of `unix://PATH`; null for another URL. */
export function socketPathOf(url: string): string | null {
  return url.startsWith(UNIX) ? url.slice(UNIX.length) : null;
}

/** Where a server listens, as the table of descriptors has it. */
export function listeningAddress(server: ServerConfig): string {
  return server.kind === "unix" ? server.path : `${server.host}:${server.port}`;
}

/** Whether clients need a password or a token. A unix socket without a password of its own knows its clients from the kernel. */
export function asksForPassword({ kind, credentials }: ServerConfig, hasUsers: boolean): boolean {
  return credentials !== null || (kind === "inet" && hasUsers);
}

/** Where clients on this host reach a server. */
export function serverUrlOf(server: ServerConfig): string {
  if (server.kind === "unix") return `${UNIX}${server.path}`;
  const { host, port } = server;
  const isAny = host === "" || host === "0.0.0.0" || host === "::";
  return `${schemeOf(server)}${isAny ? "localhost" : bracketed(host)}:${port}`;
}

function schemeOf(server: ServerConfig): string {
  return tlsFilesOf(server) === null ? HTTP : HTTPS;
}

/** The server that programs and the installer use: the first unix server, else the first inet server, else null. */
export function firstServer(servers: readonly ServerConfig[]): ServerConfig | null {
  return servers.find((server) => server.kind === "unix") ?? servers[0] ?? null;
}

/** SUPERVISOR_SERVER_URL, as Supervisor writes it: with any address. */
export function serverUrlForPrograms(servers: readonly ServerConfig[]): string | null {
  const server = firstServer(servers);
  if (server?.kind !== "inet") return server === null ? null : serverUrlOf(server);
  return `${schemeOf(server)}${server.host === "" ? "localhost" : bracketed(server.host)}:${server.port}`;
}

/** In messages and in the audit, where the name of a section stands for other servers. */
export const PRIVATE_SECTION = "private control socket";

const NAME_LENGTH = 40;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/**
 * The directories that may hold it, in order. Each belongs to that user alone, mode 0700.
 * @param runtimeDirectory $XDG_RUNTIME_DIR; null for none
 */
export function privateDirectories(uid: number, runtimeDirectory: string | null): string[] {
  // The last is for containers with a read-only root: of all directories they often have only this one to write to.
  const own = [`/tmp/tsv-${uid}`, `/dev/shm/tsv-${uid}`];
  if (uid === 0) return ["/run/tsv-control", ...own];
  return runtimeDirectory?.startsWith("/") ? [`${runtimeDirectory}/tsv-control`, ...own] : own;
}

/** Its name in such a directory. @param configPath absolute */
export function privateSocketName(configPath: string): string {
  // FNV-1a, 64 bits: two configurations of one user do not meet by chance, and no other user can make a name there.
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(configPath)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  }
  const shown = splitPath(configPath)
    .tail.replace(/[^\w.-]/g, "_")
    .slice(0, NAME_LENGTH);
  return `${shown}-${hash.toString(16).padStart(16, "0")}.sock`;
}

/**
 * The absolute path of a configuration, by which its socket is named.
 * @param here its directory, absolute
 * @param configFile as it was given
 */
export function privateKey(here: string, configFile: string): string {
  return joinPath(here, splitPath(configFile).tail);
}

/** The same of a configuration as a user names it. */
export function absoluteKey(configFile: string, cwd: string): string {
  return privateKey(absolutePath(dirname(configFile), cwd), configFile);
}

/**
 * The same of `tsv run`. No file has this name.
 * @param path by which it is found: the directory that it was started in, or the `privateKey` of its configuration
 */
export function runKey(path: string): string {
  return `${path}//run`;
}

/** The server on that socket. */
export function privateServer({ daemon }: Config, path: string): ServerConfig {
  const origin = { file: daemon.configFile, line: 0, section: PRIVATE_SECTION };
  return {
    ...{ kind: "unix", section: PRIVATE_SECTION, credentials: null, origin },
    ...{ path, mode: 0o600, owner: null, readGroup: null, legacyGetActions: false },
  };
}

/** What is served there: what the configuration asks for, and in any case Supervisor's own methods. */
export function privateInterfaces(interfaces: readonly FactoryConfig[]): readonly FactoryConfig[] {
  const isMain = ({ name, factory }: FactoryConfig): boolean =>
    name === "supervisor" && factory.trim() === MAIN_FACTORY;
  if (interfaces.some(isMain)) return interfaces;
  const origin = { file: "", line: 0, section: PRIVATE_SECTION };
  const main = { name: "supervisor", factory: MAIN_FACTORY, module: null, arguments: {}, origin };
  return [main, ...interfaces];
}
