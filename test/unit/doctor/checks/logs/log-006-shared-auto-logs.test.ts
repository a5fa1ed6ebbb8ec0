// LOG-006 on hosts in memory: daemons that take each other's AUTO logs for their own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHARED_AUTO_LOGS } from "../../../../../src/doctor/checks/logs/auto-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";
import { runningTsv } from "./running.ts";

const CONFIG = "[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\n";
const OTHER = {
  kind: "supervisor",
  pid: 900,
  command: ["/usr/bin/python3", "/usr/bin/supervisord", "-c", "/etc/other.conf"],
  config: "/etc/other.conf",
} as const;

function host(other: string): DoctorHost {
  return new DoctorHost().file("/etc/other.conf", other);
}

describe("LOG-006", () => {
  test("the defaults of both clash, and this one gets another identifier", () => {
    const broken = host("[supervisord]\n");
    const finding = onlyFinding(SHARED_AUTO_LOGS, broken, CONFIG, runningTsv({}, [OTHER]));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.subject, "/etc/other.conf");
    assert.deepEqual(finding.evidence, [
      "identifier=supervisor and childlogdir=/tmp in both",
      "pid 900 runs /etc/other.conf",
    ]);
    repair(broken, finding);
    assert.match(broken.readText("/etc/tsv/tsv.conf") ?? "", /^identifier=tsv$/m);
    assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, broken, null, runningTsv({}, [OTHER])), []);
  });

  test("another name of the same directory is the same directory", () => {
    const broken = host("[supervisord]\nchildlogdir=/scratch\n").link("/scratch", "/tmp");
    assert.equal(findingsOf(SHARED_AUTO_LOGS, broken, CONFIG, runningTsv({}, [OTHER])).length, 1);
  });

  test("another identifier, directory or nocleanup keeps them apart", () => {
    for (const line of ["identifier=b", "childlogdir=/var/log", "nocleanup=true"]) {
      const apart = host(`[supervisord]\n${line}\n`);
      assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, apart, CONFIG, runningTsv({}, [OTHER])), []);
    }
    const named = { ...OTHER, command: [...OTHER.command, "-i", "b"] };
    const apart = host("[supervisord]\n");
    assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, apart, CONFIG, runningTsv({}, [named])), []);
  });

  test("another tsv leaves our files alone", () => {
    const apart = host("[supervisord]\n");
    const other = { ...OTHER, kind: "tsv" } as const;
    assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, apart, CONFIG, runningTsv({}, [other])), []);
  });

  test("without AUTO logs, or without a daemon, there is nothing to lose", () => {
    const text = `${CONFIG}stdout_logfile=NONE\nstderr_logfile=NONE\n`;
    const apart = host("[supervisord]\n");
    assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, apart, text, runningTsv({}, [OTHER])), []);
    assert.deepEqual(findingsOf(SHARED_AUTO_LOGS, apart, CONFIG), []);
  });
});
