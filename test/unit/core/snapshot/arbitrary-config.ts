// Configurations of every shape, for properties.

import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type {
  ChannelConfig,
  Config,
  GroupConfig,
  ProcessConfig,
} from "../../../../src/core/config/model.ts";
import { CHANNEL } from "../../../../src/core/config/options/channel.ts";
import { DAEMON } from "../../../../src/core/config/options/daemon.ts";
import type { OptionTable, ValueOf } from "../../../../src/core/config/options/entry.ts";
import { FCGI, LISTENER } from "../../../../src/core/config/options/groups.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { INET_SERVER, UNIX_SERVER } from "../../../../src/core/config/options/servers.ts";
import {
  CHOICES,
  type Choice,
  type ValueKind,
  type ValueTypes,
} from "../../../../src/core/config/value-types.ts";
import { fc } from "../../../property.ts";

export const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
export const anyText = fc.string({ unit: "binary", maxLength: 12 });
export const whole = fc.nat();
export const pid = fc.integer({ min: 1, max: 4_000_000 });
/** -0 is written as 0, and no moment is either. */
export const moment = fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => at + 0 || 0);
export const bytes = fc.uint8Array({ maxLength: 40 });
const environment = fc.dictionary(anyText, anyText, { maxKeys: 3 });
export const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const origin = fc.record({ file: anyText, section: anyText, line: whole });
export const key: fc.Arbitrary<ProcessKey> = fc.tuple(name, name).map(([g, p]) => processKey(g, p));

const choices = Object.fromEntries(
  Object.entries(CHOICES).map(([kind, words]) => [kind, fc.constantFrom<string>(...words)]),
) as unknown as { readonly [K in Choice]: fc.Arbitrary<ValueTypes[K]> };

/** Of each kind of value. */
const VALUES: { readonly [K in ValueKind]: fc.Arbitrary<ValueTypes[K]> } = {
  ...choices,
  string: anyText,
  integer: fc.integer(),
  boolean: fc.boolean(),
  "byte size": fc.oneof(whole, fc.constant(Number.POSITIVE_INFINITY)),
  octal: whole,
  "log level": fc.constantFrom("CRIT" as const, "BLAT" as const),
  signal: whole,
  "exit codes": fc.array(whole),
  list: fc.array(anyText),
  "absolute paths": fc.array(anyText),
  autorestart: fc.constantFrom("always" as const, "never" as const, "unexpected" as const),
  logfile: fc.constant({ kind: "syslog" }),
  path: anyText,
  directory: anyText,
  user: whole,
  "user and group": fc.record({ uid: fc.integer(), gid: fc.integer() }),
  address: fc.record({ host: anyText, port: whole }),
  name,
  environment,
  "env files": fc.array(fc.record({ path: anyText, isOptional: fc.boolean() }), { maxLength: 3 }),
  "variable patterns": fc.array(anyText, { maxLength: 3 }),
  dependencies: fc.array(
    fc.record({ name, condition: fc.constantFrom("running" as const, "completed" as const) }),
    { maxLength: 3 },
  ),
  duration: fc.nat(),
  fraction: fc.constantFrom(0, 0.1, 1),
  rate: fc.record({ count: whole, seconds: whole }),
  "health action": fc.oneof(
    fc.constantFrom({ kind: "restart" as const }, { kind: "report" as const }),
    fc.record({ kind: fc.constant("signal" as const), signal: whole }),
  ),
  check: fc.oneof(
    fc.record({ kind: fc.constant("tcp" as const), host: name, port: whole }),
    fc.record({ kind: fc.constant("unix" as const), path: anyText }),
    fc.record({ kind: fc.constant("http" as const), url: anyText, statuses: fc.array(whole) }),
  ),
  schedule: fc.oneof(
    fc.record({
      kind: fc.constant("cron" as const),
      expression: anyText,
      zone: fc.option(anyText),
    }),
    fc.record({ kind: fc.constant("every" as const), seconds: whole }),
    fc.constant({ kind: "reboot" as const }),
  ),
  "line rate": fc.record({ count: whole, seconds: whole }),
  "file mode": whole,
};

type Arbitraries<T extends OptionTable> = {
  readonly [F in keyof T]: fc.Arbitrary<ValueOf<T[F]>>;
};

/** Of every option of a table. */
function options<T extends OptionTable>(table: T): Arbitraries<T> {
  const all = Object.entries(table).map(([field, row]) => {
    const value: fc.Arbitrary<unknown> = VALUES[row.kind];
    const isNever = row.default !== null || row.isFilled === true;
    return [field, isNever ? value : nullable(value)] as const;
  });
  return Object.fromEntries(all) as Arbitraries<T>;
}

const channel: fc.Arbitrary<ChannelConfig> = fc.record({
  ...options(CHANNEL),
  logfile: fc.oneof(
    fc.constant({ kind: "none" as const }),
    fc.constant({ kind: "auto" as const }),
    fc.constant({ kind: "stdout" as const }),
    fc.constant({ kind: "journal" as const }),
    anyText.map((path) => ({ kind: "file" as const, path })),
  ),
});

const fcgiSocket = fc.record({
  ...options(FCGI),
  address: fc.oneof(
    anyText.map((path) => ({ kind: "unix" as const, path })),
    fc.record({ kind: fc.constant("tcp" as const), host: anyText, port: whole }),
  ),
});

const { numprocs: _copies, numprocsStart: _first, ...ofProgram } = options(PROGRAM);

export const program: fc.Arbitrary<ProcessConfig> = fc.record({
  ...ofProgram,
  ...{ programName: name, user: nullable(anyText), stdout: channel, stderr: channel },
  ...{ fcgiSocket: nullable(fcgiSocket), shown: environment, origin },
  environmentPlaces: environment,
  secretVariables: fc.array(anyText, { maxLength: 3 }),
});

const groupBase = {
  name,
  priority: fc.integer(),
  processes: fc.array(program, { maxLength: 3 }),
  origin,
};
export const group: fc.Arbitrary<GroupConfig> = fc.oneof(
  fc.record({ ...groupBase, kind: fc.constant("program" as const) }),
  fc.record({ ...groupBase, kind: fc.constant("fcgi" as const), socket: fcgiSocket }),
  fc.record({
    ...{ ...groupBase, ...options(LISTENER), kind: fc.constant("eventlistener" as const) },
  }),
);

const serverBase = {
  section: anyText,
  credentials: nullable(fc.record({ username: anyText, password: anyText })),
  origin,
};
const { username: _u, password: _p, ...ofUnix } = options(UNIX_SERVER);
const { username: _n, password: _w, address: _a, ...ofInet } = options(INET_SERVER);

export function config(groups: fc.Arbitrary<readonly GroupConfig[]>): fc.Arbitrary<Config> {
  return fc.record({
    daemon: fc.record({
      ...{ ...options(DAEMON), configFile: anyText, here: anyText },
      user: nullable(fc.record({ uid: whole, gid: whole, name: anyText })),
    }),
    servers: fc.array(
      fc.oneof(
        fc.record({ ...serverBase, ...ofUnix, kind: fc.constant("unix" as const) }),
        fc.record({
          ...{ ...serverBase, ...ofInet, kind: fc.constant("inet" as const) },
          ...{ host: anyText, port: whole },
        }),
      ),
      { maxLength: 2 },
    ),
    groups,
    rpcInterfaces: fc.array(
      fc.record({
        ...{ name, factory: anyText, arguments: environment, origin },
        module: nullable(fc.record({ path: anyText, name })),
      }),
      { maxLength: 1 },
    ),
    notices: fc.constant([]),
  });
}
