// Reads the requirements of a daemon for its service from a configuration, with the daemon's reader.

import { lstatSync, statSync } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { globPaths } from "../../core/config/glob.ts";
import { MOST_FILE_BYTES } from "../../core/config/limits.ts";
import { decodeUtf8 } from "../../core/config/py-text.ts";
import { readDaemonConfig } from "../../core/config/read.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld, listDirectory } from "../../host/files/config-world.ts";
import { readEnvFileNow, readPlainFile } from "../../host/files/read-plain.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { defaultConfig } from "../plan/default-files.ts";
import type { InstallFacts, InstallRequest } from "../plan/plan-input.ts";
import {
  type DaemonRequirements,
  requirementsOf,
  unknownRequirements,
} from "../plan/requirements.ts";
import type { InstallWorld } from "../plan/steps.ts";
import { followedInRoot } from "./safe-paths.ts";

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
  const configWorld = plannedConfigWorld(root, world, {
    directories: [layout.runDirectory, layout.logDirectory, layout.configDirectory],
    path: isOurs && isMissing ? path : "",
    text: defaultConfig(layout, { name, group, scope }),
    group,
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
  if (text.includes("ENV_")) return ok(unknownRequirements(path, text));
  const onThisHost = root === "/" ? path : `${root}${path}`;
  return err(
    `cannot use the configuration ${path}: ${text}\nShow all errors:\n\n  tsv check ${shellWord(onThisHost)}`,
  );
}

/** A placeholder id of the future group; its value is not used. */
const SOME_GID = 0x7fff_fffe;

/** The view of a host or image after the installation: with the directories, the file and the group that it will create. */
function plannedConfigWorld(
  root: string,
  world: InstallWorld,
  planned: {
    readonly directories: readonly string[];
    readonly path: string;
    readonly text: string;
    readonly group: string;
  },
): ConfigWorld {
  const own = createConfigWorld(createAccounts());
  const at = (path: string): string => followedInRoot(root, path);
  return {
    ...own,
    cwd: "/",
    readText(path) {
      if (path === planned.path) return ok(planned.text);
      const bytes = readPlainFile(at(path), MOST_FILE_BYTES);
      if (!bytes.ok) return bytes;
      const decoded = decodeUtf8(bytes.value);
      return decoded.ok ? decoded : err({ code: "EILSEQ", detail: decoded.error });
    },
    readEnvFile: (path) => readEnvFileNow(at(path)),
    exists: (path) => path === planned.path || statOf(at(path)) !== null,
    isDirectory: (path) =>
      planned.directories.includes(path) || statOf(at(path))?.isDirectory() === true,
    isMissing: (path) => own.isMissing(at(path)),
    isNotExecutable: (path) => own.isNotExecutable(at(path)),
    glob: (pattern) =>
      globPaths(pattern, {
        list: (directory, most) => listDirectory(at(directory), most),
        exists: (path) => lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
        isDirectory: (path) => statOf(at(path))?.isDirectory() === true,
      }),
    findUser(key) {
      if (root === "/" || typeof key === "number") return own.findUser(key);
      const uid = world.userId(key);
      return uid === null ? null : { name: key, uid, gid: uid };
    },
    findGroup(key) {
      const gid = typeof key === "number" ? null : world.groupId(key);
      if (gid !== null) return { gid };
      if (key === planned.group) return { gid: SOME_GID };
      return root === "/" ? own.findGroup(key) : null;
    },
  };
}

function statOf(path: string): ReturnType<typeof statSync> | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
