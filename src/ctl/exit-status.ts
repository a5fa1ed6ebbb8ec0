// Exit statuses of one-shot commands, after the Linux Standard Base's conventions for init scripts.

import { FAULT_CODES } from "../core/xmlrpc/faults.ts";

export const EXIT = {
  OK: 0,
  GENERIC: 1,
  INVALID_ARGS: 2,
  /** The server does not know the supervisor namespace. */
  NO_NAMESPACE: 3,
  REFUSED: 4,
  WRONG_API: 5,
  NOT_RUNNING: 7,
  /** `status`: a process shown is down. */
  STATUS_DOWN: 3,
  /** `status`: a name that does not exist, or no connection. */
  STATUS_UNKNOWN: 4,
} as const;

const DEAD_PROGRAM_FAULTS: readonly number[] = [
  FAULT_CODES.SPAWN_ERROR,
  FAULT_CODES.ABNORMAL_TERMINATION,
  FAULT_CODES.NOT_RUNNING,
];

/**
 * The status after one more result: later failures overwrite earlier ones, successes change nothing.
 * @param ignored a fault that this command does not count as a failure
 */
export function foldExitStatus(status: number, faultCode: number, ignored: number | null): number {
  if (faultCode === FAULT_CODES.SUCCESS || faultCode === ignored) return status;
  return DEAD_PROGRAM_FAULTS.includes(faultCode) ? EXIT.NOT_RUNNING : EXIT.GENERIC;
}
