// The shapes of structs that several methods return.

import type { Shape } from "../../core/api/signature.ts";

/** A run that has ended, as `encodeRuns` writes it. */
export const RUN = {
  ...{ pid: "int", cause: "string", start: "int", end: "int", uptime: "int", uptime_ms: "int" },
  ...{ ending: "string", exitstatus: "int", signal: "int", core: "boolean", expected: "boolean" },
  ...{ spawnerr: "string", signals: ["int"], reason: "string", reached: ["string"] },
  ...{ left_ended: "int", left_running: "int" },
} as const satisfies Shape;

/** An event, as `eventFields` writes it. A notice has its details as members, too. */
export const EVENT = {
  ...{ seq: "int", at_ms: "double", kind: "string", "group?": "string", "name?": "string" },
  ...{ "from?": "string", "to?": "string", "pid?": "int", "tries?": "int", "expected?": "int" },
  ...{ "about?": "string", "text?": "string", "*": ["string", "int"] },
} as const satisfies Shape;
