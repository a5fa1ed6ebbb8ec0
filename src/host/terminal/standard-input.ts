// Standard input as one text, for short commands: they have nothing else to do until it ends.

import { readFileSync } from "node:fs";

const STDIN = 0;

export function readStandardInput(): string {
  return readFileSync(STDIN, "utf8");
}
