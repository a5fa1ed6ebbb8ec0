// BOOT-016 on hosts in memory: process 1 of containers.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ZOMBIES } from "../../../../../src/doctor/checks/boot/boot-016-zombies.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { look, only } from "./boot-host.ts";

const DOCKER = {
  host: { platform: "linux", machine: "x86_64", bootedMs: 0, container: "docker", board: null },
} as const;

function container(first: string, dead: number): DoctorHost {
  const host = new DoctorHost().run(1, [`/usr/bin/${first}`], { parent: 0 });
  for (let pid = 10; pid < 10 + dead; pid += 1) host.run(pid, [], { state: "Z", name: "worker" });
  return host;
}

describe("BOOT-016", () => {
  test("a program that is no init leaves the dead", () => {
    const finding = only(look(ZOMBIES, container("node", 3), {}, DOCKER));
    assert.equal(finding.severity, "info");
    assert.match(finding.symptom, /^3 processes/);
    assert.equal(only(look(ZOMBIES, container("node", 200), {}, DOCKER)).severity, "warning");
  });

  test("an init, tsv among them, buries them in a moment", () => {
    for (const first of ["tini", "tsv", "systemd"]) {
      assert.deepEqual(look(ZOMBIES, container(first, 3), {}, DOCKER), []);
    }
  });

  test("without zombies, with a recent one, or outside a container nothing is reported", () => {
    assert.deepEqual(look(ZOMBIES, container("node", 0), {}, DOCKER), []);
    const fresh = container("node", 0).run(10, [], {
      state: "Z",
      startedMs: Date.UTC(2026, 0, 2, 3, 4, 4),
    });
    assert.deepEqual(look(ZOMBIES, fresh, {}, DOCKER), []);
    assert.deepEqual(look(ZOMBIES, container("node", 3)), []);
  });
});
