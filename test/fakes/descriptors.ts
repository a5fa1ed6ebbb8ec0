// A descriptor table that insists on being kept properly: nothing added twice, nothing removed that is not there.

import type { DescriptorEntry, DescriptorTable } from "../../src/ports/descriptors.ts";

export class FakeDescriptors implements DescriptorTable {
  readonly #entries = new Map<number, DescriptorEntry>();

  add(fd: number, entry: DescriptorEntry): void {
    const known = this.#entries.get(fd);
    if (known !== undefined) {
      throw new Error(`descriptor ${fd} is open already as ${known.role} of ${known.owner}`);
    }
    this.#entries.set(fd, entry);
  }

  remove(fd: number): void {
    if (!this.#entries.delete(fd)) throw new Error(`descriptor ${fd} was not open`);
  }

  entries(): ReadonlyMap<number, DescriptorEntry> {
    return this.#entries;
  }
}
