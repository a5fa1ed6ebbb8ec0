// Limits of programs: what may be written, and how it is shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  cpuQuotaOf,
  cpuQuotaText,
  parseCountOrMax,
  parseCpuQuota,
  parseSizeOrMax,
} from "../../../../src/core/config/cgroup-limits.ts";
import {
  cpusText,
  ioPriorityText,
  limitText,
  parseCapabilities,
  parseCpus,
  parseIoPriority,
  parseLimit,
  parseSizeLimit,
  sizeLimitText,
} from "../../../../src/core/config/program-limits.ts";
import { CAPABILITIES } from "../../../../src/core/process/capabilities.ts";
import { fc } from "../../../property.ts";

function errorOf(result: { ok: true } | { ok: false; error: string }): string {
  return result.ok ? "" : result.error;
}

describe("a limit", () => {
  test("is one number or two, or unlimited", () => {
    const read = (text: string) => parseLimit(text);
    assert.deepEqual(read("1024"), { ok: true, value: { soft: 1024, hard: 1024 } });
    assert.deepEqual(read("0"), { ok: true, value: { soft: 0, hard: 0 } });
    assert.deepEqual(read("1024:4096"), { ok: true, value: { soft: 1024, hard: 4096 } });
    assert.deepEqual(read(" 1 : Infinity "), { ok: true, value: { soft: 1, hard: -1 } });
    assert.deepEqual(read("unlimited"), { ok: true, value: { soft: -1, hard: -1 } });
  });

  test("of bytes has the forms of a size", () => {
    const mb = 1024 * 1024;
    assert.deepEqual(parseSizeLimit("400M"), {
      ok: true,
      value: { soft: 400 * mb, hard: 400 * mb },
    });
    assert.deepEqual(parseSizeLimit("1GiB:unlimited"), {
      ok: true,
      value: { soft: 1024 * mb, hard: -1 },
    });
  });

  test("is refused with what may be written", () => {
    for (const text of ["", "x", "1:2:3", ":", "1:", "-1", "1.5", "1e3", "400M", "9".repeat(16)]) {
      assert.match(
        errorOf(parseLimit(text)),
        /^not a valid limit: .*: write 1024, SOFT:HARD/,
        text,
      );
    }
    for (const text of ["", "-1", "5T", "1G:", "M:1G"]) {
      assert.match(errorOf(parseSizeLimit(text)), /^not a valid limit: .*: write 400M, /, text);
    }
  });

  test("has no soft limit above the hard one", () => {
    for (const text of ["2:1", "unlimited:5"]) {
      assert.match(errorOf(parseLimit(text)), /^the soft limit is above the hard one: /, text);
    }
    assert.match(errorOf(parseSizeLimit("1G:1M")), /^the soft limit is above the hard one: /);
  });
});

test("an I/O priority has a class and a level", () => {
  assert.deepEqual(parseIoPriority("idle"), { ok: true, value: { kind: "idle", level: 0 } });
  const best = { kind: "best-effort", level: 4 };
  assert.deepEqual(parseIoPriority("Best-Effort"), { ok: true, value: best });
  assert.deepEqual(parseIoPriority("realtime:0"), {
    ok: true,
    value: { kind: "realtime", level: 0 },
  });
  for (const text of ["", "idle:1", "best-effort:8", "realtime:", "rt", "best-effort:0 "]) {
    assert.match(errorOf(parseIoPriority(text)), /: it is idle, best-effort:N/, text);
  }
});

test("CPUs are numbers and ranges", () => {
  assert.deepEqual(parseCpus("2-3, 0"), { ok: true, value: [0, 2, 3] });
  assert.deepEqual(parseCpus("1,1 0-1"), { ok: true, value: [0, 1] });
  for (const text of ["", "a", "3-1", "0,", "8192", "0-99999", "-1", "1--2"]) {
    assert.match(errorOf(parseCpus(text)), /^not a valid list of CPUs: .*: write 0,2-3/, text);
  }
});

test("capabilities have names with or without CAP_, and there may be none", () => {
  const value = ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"];
  for (const text of [
    "CAP_NET_BIND_SERVICE, CAP_CHOWN",
    "net_bind_service chown",
    "chown,NET_BIND_SERVICE,cap_chown",
  ]) {
    assert.deepEqual(parseCapabilities(text), { ok: true, value }, text);
  }
  assert.deepEqual(parseCapabilities(""), { ok: true, value: [] });
  assert.equal(
    errorOf(parseCapabilities("chown,everything")),
    "no such capability: 'everything': write names of capabilities(7)",
  );
  assert.equal(
    errorOf(parseCapabilities("net_bind")),
    "no such capability: 'net_bind': did you mean CAP_NET_BIND_SERVICE?",
  );
});

test("every value is shown so that it is read as the same", () => {
  const number = fc.oneof(fc.constant(-1), fc.nat(), fc.integer({ min: 0, max: 10 ** 14 }));
  const limit = fc
    .tuple(number, number)
    .map(([soft, hard]) => ({ soft, hard }))
    .filter(({ soft, hard }) => hard === -1 || (soft !== -1 && soft <= hard));
  const level = fc.integer({ min: 0, max: 7 });
  const kind = fc.constantFrom("best-effort" as const, "realtime" as const);
  fc.assert(
    fc.property(limit, (value) => {
      assert.deepEqual(parseLimit(limitText(value)), { ok: true, value });
      assert.deepEqual(parseSizeLimit(sizeLimitText(value)), { ok: true, value });
    }),
  );
  fc.assert(
    fc.property(kind, level, (kind, level) => {
      const value = { kind, level };
      assert.deepEqual(parseIoPriority(ioPriorityText(value)), { ok: true, value });
    }),
  );
  const cpu = fc.integer({ min: 0, max: 8191 });
  fc.assert(
    fc.property(fc.uniqueArray(cpu, { minLength: 1 }), (cpus) => {
      const value = cpus.sort((left, right) => left - right);
      assert.deepEqual(parseCpus(cpusText(value)), { ok: true, value });
    }),
  );
});

test("whatever is written is refused in one line, or read", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseLimit, parseSizeLimit, parseIoPriority, parseCpus]) {
        assert.doesNotMatch(errorOf(parse(text)), /\n/);
      }
      assert.doesNotMatch(errorOf(parseCapabilities(text)), /\n/);
    }),
  );
});

test("capabilities are listed by number, as capabilities(7) and the kernel have them", () => {
  assert.equal(CAPABILITIES.length, 41);
  assert.equal(CAPABILITIES.indexOf("CAP_NET_BIND_SERVICE"), 10);
  assert.equal(CAPABILITIES.indexOf("CAP_SYS_ADMIN"), 21);
  assert.equal(CAPABILITIES.indexOf("CAP_SYS_RESOURCE"), 24);
  assert.equal(CAPABILITIES.indexOf("CAP_CHECKPOINT_RESTORE"), 40);
});

test("limits of cgroups are numbers or max", () => {
  assert.deepEqual(parseSizeOrMax("400M"), { ok: true, value: 400 * 1024 * 1024 });
  assert.deepEqual(parseSizeOrMax("Max"), { ok: true, value: -1 });
  assert.match(errorOf(parseSizeOrMax("-1")), /: write 400M, .* or max$/);
  assert.deepEqual(parseCountOrMax("10"), { ok: true, value: 10 });
  assert.deepEqual(parseCountOrMax("max"), { ok: true, value: -1 });
  assert.match(
    errorOf(parseCountOrMax("1.5")),
    /^not a valid number: '1.5': write a number or max$/,
  );
});

test("processor time is a percentage, or what the kernel takes", () => {
  const quota = (quota: number, period = 100_000) => ({ ok: true, value: { quota, period } });
  assert.deepEqual(parseCpuQuota("150%"), quota(150_000));
  assert.deepEqual(parseCpuQuota("12.5%"), quota(12_500));
  assert.deepEqual(parseCpuQuota("5000"), quota(5000));
  assert.deepEqual(parseCpuQuota("50000 1000000"), quota(50_000, 1_000_000));
  assert.deepEqual(parseCpuQuota("max"), quota(-1));
  for (const text of ["", "0%", "0.5%", "999", "1000 999", "1000 1000001", "50 %", "x%", "1 2 3"]) {
    assert.match(errorOf(parseCpuQuota(text)), /^not a valid limit: .*: write 150%/, text);
  }
  assert.equal(cpuQuotaText({ quota: 150_000, period: 100_000 }), "150%");
  assert.equal(cpuQuotaOf({ quota: -1, period: 100_000 }), "max 100000");
  const value = fc.record({
    quota: fc.oneof(fc.constant(-1), fc.integer({ min: 1000, max: 10 ** 9 })),
    period: fc.oneof(fc.constant(100_000), fc.integer({ min: 1000, max: 1_000_000 })),
  });
  fc.assert(
    fc.property(value, (value) => {
      assert.deepEqual(parseCpuQuota(cpuQuotaText(value)), quota(value.quota, value.period));
    }),
  );
});
