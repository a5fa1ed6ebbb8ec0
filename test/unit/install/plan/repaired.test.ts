// Doctor's files for a service are removed with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { repairedSteps } from "../../../../src/install/plan/uninstall.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { sha256 } from "../../../fakes/install-world.ts";

const DROP_IN = "/etc/systemd/system/tsv.service.d/zz-tsv-doctor-stop.conf";
const RECORDS = "/var/lib/tsv/doctor";

function host(text: string): MemoryHost {
  const memory = new MemoryHost([RECORDS]);
  memory.write(DROP_IN, text);
  return memory;
}

const REPAIRED = {
  records: RECORDS,
  files: [{ path: DROP_IN, sha256: sha256("[Service]\n") }],
  directories: ["/etc/systemd/system/tsv.service.d", "/etc/gone"],
};

function kindsAndPaths(memory: MemoryHost, trees: readonly string[] = []): readonly string[] {
  return repairedSteps(REPAIRED, memory.world, new Set(trees)).map(({ step }) =>
    "path" in step ? `${step.kind} ${step.path}` : step.kind,
  );
}

test("settings that doctor made for the unit go, then their directory, then the records", () => {
  assert.deepEqual(kindsAndPaths(host("[Service]\n")), [
    `remove ${DROP_IN}`,
    "remove-empty /etc/systemd/system/tsv.service.d",
    `remove-tree ${RECORDS}`,
  ]);
});

test("files edited since then stay", () => {
  assert.ok(!kindsAndPaths(host("edited\n")).includes(`remove ${DROP_IN}`));
});

test("records in a directory that goes whole are not removed twice", () => {
  assert.ok(!kindsAndPaths(host(""), ["/var/lib/tsv"]).includes(`remove-tree ${RECORDS}`));
});

test("without repairs there is nothing to do", () => {
  assert.deepEqual(repairedSteps(null, host("").world, new Set()), []);
});
