// Whether this machine can give programs a terminal: node-pty's native half needs a C++ compiler to be built.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../e2e/rig/places.ts";

/** The reason to skip a test that needs a pseudo-terminal, or false. */
export function withoutPty(): string | false {
  const addon = join(ROOT, "build/pty.node");
  return existsSync(addon) ? false : `${addon} is not built; it needs a C++ compiler such as g++`;
}
