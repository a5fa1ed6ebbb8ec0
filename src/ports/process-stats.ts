// Resource usage of the host's processes.

import type { HostSample } from "../core/usage/program-usage.ts";

export interface ProcessStats {
  /** Samples all processes in short turns; null if the host has no figures. */
  sample(): Promise<HostSample | null>;
}

export interface SharedMemory {
  /**
   * Resident bytes of a process, of pages that it shares only its part; 0 when it has ended or does not answer in time.
   * @returns null if it is unknown
   */
  proportionalBytes(pid: number): Promise<number | null>;
}
