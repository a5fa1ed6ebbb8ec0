// Reads the requirements of a daemon for its service from a configuration, with the daemon's reader.

import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { readDaemonConfig } from "../../core/config/read.ts";
import { defaultConfig } from "../plan/default-files.ts";
import type { InstallFacts } from "../plan/install-facts.ts";
import type { InstallRequest } from "../plan/request.ts";
import {
  type DaemonRequirements,
  requirementsOf,
  unknownRequirements,
} from "../plan/requirements.ts";
import { plannedConfigWorld } from "./config-world.ts";

/** Reads the configuration as it will be after the installation. The error describes its problems. */
export function readRequirements(
  request: Pick<InstallRequest, "name" | "group" | "scope" | "root">,
  { world, layout }: InstallFacts,
  path: string,
): Result<DaemonRequirements, string> {
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
  if (root !== "/" && scope === "system" && configWorld.findUser("root") === null) {
    return err(`${root} is not a system: its etc/passwd is missing, or has no user root`);
  }
  const parsed = parseDaemonArguments(["tsv", "-n", "-c", path], configWorld);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind !== "run") return err(`invalid name of a configuration: ${path}`);
  const config = readDaemonConfig(parsed.value.args, configWorld);
  if (config.ok) {
    const account = {
      uid: process.getuid?.() ?? 0,
      runtimeDirectory: process.env["XDG_RUNTIME_DIR"] ?? null,
    };
    return ok(requirementsOf(config.value, { path, isOurs, scope, account }));
  }
  const { text } = config.error;
  // The environment of the service differs from this one: it may contain the missing variables.
  if (text.includes("ENV_")) return ok(unknownRequirements(path, isOurs, text));
  const onThisHost = root === "/" ? path : `${root}${path}`;
  return err(
    `cannot use the configuration ${path}: ${text}\nShow all errors:\n\n  tsv check ${shellWord(onThisHost)}`,
  );
}
