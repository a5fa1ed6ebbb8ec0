// The table of faults: each broken host is named by its code, fixed as far as doctor may, and clean afterwards, while the
// whole catalogue looks. What doctor says never holds a secret, and what it does stays where it says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { BOARD_FAULTS } from "./board.ts";
import { BOOT_FAULTS } from "./boot.ts";
import { CONFIG_FAULTS } from "./config.ts";
import type { Fault } from "./fault.ts";
import { LOG_FAULTS } from "./logs.ts";
import { PROGRAM_FAULTS } from "./programs.ts";
import { loud, prove } from "./prove.ts";
import { SECURITY_FAULTS } from "./security.ts";
import { SOCKET_FAULTS } from "./socket.ts";
import { World } from "./world.ts";

const TABLE: Readonly<Record<string, readonly Fault[]>> = {
  boot: BOOT_FAULTS,
  socket: SOCKET_FAULTS,
  config: CONFIG_FAULTS,
  programs: PROGRAM_FAULTS,
  logs: LOG_FAULTS,
  security: SECURITY_FAULTS,
  board: BOARD_FAULTS,
};

/** Codes that no fault of this table shows, each with the reason; there are none. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

for (const [area, faults] of Object.entries(TABLE)) {
  describe(`faults of ${area}`, () => {
    for (const fault of faults) {
      test(`${fault.code}: ${fault.what}`, () => prove(fault));
    }
  });
}

describe("the table of faults", () => {
  test("a usual host is silent", () => {
    assert.deepEqual(loud(new World().examine()), []);
  });

  test("each code of the catalogue has a fault", () => {
    const shown = new Set(Object.values(TABLE).flatMap((faults) => faults.map(({ code }) => code)));
    const missing = CATALOGUE.filter(({ code }) => !shown.has(code) && !(code in EXCEPTIONS));
    assert.deepEqual(
      missing.map(({ code }) => code),
      [],
    );
  });

  test("no two faults say the same, and codes exist", () => {
    const names = Object.values(TABLE).flatMap((faults) =>
      faults.map(({ code, what }) => `${code} ${what}`),
    );
    assert.deepEqual(names, Array.from(new Set(names)));
    const codes = new Set(CATALOGUE.map(({ code }) => code));
    for (const { code, also = {}, leaves = {} } of Object.values(TABLE).flat()) {
      for (const one of [code, ...Object.keys(also), ...Object.keys(leaves)]) {
        assert.ok(codes.has(one), one);
      }
    }
  });
});
