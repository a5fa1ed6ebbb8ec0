// The configuration in a handover. A new option must say here what it is in a document that does not know it.

import type {
  ChannelConfig,
  Config,
  Credentials,
  DaemonOptions,
  FactoryConfig,
  FcgiSocketConfig,
  GroupConfig,
  LogTarget,
  Origin,
  ProcessConfig,
  ServerConfig,
} from "../config/model.ts";
import {
  type Codec,
  flag,
  integer,
  kind,
  list,
  nullable,
  number,
  object,
  oneOf,
  recordOf,
  since,
  text,
  union,
} from "./codec.ts";

const origin = object<Origin>({ file: text, section: text, line: integer });
const owner = nullable(object<{ uid: number; gid: number }>({ uid: integer, gid: integer }));

const target = union<LogTarget>({
  none: object({ kind: kind("none") }),
  auto: object({ kind: kind("auto") }),
  file: object({ kind: kind("file"), path: text }),
});

const channel = object<ChannelConfig>({
  logfile: target,
  maxBytes: number,
  backups: number,
  flushSecs: since(nullable(number), null),
  captureMaxBytes: number,
  eventsEnabled: flag,
  syslog: flag,
});

const fcgiSocket = object<FcgiSocketConfig>({
  url: text,
  address: union<FcgiSocketConfig["address"]>({
    unix: object({ kind: kind("unix"), path: text }),
    tcp: object({ kind: kind("tcp"), host: text, port: integer }),
  }),
  backlog: nullable(integer),
  owner,
  mode: nullable(integer),
});

export const processConfig: Codec<ProcessConfig> = object<ProcessConfig>({
  name: text,
  programName: text,
  command: text,
  directory: nullable(text),
  uid: nullable(integer),
  user: nullable(text),
  umask: nullable(integer),
  priority: number,
  autostart: flag,
  autorestart: oneOf("always", "never", "unexpected"),
  startSecs: number,
  startRetries: number,
  stopSignal: integer,
  stopWaitSecs: number,
  stopAsGroup: flag,
  killAsGroup: flag,
  exitCodes: list(number),
  redirectStderr: flag,
  tty: flag,
  environment: recordOf(text),
  serverUrl: nullable(text),
  stdout: channel,
  stderr: channel,
  fcgiSocket: nullable(fcgiSocket),
  origin,
});

const groupBase = { name: text, priority: number, processes: list(processConfig), origin };

export const groupConfig: Codec<GroupConfig> = union<GroupConfig>({
  program: object({ ...groupBase, kind: kind("program") }),
  fcgi: object({ ...groupBase, kind: kind("fcgi"), socket: fcgiSocket }),
  eventlistener: object({
    ...groupBase,
    kind: kind("eventlistener"),
    events: list(text),
    bufferSize: number,
    resultHandler: text,
  }),
});

const serverBase = {
  section: text,
  credentials: nullable(object<Credentials>({ username: text, password: text })),
  legacyGetActions: flag,
  origin,
};

export const serverConfig: Codec<ServerConfig> = union<ServerConfig>({
  unix: object({ ...serverBase, kind: kind("unix"), path: text, mode: integer, owner }),
  inet: object({
    ...serverBase,
    ...{ kind: kind("inet"), host: text, port: integer, allowedHosts: since(list(text), []) },
  }),
});

const factoryConfig: Codec<FactoryConfig> = object<FactoryConfig>({
  name: text,
  factory: text,
  module: nullable(object<{ path: string; name: string }>({ path: text, name: text })),
  arguments: recordOf(text),
  origin,
});

export const daemonOptions: Codec<DaemonOptions> = object<DaemonOptions>({
  configFile: text,
  here: text,
  logfile: text,
  logfileMaxBytes: number,
  logfileBackups: number,
  logfileFlushSecs: since(number, 0),
  logLevel: oneOf("CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"),
  pidfile: text,
  umask: integer,
  nodaemon: flag,
  silent: flag,
  minfds: number,
  minprocs: number,
  nocleanup: flag,
  orphans: since(oneOf("warn", "stop"), "warn"),
  upgradePaths: since(list(text), []),
  childLogDir: text,
  user: nullable(
    object<{ uid: number; gid: number; name: string }>({ uid: integer, gid: integer, name: text }),
  ),
  directory: nullable(text),
  stripAnsi: flag,
  environment: recordOf(text),
  identifier: text,
});

/** Notices and warnings were told when the configuration was read. @param groups how its groups are written */
export function configCodec(groups: Codec<Config["groups"]>): Codec<Config> {
  const none = <T>(): Codec<readonly T[]> => ({ encode: () => [], decode: () => [] });
  return object<Config>({
    daemon: daemonOptions,
    servers: list(serverConfig),
    groups,
    rpcInterfaces: list(factoryConfig),
    notices: none(),
    warnings: none(),
  });
}
