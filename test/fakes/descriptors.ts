// A descriptor table that insists on being kept properly: nothing added twice, nothing removed that is not there.

import type { DescriptorEntry } from "../../src/ports/descriptors.ts";

export class FakeDescriptors extends Map<number, DescriptorEntry> {
  override set(fd: number, entry: DescriptorEntry): this {
    const known = this.get(fd);
    if (known !== undefined) {
      throw new Error(`descriptor ${fd} is open already as ${known.role} of ${known.owner}`);
    }
    return super.set(fd, entry);
  }

  override delete(fd: number): true {
    if (!super.delete(fd)) throw new Error(`descriptor ${fd} was not open`);
    return true;
  }
}
