// Resource usage of the host's processes.

import type { HostSample } from "../core/usage/program-usage.ts";

export interface ProcessStats {
  /** Looks at all processes, without keeping others waiting; null where the host does not tell. */
  sample(): Promise<HostSample | null>;
}
