// Whether a descriptor in the state of a daemon that has died is one that its keeper held.
//
// sync-ok(readlinkSync): procfs is memory

import { readlinkSync } from "node:fs";
import type { DescriptorRole, HeldDescriptor } from "../../core/snapshot/descriptors.ts";
import { quietly } from "../error-code.ts";
import { posix } from "../posix.ts";

/** What procfs says of descriptors that are no pipes. */
const KINDS: Partial<Record<DescriptorRole, RegExp>> = {
  listener: /^socket:/,
  fcgi: /^socket:/,
  lock: /\.lock\b/,
  pidfile: /^\/(?!memfd:)/,
};

/**
 * Whether the keeper held it. The daemon may have died between its record and the request to keep it, or between the request to
 * drop it and that record. Then the number is free, or that of a file which Node has opened since.
 */
export function isHeld({ fd, role }: HeldDescriptor): boolean {
  if (posix().setCloexec(fd, 1) < 0) return false;
  const target = quietly(() => readlinkSync(`/proc/self/fd/${fd}`), null);
  return target === null || (KINDS[role]?.test(target) ?? true);
}
