// The one table of the descriptors the daemon holds open for longer than a turn, so that none is forgotten when the
// daemon is replaced in place or its leaks are looked for.

import type { DescriptorRole } from "../core/snapshot/descriptors.ts";

export interface DescriptorEntry {
  readonly role: DescriptorRole;
  /** Whose: a process key, a path or an address. */
  readonly owner: string;
}

/** By descriptor. */
export type DescriptorTable = Map<number, DescriptorEntry>;
