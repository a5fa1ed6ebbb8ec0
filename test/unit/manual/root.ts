// The checkout: tests run from build/, the manual is in docs/.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  if (existsSync(join(from, "Makefile"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("the checkout was not found above this file");
  return findRoot(parent);
}
