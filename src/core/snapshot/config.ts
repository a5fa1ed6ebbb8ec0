// Codecs of the configuration. Those of options follow from the tables in config/options/.

import type {
  ChannelConfig,
  Config,
  Credentials,
  DaemonOptions,
  Decision,
  FactoryConfig,
  GroupConfig,
  LogTarget,
  Origin,
  ProcessConfig,
  ReceiverConfig,
  ServerConfig,
  SocketConfig,
  UserConfig,
} from "../config/model.ts";
import { CHANNEL } from "../config/options/channel.ts";
import { DAEMON } from "../config/options/daemon.ts";
import type { OptionRow, OptionTable, ValueOf, ValuesOf } from "../config/options/entry.ts";
import { FCGI, LISTENER } from "../config/options/groups.ts";
import { PROGRAM } from "../config/options/program.ts";
import { RECEIVER } from "../config/options/receivers.ts";
import { INET_SERVER, UNIX_SERVER, USER } from "../config/options/servers.ts";
import {
  ALERT_KINDS,
  CHOICES,
  type CheckTarget,
  type Choice,
  type ChoiceTypes,
  type CpuQuota,
  type Dependency,
  type EnvFileValue,
  type HealthAction,
  type HoursValue,
  type IoPriority,
  type LimitValue,
  type LogfileValue,
  type OwnerValue,
  type RateValue,
  type Schedule,
  type SocketAddress,
  type SocketValue,
  type ValueKind,
  type ValueTypes,
} from "../config/value-types.ts";
import { CAPABILITIES } from "../process/capabilities.ts";
import {
  type Codec,
  dictionary,
  flag,
  integer,
  list,
  nullable,
  number,
  omitted,
  oneOf,
  record,
  type Shape,
  text,
  union,
} from "./codec.ts";

const OUTPUT_TARGETS = {
  none: {},
  auto: {},
  stdout: {},
  stderr: {},
  journal: {},
  file: { path: text },
} as const;

const choices = Object.fromEntries(
  Object.entries(CHOICES).map(([kind, words]) => [kind, oneOf<string>(...words)]),
) as { readonly [K in Choice]: Codec<ChoiceTypes[K]> };

const check = union<CheckTarget>({
  tcp: { host: text, port: integer },
  unix: { path: text },
  http: { url: text, statuses: list(number) },
  exec: { command: text },
  log: { pattern: text },
  notify: {},
  fd: { fd: integer },
});

const socketAddress = union<SocketAddress>({
  unix: { path: text },
  tcp: { host: text, port: integer },
});

const limit = record<LimitValue>({ soft: number, hard: number });

const VALUES: { readonly [K in ValueKind]: Codec<ValueTypes[K]> } = {
  ...choices,
  string: text,
  integer: number,
  boolean: flag,
  size: number,
  octal: integer,
  "log level": oneOf("CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"),
  signal: integer,
  "exit codes": list(number),
  list: list(text),
  "absolute paths": list(text),
  autorestart: oneOf("always", "never", "unexpected"),
  logfile: union<LogfileValue>({ ...OUTPUT_TARGETS, syslog: {} }),
  path: text,
  directory: text,
  user: integer,
  group: integer,
  "user and group": record<OwnerValue>({ uid: integer, gid: integer, text }),
  address: record({ host: text, port: integer }),
  name: text,
  environment: dictionary(text),
  "env files": list(record<EnvFileValue>({ path: text, isOptional: flag })),
  "variable patterns": list(text),
  dependencies: list(
    record<Dependency>({ name: text, condition: oneOf("running", "ready", "completed") }),
  ),
  duration: number,
  fraction: number,
  rate: record<RateValue>({ count: number, seconds: number }),
  check,
  "health check": check,
  "health action": union<HealthAction>({ restart: {}, report: {}, signal: { signal: integer } }),
  schedule: union<Schedule>({
    cron: { expression: text, zone: nullable(text) },
    every: { seconds: number },
    reboot: {},
  }),
  "line rate": record<RateValue>({ count: number, seconds: number }),
  "file mode": integer,
  limit,
  "size limit": limit,
  "io priority": record<IoPriority>({
    kind: oneOf("idle", "best-effort", "realtime"),
    level: integer,
  }),
  cpus: list(integer),
  capabilities: list(oneOf(...CAPABILITIES)),
  "size or max": number,
  "count or max": number,
  "cpu quota": record<CpuQuota>({ quota: number, period: number }),
  sockets: list(record<SocketValue>({ name: nullable(text), url: text, address: socketAddress })),
  "alert kinds": list(oneOf(...ALERT_KINDS)),
  hours: record<HoursValue>({ from: integer, to: integer }),
  "mail addresses": list(text),
};

function optionCodec(row: OptionRow): Codec<unknown> {
  const value: Codec<unknown> = VALUES[row.kind] as Codec<unknown>;
  return row.default === undefined && row.isFilled !== true ? nullable(value) : value;
}

/** A codec for each option of a table. */
function optionsShape<T extends OptionTable>(table: T): Shape<ValuesOf<T>> {
  const codecs = Object.entries(table).map(([field, row]) => [field, optionCodec(row)]);
  return Object.fromEntries(codecs) as { [F in keyof T]-?: Codec<ValueOf<T[F]>> };
}

const origin = record<Origin>({ file: text, section: text, line: integer });

const { logfile: _logfile, ...channelOptions } = optionsShape(CHANNEL);
const channel = record<ChannelConfig>({
  ...channelOptions,
  logfile: union<LogTarget>(OUTPUT_TARGETS),
});

const fcgiSocket = record<SocketConfig>({
  ...optionsShape(FCGI),
  address: socketAddress,
});

const {
  numprocs: _copies,
  numprocsStart: _start,
  numprocsMax: _max,
  ...programOptions
} = optionsShape(PROGRAM);

export const processConfig: Codec<ProcessConfig> = record<ProcessConfig>({
  ...programOptions,
  programName: text,
  user: nullable(text),
  stdout: channel,
  stderr: channel,
  fcgiSocket: nullable(fcgiSocket),
  shown: dictionary(text),
  environmentPlaces: dictionary(text),
  secretVariables: list(text),
  origin,
});

const groupMembers = { name: text, priority: number, processes: list(processConfig), origin };

export const groupConfig: Codec<GroupConfig> = union<GroupConfig>({
  program: groupMembers,
  fcgi: { ...groupMembers, socket: fcgiSocket },
  eventlistener: { ...groupMembers, ...optionsShape(LISTENER) },
});

const serverMembers = {
  section: text,
  credentials: nullable(record<Credentials>({ username: text, password: text })),
  origin,
};

const { username: _name, password: _password, ...unixOptions } = optionsShape(UNIX_SERVER);
const { username: _n, password: _p, address: _address, ...inetOptions } = optionsShape(INET_SERVER);

export const serverConfig: Codec<ServerConfig> = union<ServerConfig>({
  unix: { ...serverMembers, ...unixOptions },
  inet: { ...serverMembers, ...inetOptions, host: text, port: integer },
});

const userConfig = record<UserConfig>({ name: text, ...optionsShape(USER) });

const receiverConfig = record<ReceiverConfig>({ name: text, ...optionsShape(RECEIVER) });

const factoryConfig: Codec<FactoryConfig> = record<FactoryConfig>({
  name: text,
  factory: text,
  module: nullable(record<{ path: string; name: string }>({ path: text, name: text })),
  arguments: dictionary(text),
  origin,
});

export const daemonOptions: Codec<DaemonOptions> = record<DaemonOptions>({
  ...optionsShape(DAEMON),
  configFile: text,
  here: text,
  user: nullable(
    record<{ uid: number; gid: number; name: string }>({ uid: integer, gid: integer, name: text }),
  ),
});

const decision = record<Decision>({
  section: text,
  key: oneOf("numprocs", "enabled"),
  value: text,
  since: text,
  filed: nullable(text),
  problem: nullable(text),
});

/**
 * Encodes a configuration without its notices, which were reported when it was read.
 * @param groups encodes its groups
 */
export function configCodec(groups: Codec<Config["groups"]>): Codec<Config> {
  return record<Config>({
    daemon: daemonOptions,
    decisions: list(decision),
    servers: list(serverConfig),
    groups,
    rpcInterfaces: list(factoryConfig),
    users: list(userConfig),
    receivers: list(receiverConfig),
    notices: omitted,
  });
}
