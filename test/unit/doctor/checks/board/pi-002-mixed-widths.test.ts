// PI-002 on boards in memory: two widths.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MIXED_WIDTHS } from "../../../../../src/doctor/checks/board/pi-002-mixed-widths.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "../boot/boot-host.ts";

const KERNEL_64 = {
  host: {
    platform: "linux",
    machine: "aarch64",
    bootedMs: 0,
    container: null,
    board: "Raspberry Pi 4",
  },
} as const;

describe("PI-002", () => {
  test("a 32-bit system on a 64-bit kernel is worth knowing", () => {
    const host = new DoctorHost().file("/lib/ld-linux-armhf.so.3");
    assert.equal(only(look(MIXED_WIDTHS, host, {}, KERNEL_64)).severity, "info");
  });

  test("one width, or both loaders: nothing to say", () => {
    const both = new DoctorHost()
      .file("/lib/ld-linux-armhf.so.3")
      .file("/lib/ld-linux-aarch64.so.1");
    assert.deepEqual(look(MIXED_WIDTHS, both, {}, KERNEL_64), []);
    assert.deepEqual(look(MIXED_WIDTHS, new DoctorHost(), {}, KERNEL_64), []);
    const narrow = { host: { ...KERNEL_64.host, machine: "armv7l" } };
    assert.deepEqual(
      look(MIXED_WIDTHS, new DoctorHost().file("/lib/ld-linux-armhf.so.3"), {}, narrow),
      [],
    );
  });
});
