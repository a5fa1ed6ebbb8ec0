// The tree of event types (Supervisor, section 8.1). Who subscribes to a type gets every type below it. The last ones are not
// Supervisor's and below nothing: only those who name them get them.

/** Each type and the one above it. */
export const EVENT_PARENTS = {
  EVENT: null,
  PROCESS_STATE: "EVENT",
  PROCESS_STATE_STOPPED: "PROCESS_STATE",
  PROCESS_STATE_EXITED: "PROCESS_STATE",
  PROCESS_STATE_STARTING: "PROCESS_STATE",
  PROCESS_STATE_STOPPING: "PROCESS_STATE",
  PROCESS_STATE_BACKOFF: "PROCESS_STATE",
  PROCESS_STATE_FATAL: "PROCESS_STATE",
  PROCESS_STATE_RUNNING: "PROCESS_STATE",
  PROCESS_STATE_UNKNOWN: "PROCESS_STATE",
  PROCESS_COMMUNICATION: "EVENT",
  PROCESS_COMMUNICATION_STDOUT: "PROCESS_COMMUNICATION",
  PROCESS_COMMUNICATION_STDERR: "PROCESS_COMMUNICATION",
  PROCESS_LOG: "EVENT",
  PROCESS_LOG_STDOUT: "PROCESS_LOG",
  PROCESS_LOG_STDERR: "PROCESS_LOG",
  REMOTE_COMMUNICATION: "EVENT",
  SUPERVISOR_STATE_CHANGE: "EVENT",
  SUPERVISOR_STATE_CHANGE_RUNNING: "SUPERVISOR_STATE_CHANGE",
  SUPERVISOR_STATE_CHANGE_STOPPING: "SUPERVISOR_STATE_CHANGE",
  TICK: "EVENT",
  TICK_5: "TICK",
  TICK_60: "TICK",
  TICK_3600: "TICK",
  PROCESS_GROUP: "EVENT",
  PROCESS_GROUP_ADDED: "PROCESS_GROUP",
  PROCESS_GROUP_REMOVED: "PROCESS_GROUP",
  READY: null,
  HEALTH: null,
  RESTART: null,
  SCHEDULE: null,
  HOOK: null,
} as const;

export type EventName = keyof typeof EVENT_PARENTS;

/** Every type, parents first. */
export const EVENT_TYPES = Object.keys(EVENT_PARENTS) as readonly EventName[];

/** The types that a subscription to `names` covers: those, and all below them. Names that are no type cover nothing. */
export function subscribedTypes(names: readonly string[]): ReadonlySet<EventName> {
  const covered = new Set<string>(names);
  // Parents come first, so one pass reaches the leaves.
  const types = EVENT_TYPES.filter((type) => {
    const parent = EVENT_PARENTS[type];
    if (parent !== null && covered.has(parent)) covered.add(type);
    return covered.has(type);
  });
  return new Set(types);
}
