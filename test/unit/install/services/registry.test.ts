// Detection of the init system: by what is running, never by what is installed.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageEvidence, InitEvidence } from "../../../../src/install/services/init-system.ts";
import { detectImageInit, detectInit } from "../../../../src/install/services/registry.ts";

const NOTHING: InitEvidence = {
  platform: "linux",
  firstProcess: "sleep",
  hasRunSystemd: false,
  hasOpenrcLevel: false,
  hasInittab: false,
  container: null,
};

const HOSTS: readonly (readonly [string, Partial<InitEvidence>, string])[] = [
  ["systemd by its directory", { firstProcess: "systemd", hasRunSystemd: true }, "systemd"],
  [
    "systemd under another name of process 1",
    { firstProcess: "init", hasRunSystemd: true, hasInittab: true },
    "systemd",
  ],
  ["sysvinit", { firstProcess: "init", hasInittab: true }, "sysv"],
  [
    "OpenRC that sysvinit starts",
    { firstProcess: "init", hasInittab: true, hasOpenrcLevel: true },
    "openrc",
  ],
  ["OpenRC's own init", { firstProcess: "openrc-init" }, "openrc"],
  ["runit", { firstProcess: "runit" }, "runit"],
  ["s6", { firstProcess: "s6-svscan" }, "s6"],
  ["macOS", { platform: "darwin", firstProcess: null }, "launchd"],
];

for (const [what, evidence, init] of HOSTS) {
  test(`finds ${what}`, () => {
    const found = detectInit({ ...NOTHING, ...evidence });
    assert.ok(found.ok);
    assert.equal(found.value.init, init);
    assert.notEqual(found.value.because, "");
  });
}

const CONTAINERS: readonly (readonly [Partial<InitEvidence>, RegExp])[] = [
  [{ firstProcess: "tini", container: "docker" }, /PID 1 is tini \(a docker container\)/],
  // Files of an init system are in most images; nobody started it.
  [{ firstProcess: "bash", hasInittab: true }, /PID 1 is bash/],
  [{ firstProcess: "init" }, /PID 1 is init/],
  [{ firstProcess: null }, /PID 1 cannot be read/],
];

for (const [evidence, said] of CONTAINERS) {
  test(`finds no init system where ${said.source}`, () => {
    const found = detectInit({ ...NOTHING, ...evidence });
    assert.ok(!found.ok);
    assert.match(found.error, said);
  });
}

const EMPTY: ImageEvidence = {
  init: { kind: "missing" },
  hasSystemd: false,
  hasOpenrc: false,
  inittab: null,
};
const BINARY = { kind: "file", sha256: "", mode: 0o755, uid: 0, gid: 0 } as const;
const link = (target: string): ImageEvidence["init"] => ({ kind: "link", target });

const IMAGES: readonly (readonly [string, Partial<ImageEvidence>, string | null])[] = [
  ["/sbin/init is systemd", { init: link("/lib/systemd/systemd") }, "systemd"],
  [
    "systemd lies beside sysvinit",
    { init: BINARY, inittab: "id:2:initdefault:\n", hasSystemd: true },
    "sysv",
  ],
  ["systemd is all there is", { hasSystemd: true }, "systemd"],
  ["/sbin/init is runit-init", { init: link("runit-init") }, "runit"],
  ["/sbin/init is openrc-init", { init: link("openrc-init") }, "openrc"],
  ["OpenRC has runlevels", { init: BINARY, inittab: "", hasOpenrc: true }, "openrc"],
  [
    "busybox starts OpenRC",
    { init: link("/bin/busybox"), inittab: "::sysinit:/sbin/openrc sysinit\n" },
    "openrc",
  ],
  [
    "inittab starts runit",
    { init: BINARY, inittab: "SV:123456:respawn:/usr/sbin/runsvdir-start\n" },
    "runit",
  ],
  ["there is sysvinit", { init: BINARY, inittab: "id:2:initdefault:\n" }, "sysv"],
  ["there is none", {}, null],
];

for (const [what, evidence, init] of IMAGES) {
  test(`in an image where ${what}: ${init ?? "an error"}`, () => {
    const found = detectImageInit({ ...EMPTY, ...evidence });
    assert.equal(found.ok ? found.value.init : null, init);
  });
}
