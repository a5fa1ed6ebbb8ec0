// The requirements of a daemon for its service, from its configuration.

import type { Config, GroupConfig } from "../../core/config/model.ts";
import {
  firstServer,
  privateDirectories,
  privateKey,
  privateSocketName,
  serverUrlOf,
} from "../../core/config/server-address.ts";
import { longestStopSeconds } from "../../core/supervisor/shutdown.ts";

export interface DaemonRequirements {
  readonly config: string;
  readonly server: string | null;
  readonly stopTimeoutSeconds: number;
  readonly openFiles: number;
  readonly remarks: readonly string[];
}

export function requirementsOf(
  config: Config,
  about: {
    readonly path: string;
    /** Whether it is the one that tsv creates if it is missing. */
    readonly isOurs: boolean;
    readonly scope: string;
    /** The user who installs. */
    readonly account: { readonly uid: number; readonly runtimeDirectory: string | null };
  },
): DaemonRequirements {
  const { path, isOurs, scope } = about;
  const server = firstServer(config.servers);
  const remarks: string[] = [];
  const unix = config.servers.find((one) => one.kind === "unix");
  if (!isOurs && scope === "system" && unix?.kind === "unix" && (unix.mode & 0o060) !== 0o060) {
    remarks.push(
      `only root can use ctl: to give a group access to the socket, set chmod and chown in [unix_http_server] of ${path}`,
    );
  }
  return {
    config: path,
    server: server === null ? privateUrl(config, path, about) : serverUrlOf(server),
    stopTimeoutSeconds: stopTimeoutSeconds(config.groups),
    openFiles: Math.max(1024, config.daemon.minfds),
    remarks,
  };
}

/** Where the daemon has its private control socket when it is a service. */
function privateUrl(
  { daemon }: Config,
  path: string,
  { scope, account }: Parameters<typeof requirementsOf>[1],
): string {
  const uid = scope === "system" ? (daemon.user?.uid ?? 0) : account.uid;
  const runtime = scope === "system" ? null : account.runtimeDirectory;
  const [directory = ""] = privateDirectories(uid, runtime);
  return `unix://${directory}/${privateSocketName(privateKey(daemon.here, path))}`;
}

/** If environment variables of the configuration are missing. */
export function unknownRequirements(path: string, text: string): DaemonRequirements {
  const remark = `${path} uses an environment variable that is not set (${text}); set it for the service, too`;
  return {
    config: path,
    server: null,
    stopTimeoutSeconds: stopTimeoutSeconds([]),
    openFiles: 1024,
    remarks: [remark],
  };
}

/** Time for stopping in addition to waiting for programs: reading, logging, reaping. */
const MARGIN_SECONDS = 10;
/** The default of systemd, which leaves time for programs that are added later. */
const LEAST_SECONDS = 90;

/**
 * Seconds that stopping everything may take. Groups of one priority are stopped together, and one priority after the
 * other, so the slowest program of each counts; one that does not stop is killed after its `stopwaitsecs`.
 */
export function stopTimeoutSeconds(groups: readonly GroupConfig[]): number {
  return Math.max(LEAST_SECONDS, Math.ceil(longestStopSeconds(groups)) + MARGIN_SECONDS);
}
