// Heads of ELF files: real ones, made ones, and bytes that anybody may have written.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  debianName,
  ELF_HEAD_BYTES,
  elfName,
  kernelRuns,
  readElf,
} from "../../../../src/doctor/exec/elf.ts";
import { fc } from "../../../property.ts";
import { elf } from "../checks/programs/rig.ts";

test("the program that runs this test is one of this host's, and its loader is there", () => {
  const head = readElf(readFileSync(process.execPath).subarray(0, ELF_HEAD_BYTES));
  assert.ok(head !== null && head.loader !== null);
  assert.match(head.loader, /^\/lib.*ld-/);
  const kernel = { x64: "x86_64", arm64: "aarch64", arm: "armv7l" }[process.arch as string];
  if (kernel !== undefined) assert.equal(kernelRuns(head, kernel), true);
});

test("width, processor, loader and Debian's name are returned", () => {
  const armhf = readElf(elf(40, 32, "/lib/ld-linux-armhf.so.3"));
  assert.ok(armhf !== null);
  assert.deepEqual(
    [elfName(armhf), armhf.loader, debianName(armhf)],
    ["32-bit ARM (armhf)", "/lib/ld-linux-armhf.so.3", "armhf"],
  );
  const arm64 = readElf(elf(183, 64, "/lib/ld-linux-aarch64.so.1"));
  assert.ok(arm64 !== null);
  assert.deepEqual([elfName(arm64), debianName(arm64)], ["64-bit ARM (arm64)", "arm64"]);
  assert.equal(readElf(elf(62, 64))?.loader, null);
});

test("kernels run their own files and the 32-bit ones of their family; of others nothing is claimed", () => {
  const head = (machine: number, bits: 32 | 64) => {
    const read = readElf(elf(machine, bits));
    assert.ok(read !== null);
    return read;
  };
  const runs = (machine: number, bits: 32 | 64, kernel: string) =>
    kernelRuns(head(machine, bits), kernel);
  assert.deepEqual(
    [runs(62, 64, "x86_64"), runs(3, 32, "x86_64"), runs(183, 64, "x86_64")],
    [true, true, false],
  );
  assert.deepEqual(
    [runs(183, 64, "aarch64"), runs(40, 32, "aarch64"), runs(62, 64, "aarch64")],
    [true, true, false],
  );
  assert.deepEqual(
    [runs(40, 32, "armv7l"), runs(40, 32, "armv6l"), runs(183, 64, "armv7l")],
    [true, true, false],
  );
  assert.deepEqual([runs(3, 32, "i686"), runs(62, 64, "i686")], [true, false]);
  assert.equal(runs(62, 64, "sparc64"), null);
});

test("whatever stands behind the magic number, reading it ends in an answer", () => {
  const bytes = fc.uint8Array({ maxLength: 600 });
  fc.assert(
    fc.property(bytes, fc.constantFrom(1, 2, 9), (rest, width) => {
      const head = readElf(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, width, 1, ...rest]));
      if (head !== null) assert.ok(elfName(head).length > 0);
    }),
  );
  assert.equal(readElf(new TextEncoder().encode("#!/bin/sh\n")), null);
});
