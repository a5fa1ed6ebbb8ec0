// The records of test/e2e/events/listener.py, and how to start it.

import { dirname, join } from "node:path";
import { ROOT } from "../rig/places.ts";
import { textOf, waitForChange } from "../rig/watch.ts";

/** One event as a listener got it. */
export interface RecordedEvent {
  readonly header: string;
  readonly payload: string;
}

const LISTENER = join(ROOT, "test/e2e/events/listener.py");

/** A section for a pool whose listener records into `<name>.events`. @param answers what it answers, in order */
export function pool(name: string, events: string, answers = "ok", more = ""): string {
  return `
[eventlistener:${name}]
command=/usr/bin/python3 ${LISTENER} %(here)s/${name}.events ${answers}
events=${events}
startsecs=0
${more}
`;
}

/** The events that were recorded so far. A line that is being written is left out. */
export function recorded(path: string): readonly RecordedEvent[] {
  return textOf(path)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RecordedEvent);
}

/** Waits until that many events of the record fit. @returns all up to then */
export function waitForEvents(
  path: string,
  fits: (event: RecordedEvent) => boolean,
  what: string,
  times = 1,
): Promise<readonly RecordedEvent[]> {
  const look = (): readonly RecordedEvent[] | undefined => {
    const events = recorded(path);
    return events.filter(fits).length >= times ? events : undefined;
  };
  return waitForChange(dirname(path), look, `${times} times ${what} in ${path}`);
}
