// PROG-026 on hosts in memory: limits above what the host has.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_MEMORY } from "../../../../../src/doctor/checks/programs/health.ts";
import { config, host, look, one } from "./rig.ts";

const check = (limit: string, meminfo: string | null = "MemTotal:        1024000 kB\n") => {
  const made = host();
  if (meminfo !== null) made.file("/proc/meminfo", meminfo);
  return look(MAX_MEMORY, made, config("command=/bin/cat", `max_memory=${limit}`));
};

describe("PROG-026", () => {
  test("a limit above the memory of the host is reported", () => {
    const finding = one(check("2GB"));
    assert.equal(finding.symptom, "max_memory=2GB has no effect");
    assert.deepEqual(finding.evidence, ["the host has 1000MB"]);
    assert.equal(finding.place?.key, "max_memory");
  });

  test("one below it is not, and nothing is known without /proc", () => {
    assert.deepEqual(check("1000MB"), []);
    assert.deepEqual(check("2GB", null), []);
  });
});
