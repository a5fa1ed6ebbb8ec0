// Snapshots of every form, for properties.

import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { Gathered } from "../../../../src/core/environment/gathered.ts";
import type { Happening } from "../../../../src/core/event-log/event-log.ts";
import type { ListenerPhase } from "../../../../src/core/events/listener-protocol.ts";
import { HANDLER_NAMES } from "../../../../src/core/events/listener-protocol.ts";
import type { EventsState, Pool } from "../../../../src/core/events/model.ts";
import { eventBytes, type PooledEvent } from "../../../../src/core/events/payload.ts";
import { EVENT_TYPES } from "../../../../src/core/events/types.ts";
import type {
  ProcessPhase,
  RestartReason,
  StartCause,
  Watch,
} from "../../../../src/core/process/model.ts";
import { NOTICE_TYPES } from "../../../../src/core/process/model.ts";
import type { EndedRun } from "../../../../src/core/process/runs.ts";
import { PROCESS_STATE_CODES, type ProcessStateName } from "../../../../src/core/process/states.ts";
import type { ChannelState, LogState, Snapshot } from "../../../../src/core/snapshot/snapshot.ts";
import { linksOf } from "../../../../src/core/supervisor/links.ts";
import type { ProcessRecord, WantedStart } from "../../../../src/core/supervisor/model.ts";
import { fc } from "../../../property.ts";
import {
  anyText,
  bytes,
  config,
  group,
  key,
  moment,
  name,
  nullable,
  pid,
  program,
  whole,
} from "./arbitrary-config.ts";

const cause = fc.constantFrom<StartCause[]>("autostart", "request", "retry", "restart-with");

const watch: fc.Arbitrary<Watch> = fc.record({
  health: nullable(
    fc.record({
      ...{ isHealthy: nullable(fc.boolean()), failures: whole, said: anyText },
      ...{ wasHealthy: fc.boolean(), countsFrom: moment, nextAt: moment },
      isChecking: fc.constant(false),
    }),
  ),
  ...{ oldAt: nullable(moment), overs: whole },
});

const reason: fc.Arbitrary<RestartReason> = fc.record({
  by: fc.constantFrom("health" as const, "memory" as const, "age" as const),
  text: anyText,
});

const phase: fc.Arbitrary<ProcessPhase> = fc.oneof(
  fc.constantFrom({ kind: "STOPPED" as const }, { kind: "FATAL" as const, retryAt: null }),
  fc.record({ kind: fc.constant("FATAL" as const), retryAt: nullable(moment) }),
  fc.record({ kind: fc.constant("SPAWNING" as const), giveUpAt: moment }),
  fc.record({ kind: fc.constant("STARTING" as const), pid, runningAt: moment }),
  fc.record({ kind: fc.constant("UNKNOWN" as const), pid }),
  fc.record({ kind: fc.constant("RUNNING" as const), pid, watch: nullable(watch) }),
  fc.record({ kind: fc.constant("BACKOFF" as const), retryAt: moment }),
  fc.record({
    ...{ kind: fc.constant("READYING" as const), pid, upAt: moment, giveUpAt: moment },
    ...{ checkAt: moment, said: anyText },
  }),
  fc.record({ kind: fc.constant("FAILING" as const), pid, killAt: moment }),
  fc.record({
    ...{ kind: fc.constant("STOPPING" as const), pid, killAt: moment, again: nullable(cause) },
  }),
  fc.record({
    ...{ kind: fc.constant("WAITING" as const), by: cause, text: anyText },
  }),
  fc.record({
    ...{ kind: fc.constant("BLOCKED" as const), by: cause, text: anyText, on: anyText },
  }),
  fc.record({ kind: fc.constant("EXITED" as const), restartAt: nullable(moment) }),
);

const variables = fc.array(fc.record({ name: anyText, value: anyText, line: whole }), {
  maxLength: 3,
});
const gathered: fc.Arbitrary<Gathered> = fc.record({
  user: nullable(fc.record({ name: anyText, home: anyText, shell: anyText })),
  files: fc.array(fc.record({ path: anyText, variables }), { maxLength: 2 }),
  command: nullable(variables),
});

const endedRun: fc.Arbitrary<EndedRun> = fc.record({
  ...{ pid: whole, cause, startWall: moment, endWall: moment, upMs: moment },
  ending: fc.constantFrom("exited" as const, "too-early" as const, "not-spawned" as const),
  outcome: nullable(
    fc.record({ exitCode: nullable(whole), signal: nullable(whole), coreDumped: fc.boolean() }),
  ),
  ...{ expected: fc.boolean(), spawnErr: anyText, signals: fc.array(whole), reason: anyText },
});

function record(configs: readonly ProcessConfig[]): fc.Arbitrary<ProcessRecord> {
  const known = configs.length === 0 ? program : fc.oneof(fc.constantFrom(...configs), program);
  return fc.record({
    ...{ key, group: name, config: known },
    state: fc.record({
      phase,
      history: fc.record({
        ...{ startWall: moment, startMono: moment, stopWall: moment, backoff: whole },
        ...{ hostFailures: whole, shortRuns: whole, failedAt: fc.array(moment, { maxLength: 3 }) },
        ...{ spawnErr: anyText, exitStatus: nullable(fc.integer()), reason: nullable(reason) },
      }),
    }),
    runs: fc.record({
      ...{ cause: nullable(cause), signals: fc.array(whole), total: whole },
      ended: fc.array(endedRun, { maxLength: 2 }),
    }),
  });
}

const wanted: fc.Arbitrary<WantedStart> = fc.record({
  by: fc.constantFrom<StartCause[]>("autostart", "request", "dependency"),
});

const listenerPhase: fc.Arbitrary<ListenerPhase> = fc.oneof(
  fc.constantFrom({ kind: "READY" as const }, { kind: "UNKNOWN" as const }),
  anyText.map((held) => ({ kind: "ACKNOWLEDGED" as const, held })),
  anyText.map((line) => ({ kind: "BUSY" as const, line })),
  fc.record({ kind: fc.constant("RESULT" as const), length: whole, seen: whole, kept: anyText }),
);
const eventName = fc.constantFrom(...EVENT_TYPES);
const event: fc.Arbitrary<PooledEvent> = fc.record({
  event: fc.record({ serial: whole, name: eventName, payload: anyText }),
  poolSerial: whole,
});
const poolRecord: fc.Arbitrary<Omit<Pool, "buffered">> = fc.record({
  handler: fc.constantFrom(...HANDLER_NAMES),
  ...{ name, types: fc.array(eventName).map((types) => new Set(types)), bufferSize: whole },
  nextSerial: whole,
  buffer: fc.array(event, { maxLength: 3 }).map((older) => ({ older, start: 0, newer: [] })),
  listeners: fc.array(
    fc.record({
      ...{ key, name, isRunning: fc.boolean(), phase: listenerPhase, event: nullable(event) },
      ...{ isDeaf: fc.boolean(), failures: whole, restUntil: moment },
    }),
    { maxLength: 2 },
  ),
  counts: fc.record({ accepted: whole, processed: whole, rejected: whole, dropped: whole }),
  overflow: fc.record({ unreported: whole, reportAt: moment }),
});
const pool: fc.Arbitrary<Pool> = poolRecord.map((each) => ({
  ...each,
  buffered: each.buffer.older.reduce((sum, { event }) => sum + eventBytes(event), 0),
}));
const events: fc.Arbitrary<EventsState> = fc
  .record({
    nextSerial: whole,
    pools: fc.uniqueArray(pool, { maxLength: 2, selector: (each) => each.name }),
    ticks: fc.record({
      marks: fc.array(fc.record({ period: fc.constantFrom(5, 60, 3600), when: whole })),
      lookAt: nullable(moment),
    }),
  })
  .map(({ nextSerial, pools, ticks }) => ({
    ...{ nextSerial, ticks },
    pools: new Map(pools.map((each) => [each.name, each])),
    poolOf: new Map(pools.flatMap((each) => each.listeners.map((one) => [one.key, each.name]))),
    wanted: new Set(pools.flatMap((each) => [...each.types])),
  }));

const channelState: fc.Arbitrary<ChannelState> = fc.record({
  ...{ key, channel: fc.constantFrom("stdout" as const, "stderr" as const) },
  auto: nullable(fc.record({ path: anyText, exists: fc.boolean() })),
  output: nullable(
    fc.record({
      ...{ pid, fd: nullable(whole) },
      pipeline: nullable(
        fc.record({
          ansi: fc.constantFrom("ground" as const, "escape" as const, "osc-escape" as const),
          capture: nullable(fc.record({ capturing: fc.boolean(), matched: whole, kept: bytes })),
          ...{ line: bytes, character: bytes, syslogWorks: fc.boolean() },
          format: nullable(fc.record({ held: bytes, isContinued: fc.boolean() })),
          limit: nullable(
            fc.record({
              ...{ until: moment, reportAt: moment, passed: whole, dropped: whole, length: whole },
              isDropping: fc.boolean(),
            }),
          ),
        }),
      ),
      lines: nullable(
        fc.record({
          ...{ pattern: anyText, line: bytes, found: fc.boolean() },
          ansi: fc.constantFrom("ground" as const, "csi" as const),
        }),
      ),
    }),
  ),
  recent: nullable(
    fc.record({ epoch: nullable(anyText), written: whole, bytes, changed: nullable(whole) }),
  ),
});
const counted = {
  position: whole,
  count: nullable(fc.record({ epoch: anyText, written: whole, kept: whole })),
};
const logState: fc.Arbitrary<LogState> = fc.record({
  path: anyText,
  file: nullable(
    fc.record({
      ...{ fd: whole, kind: fc.constantFrom("regular" as const, "stream" as const) },
      burst: fc.oneof(whole, fc.constant(Number.POSITIVE_INFINITY)),
      ...{ rotateAt: whole, ...counted },
      period: nullable(whole),
    }),
  ),
  trouble: nullable(fc.record({ errno: anyText, lost: whole })),
  waiting: fc.array(bytes, { maxLength: 2 }),
});

const journal = fc.record({ works: fc.boolean(), waiting: fc.array(bytes, { maxLength: 2 }) });

const socket = fc.record({
  ...{ fd: whole, lockFd: nullable(whole) },
  file: nullable(fc.record({ dev: whole, ino: whole })),
});

const stateName = fc.constantFrom(...(Object.keys(PROCESS_STATE_CODES) as ProcessStateName[]));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant("state" as const), key, from: stateName, to: stateName },
    details: fc.dictionary(fc.constantFrom("pid", "tries", "expected"), whole),
  }),
  fc.record({ kind: fc.constant("executes" as const), key, pid: whole }),
  fc.record({
    ...{ kind: fc.constant("notice" as const), key },
    notice: fc.record({
      about: fc.constantFrom(...NOTICE_TYPES),
      details: fc.dictionary(name, fc.oneof(whole, anyText)),
      text: anyText,
    }),
  }),
  fc.record({ kind: fc.constantFrom("process-added" as const, "process-removed" as const), key }),
  fc.record({
    kind: fc.constantFrom("group-added" as const, "group-removed" as const),
    group: anyText,
  }),
  fc.constant({ kind: "stopping" as const }),
);
const eventLog = fc.record({
  ...{ epoch: anyText, next: whole },
  events: fc.array(fc.record({ seq: whole, at: moment, what: happening }), { maxLength: 3 }),
});

/** Groups are the same objects wherever they stand, as in a daemon. */
export const snapshot: fc.Arbitrary<Snapshot> = fc
  .uniqueArray(group, { maxLength: 3, selector: (each) => each.name })
  .chain((groups) => {
    const some = fc.subarray(groups);
    const processes = fc.uniqueArray(record(groups.flatMap((each) => [...each.processes])), {
      ...{ maxLength: 4, selector: (each: ProcessRecord) => each.key },
    });
    return fc.record({
      ...{ version: anyText, id: whole, origin: anyText, executable: anyText, program: anyText },
      ...{ words: fc.array(anyText), cwd: anyText, config: config(some), current: config(some) },
      supervision: fc
        .tuple(fc.constantFrom("RUNNING" as const, "SHUTDOWN" as const), some, processes)
        .chain(([daemonState, active, records]) =>
          fc.record({
            daemonState: fc.constant(daemonState),
            groups: fc.constant(
              new Map(active.map((each) => [each.name, { config: each, keys: [] }])),
            ),
            processes: fc.constant(new Map(records.map((each) => [each.key, each]))),
            queued: fc
              .shuffledSubarray(records.map((each) => each.key))
              .chain((keys) => fc.tuple(...keys.map((each) => fc.tuple(fc.constant(each), wanted))))
              .map((entries) => new Map(entries)),
            // In a document they are in the queue.
            looking: fc.constant(new Map()),
            ...{
              // An index over the processes: no part of a document.
              programs: fc.constant(linksOf(records).programs),
              dependents: fc.constant(linksOf(records).dependents),
              upcoming: fc.constant(new Map()),
            },
            rules: fc.record({
              exitOn: fc.constantFrom("never" as const, "all" as const),
              shutdownGrace: nullable(moment),
            }),
            ending: nullable(fc.record({ key, status: whole })),
            held: fc
              .array(fc.tuple(key, fc.array(key, { maxLength: 2 })), { maxLength: 2 })
              .map((entries) => new Map(entries)),
            schedules: fc
              .array(
                fc.tuple(
                  key,
                  fc.record({
                    ...{ atWall: nullable(moment), atMono: nullable(moment), lead: moment },
                    ...{ isQueued: fc.boolean(), isSuspended: fc.boolean() },
                  }),
                ),
                { maxLength: 2 },
              )
              .map((entries) => new Map(entries)),
            pids: fc.array(fc.tuple(pid, key)).map((entries) => new Map(entries)),
            stopPlan: nullable(
              fc.record({
                waves: fc.array(fc.array(key).map((keys) => new Set(keys))),
                ...{ wave: whole, remaining: whole, reportAt: moment },
                ...{ endAt: nullable(moment), killBy: nullable(moment) },
                ...{ leaveBy: nullable(moment), leaveAt: nullable(moment) },
              }),
            ),
          }),
        ),
      children: fc.array(
        fc.record({
          ...{ key, pid, stdin: nullable(whole), unread: fc.array(bytes, { maxLength: 2 }) },
          gathered,
        }),
        { maxLength: 3 },
      ),
      said: fc.array(
        fc.record({
          ...{ key, name, fd: whole, path: nullable(anyText), pid, status: anyText },
          outcome: nullable(fc.record({ ok: fc.boolean(), text: anyText })),
          ...{ isStopping: fc.boolean(), wellAt: moment },
        }),
        { maxLength: 2 },
      ),
      fcgi: fc.array(fc.record({ socket, holders: fc.array(key) }), { maxLength: 1 }),
      events,
      eventLog,
      logs: fc.record({
        journal: nullable(journal),
        channels: fc.array(channelState, { maxLength: 3 }),
        files: fc.array(logState, { maxLength: 3 }),
        rested: fc.array(fc.record({ path: anyText, ...counted }), { maxLength: 3 }),
      }),
      servers: fc.array(fc.record({ server: whole, socket, privatePath: nullable(anyText) }), {
        maxLength: 2,
      }),
      pidfile: nullable(fc.record({ path: anyText, fd: whole, lockFd: nullable(whole) })),
      descriptors: fc.array(
        fc.record({
          fd: whole,
          role: fc.constantFrom("stdin" as const, "log" as const),
          owner: anyText,
        }),
      ),
      renewals: fc.array(moment, { maxLength: 3 }),
      silentSince: nullable(moment),
      softFileLimit: fc.integer({ min: -1 }),
    });
  }) as fc.Arbitrary<Snapshot>;
