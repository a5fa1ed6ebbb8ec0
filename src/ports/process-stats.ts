// Resource usage of the host's processes.

import type { Claim } from "../core/base/places.ts";
import type { HostSample } from "../core/usage/program-usage.ts";

export interface ProcessStats {
  /** Samples all processes in short turns; null if the host has no figures. */
  sample(): Promise<HostSample | null>;
}

export interface SharedMemory {
  /**
   * Resident bytes of a process, of pages that it shares only its part; 0 when it has ended.
   * @param claim of its program, for a place among the measurements in progress
   * @returns null if the host has no such figure; "unknown" if there was no place, or no answer in time
   */
  proportionalBytes(pid: number, claim: Claim): Promise<number | "unknown" | null>;
}
