// The faults of the RPC interface: names and codes that clients map to exceptions (Supervisor, supervisor/xmlrpc.py).

export const FAULT_CODES = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
  /** Of twiddler.*, not of Supervisor itself. */
  NOT_IN_WHITELIST: 230,
} as const;

export type FaultName = keyof typeof FAULT_CODES;

/** An RPC failure as a value. */
export interface Fault {
  readonly name: FaultName;
  /** Follows the name after `: `; null for the bare name. */
  readonly detail: string | null;
}

/** A fault value, for example `fault("BAD_NAME", "web")`. */
export function fault(name: FaultName, detail: string | null = null): Fault {
  return { name, detail };
}

/** The answer is large, and others need all memory that there is for such answers: nothing was done. */
export const BUSY = fault("FAILED", "other requests with large answers are in work: try again");

/** The faultString clients see: `NAME` or `NAME: detail`. */
export function faultText(f: Fault): string {
  return f.detail === null ? f.name : `${f.name}: ${f.detail}`;
}
