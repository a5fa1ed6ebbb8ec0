// Compiles the small C programs of test/bench/native into the bench's own directory.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the checkout: the folder above the compiled file that holds the Makefile. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "Makefile"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("no folder above the bench holds tsv's Makefile");
    folder = above;
  }
  return folder;
}

/** @returns the path of the compiled program */
export function compile(name: string, into: string): string {
  const output = join(into, name);
  if (!existsSync(output)) {
    const source = join(projectRoot(), "test/bench/native", `${name}.c`);
    execFileSync(process.env["CC"] ?? "cc", ["-O2", "-Wall", "-o", output, source], {
      stdio: "inherit",
    });
  }
  return output;
}
