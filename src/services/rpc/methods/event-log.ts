// tsv.*: methods that Supervisor lacks. Numbered events, for a client that resumes where it stopped.

import { ok } from "../../../core/base/result.ts";
import { cursorText, parseCursor } from "../../../core/event-log/event-log.ts";
import { eventFields } from "../../../core/event-log/event-log.ts";
import { type Method, method } from "../method.ts";
import { optionalText } from "../params.ts";

/** Events in one answer: some 200 bytes each. */
const MOST_EVENTS = 500;

/** The methods of this area. */
export const EVENT_LOG_METHODS: readonly Method[] = [
  method({
    name: "getEvents",
    params: [optionalText("cursor")],
    returns: "struct",
    permission: "read",
    help:
      "The events after a cursor that an earlier call returned; without one, all that are kept, which is the last " +
      "thousand or more. Returns at most 500 in events, oldest first, the cursor for the next call, and missed: " +
      "events were dropped in between, or the daemon was restarted. Each event has seq, at_ms (since 1970, a " +
      "double), kind (state, executes, process-added, process-removed, group-added, group-removed, stopping), and by " +
      "kind group, name, from, to, pid, tries, expected. /events/log is the same as a stream of server-sent events.",
    always: true,
    run({ eventLog }, [text]) {
      // A text that no event log wrote is a cursor of another epoch.
      const cursor = text === null ? null : (parseCursor(text) ?? { epoch: "", seq: 0 });
      const page = eventLog?.after(cursor, MOST_EVENTS);
      if (page === undefined) return ok({ cursor: "", missed: false, events: [] });
      const events = page.events.map(eventFields).map(({ at_ms: at, ...fields }) => ({
        ...fields,
        at_ms: { kind: "double" as const, value: Number(at) },
      }));
      return ok({ cursor: cursorText(page.cursor), missed: page.isGap, events });
    },
  }),
];
