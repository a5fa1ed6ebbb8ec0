// The Debian package on other architectures, through qemu: what `make dist` stages, installed and upgraded on a host that boots.

import assert from "node:assert/strict";
import type { Architecture, ForeignName } from "../hosts/rig/kinds.ts";
import { withoutArchitecture } from "../hosts/rig/requirements.ts";
import { assertSameTree, hostTest } from "../hosts/rig/rig.ts";
import { addCounter, BOOKS, countedOn, dpkg, pids, removeCounter } from "./rig/on-host.ts";
import { foreignPackages, withoutForeignStage } from "./rig/packages.ts";

interface Subject {
  readonly kind: ForeignName;
  readonly architecture: Architecture;
  readonly packages: readonly string[];
}

const SUBJECTS: readonly Subject[] = [
  { kind: "systemd-arm64", architecture: "arm64", packages: [] },
  { kind: "systemd-armhf", architecture: "armhf", packages: ["nodejs"] },
];

/** Everything takes seconds there. */
const PATIENT = { timeoutMs: 300_000 };

for (const { kind, architecture, packages } of SUBJECTS) {
  hostTest(
    `the package for ${architecture} runs, upgrades under load, is removed and purged`,
    kind,
    async (host, t) => {
      const absent = withoutForeignStage(architecture) || withoutArchitecture(architecture);
      if (absent !== false) return t.skip(absent);
      const { old, next } = foreignPackages(architecture);
      host.put(old, "/root/old.deb", 0o644);
      host.put(next, "/root/next.deb", 0o644);
      await host.boot();
      const before = host.tree(BOOKS);
      await dpkg(host, "-i /root/old.deb");
      await host.until("tsv status", PATIENT);
      assert.match(await host.must("tsv install --status", PATIENT), /answering +yes/);
      await addCounter(host);
      const running = await pids(host);
      await dpkg(host, "-i /root/next.deb");
      assert.deepEqual(await pids(host), running, "an upgrade stops nothing");
      await countedOn(host);
      await removeCounter(host);
      await dpkg(host, "-P tsv");
      assertSameTree(before, host.tree(BOOKS));
    },
    { packages },
  );
}
