// BOOT-017 on boards in memory: the firmware's report of voltage and speed, bit by bit.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { THROTTLING } from "../../../../../src/doctor/checks/board/boot-017-throttling.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "../boot/boot-host.ts";

const PI = {
  host: {
    platform: "linux",
    machine: "aarch64",
    bootedMs: 0,
    container: null,
    board: "Raspberry Pi 4 Model B Rev 1.4",
  },
} as const;

function throttled(value: string): DoctorHost {
  return new DoctorHost().file(
    "/sys/devices/platform/soc/soc:firmware/get_throttled",
    `${value}\n`,
  );
}

describe("BOOT-017", () => {
  for (const [value, severity, subject, says] of [
    ["1", "warning", "voltage", "under-voltage now"],
    ["2", "warning", "speed", "processor frequency capped now"],
    ["4", "warning", "speed", "throttled now"],
    ["8", "warning", "temperature", "soft temperature limit active now"],
    ["10000", "warning", "voltage", "under-voltage since boot"],
    ["20000", "info", "speed", "processor frequency was capped since boot"],
    ["40000", "info", "speed", "was throttled since boot"],
    ["80000", "info", "temperature", "soft temperature limit was active since boot"],
  ] as const) {
    test(`0x${value} is ${says}`, () => {
      const finding = only(look(THROTTLING, throttled(value), {}, PI));
      assert.equal(finding.severity, severity);
      assert.equal(finding.subject, subject);
      assert.deepEqual(finding.evidence, [`throttled=0x${value}`, says]);
    });
  }

  test("several bits are reported in one finding", () => {
    const finding = only(look(THROTTLING, throttled("50005"), {}, PI));
    assert.deepEqual(finding.evidence.slice(1), [
      "under-voltage now",
      "throttled now",
      "under-voltage since boot",
      "was throttled since boot",
    ]);
  });

  test("nothing set, or no Raspberry Pi: nothing to say", () => {
    assert.deepEqual(look(THROTTLING, throttled("0"), {}, PI), []);
    assert.deepEqual(look(THROTTLING, throttled("1")), []);
  });

  test("the firmware's tool is called if the kernel has no data", () => {
    const host = new DoctorHost();
    host.answers.set("vcgencmd get_throttled", { status: 0, output: "throttled=0x50000" });
    assert.equal(only(look(THROTTLING, host, {}, PI)).subject, "voltage");
  });

  test("the driver for the voltage knows one bit", () => {
    const host = new DoctorHost()
      .file("/sys/class/hwmon/hwmon1/name", "rpi_volt\n")
      .file("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    assert.deepEqual(only(look(THROTTLING, host, {}, PI)).evidence[1], "under-voltage since boot");
    host.file("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    assert.deepEqual(look(THROTTLING, host, {}, PI), []);
  });

  test("a board without readings is not reported as healthy", () => {
    const [said] = look(THROTTLING, new DoctorHost(), {}, PI);
    assert.ok(said !== undefined && "unseen" in said);
  });
});
