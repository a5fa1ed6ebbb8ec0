// PI-003 on boards in memory: clocks that no service sets.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_CLOCK } from "../../../../../src/doctor/checks/board/pi-003-no-clock.ts";
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

describe("PI-003", () => {
  test("no real-time clock and no service that sets it", () => {
    const finding = only(look(NO_CLOCK, new DoctorHost(), {}, BOARD));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "C");
  });

  test("a clock, a service that sets the time, or a time that is set: fine", () => {
    assert.deepEqual(
      look(NO_CLOCK, new DoctorHost().directory("/sys/class/rtc/rtc0"), {}, BOARD),
      [],
    );
    // The kernel's names have fifteen characters.
    for (const name of ["systemd-timesyn", "chronyd", "ntpd"]) {
      assert.deepEqual(
        look(NO_CLOCK, new DoctorHost().run(300, [`/usr/sbin/${name}`]), {}, BOARD),
        [],
      );
    }
    const host = new DoctorHost();
    host.answers.set("timedatectl show --property=NTPSynchronized --value", {
      status: 0,
      output: "yes",
    });
    assert.deepEqual(look(NO_CLOCK, host, {}, BOARD), []);
  });

  test("a machine that is no board has a clock", () => {
    assert.deepEqual(look(NO_CLOCK, new DoctorHost()), []);
  });
});
