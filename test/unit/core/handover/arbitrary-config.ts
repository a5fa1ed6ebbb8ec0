// Configurations of every shape, for properties.

import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type {
  ChannelConfig,
  Config,
  GroupConfig,
  ProcessConfig,
} from "../../../../src/core/config/model.ts";
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
const owner = nullable(fc.record({ uid: fc.integer(), gid: fc.integer() }));
const origin = fc.record({ file: anyText, section: anyText, line: whole });
export const key: fc.Arbitrary<ProcessKey> = fc.tuple(name, name).map(([g, p]) => processKey(g, p));

const channel: fc.Arbitrary<ChannelConfig> = fc.record({
  logfile: fc.oneof(
    fc.constant({ kind: "none" as const }),
    fc.constant({ kind: "auto" as const }),
    anyText.map((path) => ({ kind: "file" as const, path })),
  ),
  maxBytes: fc.oneof(whole, fc.constant(Number.POSITIVE_INFINITY)),
  backups: whole,
  flushSecs: nullable(whole),
  captureMaxBytes: whole,
  eventsEnabled: fc.boolean(),
  syslog: fc.boolean(),
});

const fcgiSocket = fc.record({
  url: anyText,
  address: fc.oneof(
    anyText.map((path) => ({ kind: "unix" as const, path })),
    fc.record({ kind: fc.constant("tcp" as const), host: anyText, port: whole }),
  ),
  backlog: nullable(whole),
  owner,
  mode: nullable(whole),
});

export const program: fc.Arbitrary<ProcessConfig> = fc.record({
  ...{ name, programName: name, command: anyText, directory: nullable(anyText) },
  ...{ uid: nullable(whole), user: nullable(anyText), umask: nullable(whole) },
  ...{ priority: fc.integer(), autostart: fc.boolean() },
  autorestart: fc.constantFrom("always" as const, "never" as const, "unexpected" as const),
  ...{ startSecs: whole, startRetries: whole, stopSignal: whole, stopWaitSecs: whole },
  ...{ stopAsGroup: fc.boolean(), killAsGroup: fc.boolean(), exitCodes: fc.array(whole) },
  ...{ redirectStderr: fc.boolean(), tty: fc.boolean(), environment },
  ...{ serverUrl: nullable(anyText), stdout: channel, stderr: channel },
  ...{ fcgiSocket: nullable(fcgiSocket), origin },
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
    ...{ ...groupBase, kind: fc.constant("eventlistener" as const) },
    ...{ events: fc.array(anyText), bufferSize: whole, resultHandler: anyText },
  }),
);

const serverBase = {
  section: anyText,
  credentials: nullable(fc.record({ username: anyText, password: anyText })),
  legacyGetActions: fc.boolean(),
  origin,
};

export function config(groups: fc.Arbitrary<readonly GroupConfig[]>): fc.Arbitrary<Config> {
  return fc.record({
    daemon: fc.record({
      ...{ configFile: anyText, here: anyText, logfile: anyText, logfileMaxBytes: whole },
      ...{ logfileBackups: whole, logfileFlushSecs: whole },
      ...{ logLevel: fc.constantFrom("CRIT" as const, "BLAT" as const) },
      ...{ pidfile: anyText, umask: whole, nodaemon: fc.boolean(), silent: fc.boolean() },
      ...{
        minfds: whole,
        minprocs: whole,
        nocleanup: fc.boolean(),
        orphans: fc.constantFrom("warn" as const, "stop" as const),
        upgradePaths: fc.array(anyText),
        childLogDir: anyText,
      },
      user: nullable(fc.record({ uid: whole, gid: whole, name: anyText })),
      ...{ directory: nullable(anyText), stripAnsi: fc.boolean(), environment },
      identifier: anyText,
    }),
    servers: fc.array(
      fc.oneof(
        fc.record({
          ...{ ...serverBase, kind: fc.constant("unix" as const) },
          ...{ path: anyText, mode: whole, owner },
        }),
        fc.record({
          ...{ ...serverBase, kind: fc.constant("inet" as const), host: anyText, port: whole },
          allowedHosts: fc.array(anyText),
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
    warnings: fc.constant([]),
  });
}
