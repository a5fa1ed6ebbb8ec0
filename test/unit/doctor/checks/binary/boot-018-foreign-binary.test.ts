// BOOT-018 on hosts in memory: executables of other machines.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { healthyHost, look, only } from "../boot/boot-host.ts";
import { checkOf } from "../rows.ts";

const FOREIGN_BINARY = checkOf("BOOT-018");

/** The head of a program without a loader. @param machine e_machine */
function elf(machine: number): Uint8Array {
  const bytes = new Uint8Array(120);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint16(54, 56, true);
  return bytes;
}

const X86_64 = 62;
const AARCH64 = 183;

describe("BOOT-018", () => {
  test("an executable for this processor is fine", () => {
    const host = healthyHost().bytes("/usr/local/bin/tsv", elf(X86_64), { mode: 0o755 });
    assert.deepEqual(look(FOREIGN_BINARY, host), []);
  });

  test("one for another processor cannot be started", () => {
    const host = healthyHost().bytes("/usr/local/bin/tsv", elf(AARCH64), { mode: 0o755 });
    const finding = only(look(FOREIGN_BINARY, host));
    assert.equal(finding.subject, "/usr/local/bin/tsv");
    assert.equal(finding.repair.class, "C");
  });

  test("one that is missing, or without a service, is not this check's", () => {
    assert.deepEqual(look(FOREIGN_BINARY, healthyHost().remove("/usr/local/bin/tsv")), []);
    assert.deepEqual(look(FOREIGN_BINARY, healthyHost(), { file: null }), []);
  });
});
