// Consequences: root causes come first, and a consequence names them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { byCause, examineHost } from "../../../../src/doctor/checks/examine.ts";
import type { CodedFinding, Severity } from "../../../../src/doctor/model.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const USELESS = [
  ["a missing directory of the pid file", "[supervisord]\npidfile=/none/x.pid\n", "LOG-004"],
  ["a missing directory of the log", "[supervisord]\nlogfile=/none/x.log\n", "LOG-004"],
  ["a number", "[supervisord]\nminfds=x\n", "CONF"],
] as const;

for (const [what, text, code] of USELESS) {
  test(`a configuration with an error is never reported as clean: ${what}`, () => {
    const { findings, skipped } = examineHost(CATALOGUE, new DoctorHost().facts(text));
    const isOwn = findings.some(({ area, severity }) => area === "config" && severity === "error");
    const own = skipped.some(({ area }) => area === "config");
    assert.notEqual(own, isOwn);
    assert.match(skipped[0]?.why ?? "", new RegExp(`has errors: ${code}`));
  });
}

test("nor by its own checks alone, which have no finding", () => {
  const checks = CATALOGUE.filter(({ area }) => area === "config");
  const { findings, skipped } = examineHost(checks, new DoctorHost().facts(USELESS[0][1]));
  assert.deepEqual(findings, []);
  assert.deepEqual(skipped, [{ area: "config", why: "the configuration has errors: tsv check" }]);
});

type Found = Omit<CodedFinding, "follows">;

function found(code: string, more: Partial<Found> = {}): Found {
  const areas = {
    BOOT: "boot",
    SOCK: "socket",
    CONF: "config",
    PROG: "programs",
    LOG: "logs",
  } as const;
  const [prefix = ""] = code.split("-");
  return {
    code,
    area: areas[prefix as keyof typeof areas],
    severity: "error",
    subject: "web",
    symptom: "",
    cause: "",
    evidence: [],
    place: null,
    repair: { class: "C", advice: "", commands: [], steps: [] },
    ...more,
  };
}

function order(...findings: readonly Found[]): readonly string[] {
  return byCause(findings).map(({ code, follows }) => `${code}<${follows.join()}`);
}

test("output is dropped because of what another check finds about the path", () => {
  const lost = found("LOG-013", { subject: "/srv/log/web.log" });
  const elsewhere = found("LOG-007", { subject: "/srv/logs" });
  const said = order(lost, elsewhere, found("LOG-011", { subject: "/srv" }));
  assert.deepEqual(said, ["LOG-007<", "LOG-011<", "LOG-013<LOG-011"]);
});

describe("a daemon that does not run", () => {
  for (const [code, severity] of [
    ["CONF-013", "error"],
    ["BOOT-008", "error"],
    ["BOOT-002", "error"],
    ["SOCK-007", "error"],
  ] as readonly (readonly [string, Severity])[]) {
    test(`follows from ${code}`, () => {
      assert.deepEqual(order(found("SOCK-001"), found(code, { severity })), [
        `${code}<`,
        `SOCK-001<${code}`,
      ]);
    });
  }

  for (const [what, other] of [
    ["a warning", found("CONF-013", { severity: "warning" })],
    ["a program that cannot start", found("PROG-001")],
    ["a program's log", found("LOG-001")],
  ] as const) {
    test(`does not follow from ${what}`, () => {
      assert.ok(order(found("SOCK-001"), other).includes("SOCK-001<"));
    });
  }

  test("follows from its own log, which it cannot open", () => {
    const place = { file: "/x.conf", line: 1, section: "supervisord", key: "logfile" };
    assert.equal(order(found("SOCK-001"), found("LOG-001", { place }))[1], "SOCK-001<LOG-001");
  });
});

describe("a program that fails", () => {
  test("follows from the process that holds its port, and that from what left it behind", () => {
    assert.deepEqual(order(found("PROG-009"), found("PROG-012")), [
      "PROG-012<",
      "PROG-009<PROG-012",
    ]);
    assert.deepEqual(order(found("PROG-012"), found("PROG-008")), [
      "PROG-008<",
      "PROG-012<PROG-008",
    ]);
  });

  test("is not a consequence of another program's error", () => {
    const other = found("PROG-012", { subject: "db" });
    assert.deepEqual(order(found("PROG-009"), other), ["PROG-009<", "PROG-012<"]);
  });
});

test("an option that is missing follows from one of nearly that name in its section", () => {
  const place = { file: "/x.conf", line: 3, section: "program:web", key: null };
  const missing = found("CONF-013", {
    place,
    symptom: "program section program:web does not specify a command",
  });
  const repair = {
    class: "C",
    advice: "Write command, if that is what you meant",
    commands: [],
    steps: [],
  } as const;
  const near = found("CONF-014", { place, severity: "warning", repair });
  assert.deepEqual(order(missing, near), ["CONF-014<", "CONF-013<CONF-014"]);
  const elsewhere = { ...near, place: { ...place, section: "program:db" } };
  assert.deepEqual(order(missing, elsewhere), ["CONF-013<", "CONF-014<"]);
});
