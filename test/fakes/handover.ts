// Handovers of a daemon without anything in it, to put parts into, and the way through the document.

import { strict as assert } from "node:assert";
import { INITIAL_EVENTS } from "../../src/core/events/model.ts";
import { decodeHandover, encodeHandover } from "../../src/core/handover/document.ts";
import type { Handover } from "../../src/core/handover/model.ts";
import { fakeConfig } from "./config-model.ts";

/** A handover with these parts. */
export function fakeHandover(parts: Partial<Handover> = {}): Handover {
  const config = fakeConfig([]);
  return {
    ...{ version: "1.2.3", id: 1, origin: "/usr/bin/tsv", executable: "/usr/bin/tsv" },
    ...{ program: "supervisord", words: [], cwd: "/", config, current: config },
    supervision: {
      ...{ mood: "RUNNING", groups: new Map(), processes: new Map(), pids: new Map() },
      ...{ queued: new Map(), looking: new Map(), stopPlan: null },
      ...{ programs: new Map(), dependents: new Map(), held: new Map() },
      witnesses: new Map(),
      schedules: new Map(),
      rules: { exitOn: "never", shutdownGrace: null },
      ending: null,
    },
    ...{
      children: [],
      fcgi: [],
      said: [],
      events: INITIAL_EVENTS,
      eventLog: null,
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

/** What a successor reads of what a daemon has written. */
export function throughDocument(handover: Handover): Handover {
  const decoded = decodeHandover(encodeHandover(handover));
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.error);
  return decoded.value;
}
