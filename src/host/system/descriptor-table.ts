// The table of open descriptors, in memory.

import type { DescriptorEntry, DescriptorTable } from "../../ports/descriptors.ts";

/** A table without entries. */
export function createDescriptorTable(): DescriptorTable {
  const table = new Map<number, DescriptorEntry>();
  return {
    add: (fd, entry) => {
      table.set(fd, entry);
    },
    remove: (fd) => {
      table.delete(fd);
    },
    entries: () => table,
  };
}
