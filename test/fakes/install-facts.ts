// The facts about a host in memory, as an installation is planned from them.

import type { Manifest } from "../../src/install/plan/manifest.ts";
import type { InstallFacts, PackageMark } from "../../src/install/plan/plan-input.ts";
import { LAYOUT } from "./install-plan.ts";
import type { MemoryWorld } from "./install-world.ts";

/** A host that systemd boots, with nothing of tsv's. */
export function factsOf(world: MemoryWorld, changes: Partial<InstallFacts> = {}): InstallFacts {
  return {
    world: world.world,
    layout: LAYOUT,
    evidence: {
      platform: "linux",
      firstProcess: "systemd",
      hasRunSystemd: true,
      hasOpenrcLevel: false,
      hasInittab: false,
      container: null,
    },
    self: { user: "root", group: "root" },
    previous: null,
    others: [],
    mark: null,
    problem: null,
    ...changes,
  };
}

/** A Debian package that brought tsv with its unit. */
export const PACKAGE: PackageMark = {
  kind: "deb",
  paths: ["/usr/bin/tsv", "/usr/lib/systemd/system/tsv.service"],
};

/** The record of an earlier installation. */
export function manifestWith(changes: Partial<Manifest>): Manifest {
  return {
    name: "tsv",
    scope: "system",
    init: "systemd",
    start: ["systemctl", "start", "tsv.service"],
    config: LAYOUT.config,
    server: null,
    executable: LAYOUT.executable,
    group: "tsv",
    isPackaged: false,
    lingered: null,
    entries: [],
    giveBack: [],
    ...changes,
  };
}
