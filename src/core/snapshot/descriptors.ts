// The descriptors that a daemon passes on, by their numbers.

import { natural, oneOf, record, type TypeOf, text } from "./codec.ts";

const descriptorRole = oneOf(
  "stdin",
  "stdout",
  "stderr",
  "log",
  "listener",
  "lock",
  "pidfile",
  "program-socket",
  "ready",
  "to-listener",
  "from-listener",
  "history",
);
export type DescriptorRole = TypeOf<typeof descriptorRole>;

export const heldDescriptor = record({
  fd: natural,
  role: descriptorRole,
  /** A process key, a path or an address. */
  owner: text,
});
export type HeldDescriptor = TypeOf<typeof heldDescriptor>;
