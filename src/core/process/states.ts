// The names and numeric codes of process and supervisor states (Supervisor, supervisor/states.py), and the sets that
// RPC methods and ctl test them against. Clients hard-code all of these.

export const PROCESS_STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

export type ProcessStateName = keyof typeof PROCESS_STATE_CODES;

/** What the supervisor as a whole is doing; Supervisor calls it the mood. */
export const SUPERVISOR_STATE_CODES = {
  RUNNING: 1,
  RESTARTING: 0,
  SHUTDOWN: -1,
} as const;

export type SupervisorStateName = keyof typeof SUPERVISOR_STATE_CODES;

/** Up, or on its way up: `start` answers ALREADY_STARTED, `stop` is possible. */
export function isRunningState(state: ProcessStateName): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "BACKOFF";
}

/** Down until a request or a policy starts it: a group may be removed, a stop is complete. */
export function isStoppedState(state: ProcessStateName): boolean {
  return state === "STOPPED" || state === "EXITED" || state === "FATAL" || state === "UNKNOWN";
}

/** Has a live process that a signal can reach. */
export function isSignallableState(state: ProcessStateName): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "STOPPING";
}
