// Configurations as data, with every default, for tests that read no file.

import type {
  ChannelConfig,
  Config,
  GroupConfig,
  Origin,
  ProcessConfig,
} from "../../src/core/config/model.ts";

const ORIGIN: Origin = { file: "/etc/supervisord.conf", section: "program:x", line: 1 };

const CHANNEL: ChannelConfig = {
  logfile: { kind: "auto" },
  maxBytes: 50 * 1024 * 1024,
  backups: 10,
  flushSecs: null,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** A program's configuration with every default, changed where `over` says. */
export function fakeProcessConfig(name: string, over: Partial<ProcessConfig> = {}): ProcessConfig {
  return {
    name,
    programName: name,
    command: `/bin/${name}`,
    directory: null,
    uid: null,
    user: null,
    umask: null,
    priority: 999,
    autostart: true,
    autorestart: "unexpected",
    startSecs: 1,
    startRetries: 3,
    stopSignal: 15,
    stopWaitSecs: 10,
    stopAsGroup: false,
    killAsGroup: false,
    exitCodes: [0],
    redirectStderr: false,
    tty: false,
    environment: {},
    serverUrl: null,
    stdout: CHANNEL,
    stderr: CHANNEL,
    fcgiSocket: null,
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
      configFile: "/etc/supervisord.conf",
      here: "/etc",
      logfile: "/var/log/supervisord.log",
      logfileMaxBytes: 50 * 1024 * 1024,
      logfileBackups: 10,
      logfileFlushSecs: 0,
      logLevel: "INFO",
      pidfile: "/run/supervisord.pid",
      umask: 0o22,
      nodaemon: true,
      silent: false,
      minfds: 1024,
      minprocs: 200,
      nocleanup: false,
      orphans: "warn",
      upgradePaths: [],
      childLogDir: "/tmp",
      user: null,
      directory: null,
      stripAnsi: false,
      environment: {},
      identifier: "supervisor",
    },
    servers: [],
    groups,
    rpcInterfaces: [],
    notices: [],
    warnings: [],
  };
}
