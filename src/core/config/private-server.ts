// The private control socket of a daemon whose configuration names no server: only `tsv` knows it, and only the user that the
// daemon runs as, or root, can reach it. Clients of Supervisor see no difference: for them there is still no server.

import { MAIN_FACTORY } from "../plugins/known.ts";
import type { Config, FactoryConfig, ServerConfig } from "./model.ts";
import { joinPath, splitPath } from "./paths.ts";

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

/** The same of `tsv run`, which is found by the directory that it was started in. No file has this name. */
export function runKey(cwd: string): string {
  return `${cwd}//run`;
}

/** The server on that socket. */
export function privateServer({ daemon }: Config, path: string): ServerConfig {
  const origin = { file: daemon.configFile, line: 0, section: PRIVATE_SECTION };
  return {
    ...{ kind: "unix", section: PRIVATE_SECTION, credentials: null, origin },
    ...{ path, mode: 0o600, owner: null, legacyGetActions: false },
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
