// The snapshot of a daemon without programs, to which tests add parts.

import { strict as assert } from "node:assert";
import { INITIAL_EVENTS } from "../../src/core/events/model.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "../../src/core/snapshot/snapshot.ts";
import { fakeConfig } from "./config-model.ts";

/** A snapshot with these parts. */
export function fakeSnapshot(parts: Partial<Snapshot> = {}): Snapshot {
  const config = fakeConfig([]);
  return {
    ...{ version: "1.2.3", id: 1, origin: "/usr/bin/tsv", executable: "/usr/bin/tsv" },
    ...{ program: "supervisord", words: [], cwd: "/", config, current: config, hadUsers: false },
    supervision: {
      ...{ daemonState: "RUNNING", groups: new Map(), processes: new Map(), pids: new Map() },
      ...{ queued: new Map(), resolving: new Map(), stopPlan: null },
      ...{ programs: new Map(), dependents: new Map(), held: new Map() },
      upcoming: new Map(),
      ...{ schedules: new Map(), pending: new Map() },
      rules: { exitOn: "never", shutdownGrace: null },
      ending: null,
    },
    ...{
      children: [],
      sockets: [],
      notifications: [],
      events: INITIAL_EVENTS,
      eventLog: { epoch: "e", next: 1, events: [] },
      alerts: [],
      logs: { channels: [], journal: null, files: [], rested: [] },
    },
    ...{
      servers: [],
      pidfile: null,
      descriptors: [],
      renewals: [],
      silentSince: null,
      softFileLimit: 1024,
    },
    ...parts,
  };
}

/** The snapshot as a successor decodes it. */
export function throughJson(snapshot: Snapshot): Snapshot {
  const decoded = decodeSnapshot(encodeSnapshot(snapshot));
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.error);
  return decoded.value;
}
