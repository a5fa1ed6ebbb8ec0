// The configuration in a handover. Options are in it by the tables of config/options/; here is what else there is.

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
import { CHANNEL } from "../config/options/channel.ts";
import { DAEMON } from "../config/options/daemon.ts";
import { PROGRAM } from "../config/options/program.ts";
import { INET_SERVER, UNIX_SERVER } from "../config/options/servers.ts";
import { FCGI, LISTENER } from "../config/options/special.ts";
import {
  type Codec,
  integer,
  kind,
  list,
  nullable,
  number,
  object,
  recordOf,
  since,
  text,
  union,
} from "./codec.ts";
import { OUTPUT_TARGETS, optionsShape } from "./option-codec.ts";

const origin = object<Origin>({ file: text, section: text, line: integer });

const target = union<LogTarget>({
  none: object({ kind: kind("none") }),
  auto: object({ kind: kind("auto") }),
  ...OUTPUT_TARGETS,
  file: object({ kind: kind("file"), path: text }),
});

const { logfile: _logfile, ...channelOptions } = optionsShape(CHANNEL);
const channel = object<ChannelConfig>({ ...channelOptions, logfile: target });

const fcgiSocket = object<FcgiSocketConfig>({
  ...optionsShape(FCGI),
  address: union<FcgiSocketConfig["address"]>({
    unix: object({ kind: kind("unix"), path: text }),
    tcp: object({ kind: kind("tcp"), host: text, port: integer }),
  }),
});

const { numprocs: _copies, numprocsStart: _start, ...programOptions } = optionsShape(PROGRAM);

export const processConfig: Codec<ProcessConfig> = object<ProcessConfig>({
  ...programOptions,
  programName: text,
  user: nullable(text),
  stdout: channel,
  stderr: channel,
  fcgiSocket: nullable(fcgiSocket),
  shown: since(recordOf(text), {}),
  environmentPlaces: since(recordOf(text), {}),
  secretVariables: since(list(text), []),
  origin,
});

const groupBase = { name: text, priority: number, processes: list(processConfig), origin };

export const groupConfig: Codec<GroupConfig> = union<GroupConfig>({
  program: object({ ...groupBase, kind: kind("program") }),
  fcgi: object({ ...groupBase, kind: kind("fcgi"), socket: fcgiSocket }),
  eventlistener: object({
    ...groupBase,
    ...optionsShape(LISTENER),
    kind: kind("eventlistener"),
  }),
});

const serverBase = {
  section: text,
  credentials: nullable(object<Credentials>({ username: text, password: text })),
  origin,
};

const { username: _name, password: _password, ...unixOptions } = optionsShape(UNIX_SERVER);
const { username: _n, password: _p, address: _address, ...inetOptions } = optionsShape(INET_SERVER);

export const serverConfig: Codec<ServerConfig> = union<ServerConfig>({
  unix: object({ ...serverBase, ...unixOptions, kind: kind("unix") }),
  inet: object({ ...serverBase, ...inetOptions, kind: kind("inet"), host: text, port: integer }),
});

const factoryConfig: Codec<FactoryConfig> = object<FactoryConfig>({
  name: text,
  factory: text,
  module: nullable(object<{ path: string; name: string }>({ path: text, name: text })),
  arguments: recordOf(text),
  origin,
});

export const daemonOptions: Codec<DaemonOptions> = object<DaemonOptions>({
  ...optionsShape(DAEMON),
  configFile: text,
  here: text,
  user: nullable(
    object<{ uid: number; gid: number; name: string }>({ uid: integer, gid: integer, name: text }),
  ),
});

/** Notices and warnings were reported when the configuration was read. @param groups how its groups are encoded */
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
