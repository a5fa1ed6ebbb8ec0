// The parts of a release for one architecture, as `make dist` leaves them in build/dist.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../e2e/rig/places.ts";
import type { Architecture } from "../hosts/rig/kinds.ts";

/** All that packages are made for. */
export const ARCHITECTURES: readonly Architecture[] = ["amd64", "arm64", "armhf"];

/** A file of the staged architecture. */
export function staged(architecture: Architecture, ...names: readonly string[]): string {
  return join(ROOT, "build/dist", architecture, ...names);
}

/** The executable as it lies in a package. */
export function executableOf(architecture: Architecture): string {
  return staged(architecture, "root/usr/bin/tsv");
}

/** The reason to skip tests of an architecture, or false. */
export function withoutStage(architecture: Architecture): string | false {
  if (existsSync(executableOf(architecture))) return false;
  return `nothing is staged for ${architecture}; run make test-dist`;
}

/** tsv's version, from the place that everything takes it from. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
