// Facts about the configuration: it is read as the daemon and ctl read it, with the environment of the service.

import type { DaemonArguments } from "../../core/config/daemon-section.ts";
import { checkConfig } from "../../core/config/lint/check.ts";
import { loadConfig } from "../../core/config/load.ts";
import { absolutePath, dirname } from "../../core/config/paths.ts";
import type { CtlArguments } from "../../core/config/read.ts";
import { readCtlConfig, readDaemonConfig } from "../../core/config/read.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import type { ConfigFacts } from "./situation.ts";

/** Which configuration is examined, and why. */
export interface ConfigChoice {
  readonly path: string | null;
  readonly chosenBy: ConfigFacts["chosenBy"];
  readonly search: ConfigFacts["search"];
  /** The daemon's environment; `isReal` if it was read from the running daemon. */
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentIsReal: boolean;
  /** The command line of the daemon, which overrides options. */
  readonly args: DaemonArguments;
}

/** Reads a configuration. @param world of the caller; its environment is replaced by that of the daemon */
export function readConfigFacts(choice: ConfigChoice, world: ConfigWorld): ConfigFacts {
  const { path, chosenBy, search, environment, environmentIsReal } = choice;
  const known = { chosenBy, search, environment, environmentIsReal };
  if (path === null) {
    const nothing = { daemon: null, problems: [], raw: null, files: [], daemonUid: world.uid };
    return { ...known, ...nothing, path, ctl: ctlOf(null, world) };
  }
  const files: string[] = [];
  const recording: ConfigWorld = {
    ...world,
    readText: (file) => {
      if (!files.includes(file)) files.push(file);
      return world.readText(file);
    },
  };
  const here = absolutePath(dirname(path), world.cwd);
  const loaded = loadConfig(path, recording, here);
  const ofDaemon: ConfigWorld = { ...world, env: environment };
  const daemon = readDaemonConfig({ ...choice.args, configFile: path }, ofDaemon);
  return {
    ...known,
    path,
    daemon,
    problems: checkConfig(path, ofDaemon),
    raw: loaded.ok ? loaded.value.raw : null,
    ctl: ctlOf(path, world),
    files,
    daemonUid: daemon.ok ? (daemon.value.daemon.user?.uid ?? world.uid) : world.uid,
  };
}

function ctlOf(configFile: string | null, world: ConfigWorld): ConfigFacts["ctl"] {
  const args: CtlArguments = {
    configFile,
    searchPaths: [],
    interactive: false,
    serverUrl: null,
    username: null,
    password: null,
    historyFile: null,
    words: [],
  };
  const read = readCtlConfig(args, world);
  return read.ok ? read.value : null;
}
