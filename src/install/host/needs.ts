// What a daemon with this configuration needs of its service: read with the daemon's own reader.

import { err, ok, type Result } from "../../core/base/result.ts";
import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import type { Config } from "../../core/config/model.ts";
import { readDaemonConfig } from "../../core/config/read.ts";
import { firstServer, serverUrlOf } from "../../core/config/server-url.ts";
import { defaultConfig } from "../plan/default-files.ts";
import type { InstallRequest } from "../plan/request.ts";
import { stopTimeoutSeconds } from "../plan/stop-timeout.ts";
import { plannedConfigWorld } from "./config-world.ts";
import type { Site } from "./site.ts";

export interface DaemonNeeds {
  readonly config: string;
  /** It is the one that tsv makes when it is missing. */
  readonly isOurs: boolean;
  readonly server: string | null;
  readonly stopTimeoutSeconds: number;
  readonly openFiles: number;
  readonly remarks: readonly string[];
}

/** Reads the configuration as it will be. The error says what is wrong with it. */
export function readNeeds(
  request: Pick<InstallRequest, "name" | "group" | "scope" | "root">,
  { world, layout }: Site,
  path: string,
): Result<DaemonNeeds, string> {
  const { name, group, scope, root } = request;
  const isOurs = path === layout.config;
  const found = world.look(path);
  const isMissing = found.kind === "missing";
  if (found.kind === "other") return err(`the configuration ${path} is ${found.detail}; try sudo`);
  const configWorld = plannedConfigWorld({
    root,
    world,
    directories: [layout.runDirectory, layout.logDirectory, layout.configDirectory],
    planned: {
      path: isOurs && isMissing ? path : "",
      text: defaultConfig(layout, { name, group, scope }),
      group,
    },
  });
  const parsed = parseDaemonArguments(["tsv", "-n", "-c", path], configWorld);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind !== "run") return err(`${path} cannot be the name of a configuration`);
  const config = readDaemonConfig(parsed.value.args, configWorld);
  if (config.ok) return ok(needsOf(config.value, { path, isOurs, scope }));
  const { text } = config.error;
  // The service's environment is not this one: what is missing here may be there.
  if (text.includes("ENV_")) return ok(unknownNeeds(path, isOurs, text));
  return err(
    `the configuration ${path} is not good to start from: ${text}\nSee: tsv check ${path}`,
  );
}

function needsOf(
  config: Config,
  about: { readonly path: string; readonly isOurs: boolean; readonly scope: string },
): DaemonNeeds {
  const { path, isOurs, scope } = about;
  const server = firstServer(config.servers);
  const remarks: string[] = [];
  const unix = config.servers.find((one) => one.kind === "unix");
  if (!isOurs && scope === "system" && unix?.kind === "unix" && (unix.mode & 0o060) !== 0o060) {
    remarks.push(
      `only root may use ctl: in [unix_http_server] of ${path}, chmod and chown give the socket to a group`,
    );
  }
  return {
    config: path,
    isOurs,
    server: server === null ? null : serverUrlOf(server),
    stopTimeoutSeconds: stopTimeoutSeconds(config.groups),
    openFiles: Math.max(1024, config.daemon.minfds),
    remarks,
  };
}

function unknownNeeds(path: string, isOurs: boolean, text: string): DaemonNeeds {
  const remark = `${path} uses an environment variable that is not set here (${text}); the service needs it, too`;
  return {
    config: path,
    isOurs,
    server: null,
    stopTimeoutSeconds: stopTimeoutSeconds([]),
    openFiles: 1024,
    remarks: [remark],
  };
}
