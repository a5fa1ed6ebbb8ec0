// PI-006 on boards in memory: heat.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TEMPERATURE } from "../../../../../src/doctor/checks/board/pi-006-temperature.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "../boot/boot-host.ts";

const BOARD = {
  host: {
    platform: "linux",
    machine: "armv7l",
    bootedMs: 0,
    container: null,
    board: "Raspberry Pi 3 Model B",
  },
} as const;

function heated(...millidegrees: readonly string[]): DoctorHost {
  const host = new DoctorHost();
  for (const [zone, text] of millidegrees.entries())
    host.file(`/sys/class/thermal/thermal_zone${zone}/temp`, `${text}\n`);
  return host;
}

describe("PI-006", () => {
  test("the hottest zone counts", () => {
    assert.deepEqual(only(look(TEMPERATURE, heated("41000", "83214"), {}, BOARD)).evidence, [
      "83.2 °C",
    ]);
  });

  test("warm is fine, and so is what cannot be measured, or is no board", () => {
    assert.deepEqual(look(TEMPERATURE, heated("79900", "-1", "nonsense"), {}, BOARD), []);
    assert.deepEqual(look(TEMPERATURE, new DoctorHost(), {}, BOARD), []);
    assert.deepEqual(look(TEMPERATURE, heated("90000")), []);
  });
});
