// Recognizes small boards by their name in the device tree.

import type { HostFacts } from "../../facts/situation.ts";

export function isRaspberryPi({ board }: HostFacts): boolean {
  return board?.startsWith("Raspberry Pi") === true;
}
