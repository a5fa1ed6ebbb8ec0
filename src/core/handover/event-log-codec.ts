// The event log in a handover. A predecessor of another version may log kinds of events that this one does not know: then
// the log begins again, in another epoch, and readers look at everything again.

import type { EventLogState } from "../event-log/event-log.ts";
import type { Happening, LoggedEvent } from "../event-log/model.ts";
import { NOTICE_TYPES, type Notice } from "../process/model.ts";
import { PROCESS_STATE_CODES, type ProcessStateName } from "../process/states.ts";
import {
  type Codec,
  kind,
  list,
  Malformed,
  natural,
  number,
  object,
  oneOf,
  recordOf,
  text,
  union,
} from "./codec.ts";
import { processKeyCodec } from "./supervision-codec.ts";

const word: Codec<string | number> = {
  encode: (value) => value,
  decode: (json, at) =>
    typeof json === "number" ? number.decode(json, at) : text.decode(json, at),
};

const state: Codec<ProcessStateName> = oneOf(
  ...(Object.keys(PROCESS_STATE_CODES) as ProcessStateName[]),
);

const happening = union<Happening>({
  state: object({
    kind: kind("state"),
    key: processKeyCodec,
    from: state,
    to: state,
    details: recordOf(number),
  }),
  executes: object({ kind: kind("executes"), key: processKeyCodec, pid: natural }),
  notice: object({
    kind: kind("notice"),
    key: processKeyCodec,
    notice: object<Notice>({ about: oneOf(...NOTICE_TYPES), details: recordOf(word), text }),
  }),
  "process-added": object({ kind: kind("process-added"), key: processKeyCodec }),
  "process-removed": object({ kind: kind("process-removed"), key: processKeyCodec }),
  "group-added": object({ kind: kind("group-added"), group: text }),
  "group-removed": object({ kind: kind("group-removed"), group: text }),
  stopping: object({ kind: kind("stopping") }),
});

const log = object<EventLogState>({
  epoch: text,
  next: natural,
  events: list(object<LoggedEvent>({ seq: natural, at: number, what: happening })),
});

/** Null for a log that cannot be read. */
export const eventLogCodec: Codec<EventLogState | null> = {
  encode: (value) => (value === null ? null : log.encode(value)),
  decode(json, at) {
    try {
      return json === null ? null : log.decode(json, at);
    } catch (error) {
      if (error instanceof Malformed) return null;
      throw error;
    }
  },
};
