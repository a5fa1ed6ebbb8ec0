// Where the bases and the hosts of a run live, outside the checkout, and where the rig's own scripts are.

import { join } from "node:path";
import { ROOT } from "../../e2e/rig/places.ts";

/** Bases and hosts. A base is about 200 MiB, a host what it changes. */
export const HOSTS_DIRECTORY = process.env["TSV_HOSTS_DIR"] ?? "/var/tmp/tsv-hosts";

/** Cached bases. */
export const BASES = join(HOSTS_DIRECTORY, "base");

/** One directory for each run of a test file. */
export const RUNS = join(HOSTS_DIRECTORY, "run");

/** One of the rig's scripts: they stay in the sources. */
export function script(name: string): string {
  return join(ROOT, "test/hosts/rig", name);
}
