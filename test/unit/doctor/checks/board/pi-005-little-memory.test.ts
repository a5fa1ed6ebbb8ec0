// PI-005 on hosts in memory: how much of it they have.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LITTLE_MEMORY } from "../../../../../src/doctor/checks/board/pi-005-little-memory.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "../boot/boot-host.ts";

function memory(total: number, available: number, swap: number): DoctorHost {
  const text = `MemTotal:       ${total} kB\nMemFree:  1 kB\nMemAvailable:   ${available} kB\nSwapTotal:      ${swap} kB\n`;
  return new DoctorHost().file("/proc/meminfo", text);
}

describe("PI-005", () => {
  test("little memory and no swap is worth knowing, and a warning when little is left", () => {
    assert.equal(only(look(LITTLE_MEMORY, memory(440_000, 300_000, 0))).severity, "info");
    assert.equal(only(look(LITTLE_MEMORY, memory(440_000, 30_000, 0))).severity, "warning");
  });

  test("swap, or more memory, is enough", () => {
    assert.deepEqual(look(LITTLE_MEMORY, memory(440_000, 30_000, 100_000)), []);
    assert.deepEqual(look(LITTLE_MEMORY, memory(4_000_000, 30_000, 0)), []);
    assert.deepEqual(look(LITTLE_MEMORY, new DoctorHost()), []);
  });
});
