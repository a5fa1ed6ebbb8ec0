// CONF-001: the search path of configurations, and its files.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_CONFIGURATION } from "../../../../../src/doctor/checks/config/conf-001-no-configuration.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { CONF, findings, said } from "./looking.ts";

describe("CONF-001", () => {
  test("no configuration at all is an error that lists the places", () => {
    const [finding] = findings(NO_CONFIGURATION, null);
    assert.equal(finding?.symptom, "No config file found at default paths");
    assert.deepEqual(finding.evidence, ["ENOENT: /etc/tsv/tsv.conf"]);
    assert.equal(finding?.severity, "error");
    assert.equal(finding.repair.class, "C");
  });

  test("a named file that is missing, a directory or a dangling symlink is reported with the reason", () => {
    const named = (host: DoctorHost): string[] => {
      const config = { path: CONF, chosenBy: "option", problems: missing() } as const;
      return findings(NO_CONFIGURATION, null, host, { config }).map(({ cause }) => cause);
    };
    assert.deepEqual(named(new DoctorHost()), ["The file does not exist."]);
    assert.deepEqual(named(new DoctorHost().link(CONF, "/gone")), [
      "It is a symlink to /gone, which does not exist.",
    ]);
    assert.deepEqual(named(new DoctorHost().directory(CONF)), ["It is a directory, not a file."]);
  });

  test("a path that a user cannot see is not reported as missing", () => {
    const host = new DoctorHost().file(CONF, "", { mode: 0o600 });
    host.uid = 1000;
    const config = { path: CONF, problems: missing() };
    assert.deepEqual(said(NO_CONFIGURATION, host.facts(null, { config })), [
      { unknown: `the contents of ${CONF} (needs root)` },
    ]);
  });

  test("several places with a file are worth knowing, not more", () => {
    const search = [CONF, "/etc/supervisord.conf"].map((path) => ({ path, exists: true }));
    const found = findings(NO_CONFIGURATION, "[supervisord]\n", new DoctorHost(), {
      config: { search },
    });
    assert.deepEqual(
      found.map(({ severity }) => severity),
      ["info"],
    );
    assert.deepEqual(found[0]?.evidence[1], "/etc/supervisord.conf: exists, not used");
    assert.deepEqual(findings(NO_CONFIGURATION, "[supervisord]\n"), []);
  });
});

function missing() {
  return [
    {
      file: CONF,
      line: null,
      section: null,
      key: null,
      severity: "error",
      rule: "no-file",
      code: "CONF-001",
      message: `could not find config file ${CONF}`,
      suggestion: null,
      fix: null,
    },
  ] as const;
}
