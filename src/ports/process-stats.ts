// Resource usage of the host's processes.

import type { HostSample } from "../core/usage/program-usage.ts";

export interface ProcessStats {
  /** Looks at all processes, without keeping others waiting; null where the host does not tell. */
  sample(): Promise<HostSample | null>;
}

export interface SharedMemory {
  /**
   * Resident bytes of a process, of pages that it shares only its part; 0 when it has ended or does not answer in time.
   * @returns null where this user may not know, or the host does not tell
   */
  proportionalBytes(pid: number): Promise<number | null>;
}
