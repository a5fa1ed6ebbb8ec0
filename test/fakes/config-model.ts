// Configurations as data, with every default, for tests that read no file.

import type {
  ChannelConfig,
  Config,
  GroupConfig,
  Origin,
  ProcessConfig,
} from "../../src/core/config/model.ts";
import { CHANNEL } from "../../src/core/config/options/channel.ts";
import { DAEMON } from "../../src/core/config/options/daemon.ts";
import { PROGRAM } from "../../src/core/config/options/program.ts";
import { defaultsOf } from "../../src/core/config/reading.ts";

const ORIGIN: Origin = { file: "/etc/supervisord.conf", section: "program:x", line: 1 };

const STREAM: ChannelConfig = { ...defaultsOf(CHANNEL), logfile: { kind: "auto" } };
const {
  numprocs: _copies,
  numprocsStart: _first,
  numprocsMax: _most,
  ...OPTIONS
} = defaultsOf(PROGRAM);

/** A program's configuration with every default, changed where `over` says. */
export function fakeProcessConfig(name: string, over: Partial<ProcessConfig> = {}): ProcessConfig {
  return {
    ...OPTIONS,
    name,
    programName: name,
    command: `/bin/${name}`,
    killAsGroup: false,
    user: null,
    stdout: STREAM,
    stderr: STREAM,
    fcgiSocket: null,
    shown: {},
    environmentPlaces: {},
    secretVariables: [],
    origin: ORIGIN,
    ...over,
  };
}

/** A group's configuration. */
export function fakeGroupConfig(
  name: string,
  processes: readonly ProcessConfig[],
  priority = 999,
): GroupConfig {
  return { kind: "program", name, priority, processes, origin: ORIGIN };
}

/** A whole configuration around groups. */
export function fakeConfig(groups: readonly GroupConfig[]): Config {
  return {
    daemon: {
      ...defaultsOf(DAEMON),
      configFile: "/etc/supervisord.conf",
      here: "/etc",
      logfile: "/var/log/supervisord.log",
      pidfile: "/run/supervisord.pid",
      nodaemon: true,
      childLogDir: "/tmp",
      user: null,
    },
    decisions: [],
    servers: [],
    groups,
    rpcInterfaces: [],
    users: [],
    receivers: [],
    notices: [],
  };
}
