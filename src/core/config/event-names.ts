// The event types that a listener may name in `events=` (Supervisor, section 8.1).

import { EVENT_TYPES } from "../events/types.ts";

export const EVENT_NAMES: ReadonlySet<string> = new Set(EVENT_TYPES);
