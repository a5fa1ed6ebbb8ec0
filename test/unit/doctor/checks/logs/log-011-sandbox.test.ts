// LOG-011 on hosts in memory: logs that the service's own unit closes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { READ_ONLY_LOGS } from "../../../../../src/doctor/checks/logs/read-only-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";
import { runningTsv } from "./running.ts";

const CONFIG =
  "[supervisord]\nlogfile=/var/log/tsv/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=/srv/log/web.log\nstderr_logfile=NONE\n";
const UNIT = "/etc/systemd/system/tsv.service";

function host(): DoctorHost {
  return new DoctorHost().directory("/srv/log").directory("/var/log/tsv");
}

function service(text: string, properties: Readonly<Record<string, string>> = {}): object {
  return { service: { file: { path: UNIT, text, isPackaged: false }, properties } };
}

const STRICT = "[Service]\nProtectSystem=strict\nLogsDirectory=tsv\n";

describe("LOG-011, sandbox", () => {
  test("ProtectSystem=strict closes a directory that the unit does not name, and a drop-in opens it", () => {
    const broken = host();
    const finding = onlyFinding(READ_ONLY_LOGS, broken, CONFIG, service(STRICT));
    assert.equal(finding.severity, "error");
    assert.equal(finding.symptom, "cannot open log '/srv/log/web.log' of web (stdout): EROFS");
    assert.match(finding.cause, /ProtectSystem=strict/);
    assert.equal(finding.repair.class, "B");
    for (const { step } of finding.repair.steps) {
      if (step.kind === "file") broken.file(step.path, step.text);
      if (step.kind === "directory") broken.directory(step.path);
    }
    const written = broken.readText(`${UNIT}.d/zz-tsv-doctor-logs.conf`) ?? "";
    assert.match(written, /^ReadWritePaths=-\/srv\/log$/m);
    assert.deepEqual(findingsOf(READ_ONLY_LOGS, broken, CONFIG, service(STRICT)), []);
  });

  test("a path opened by an earlier repair stays open", () => {
    const broken = host().file(
      `${UNIT}.d/zz-tsv-doctor-logs.conf`,
      "[Service]\nReadWritePaths=-/old\n",
    );
    const { steps } = onlyFinding(READ_ONLY_LOGS, broken, CONFIG, service(STRICT)).repair;
    const texts = steps.flatMap(({ step }) => (step.kind === "file" ? [step.text] : []));
    assert.match(texts[0] ?? "", /ReadWritePaths=-\/old\nReadWritePaths=-\/srv\/log\n/);
  });

  test("a home that is hidden needs another place", () => {
    const text = CONFIG.replace("/srv/log/", "/home/pi/");
    const parts = service("[Service]\nProtectHome=yes\n");
    assert.equal(onlyFinding(READ_ONLY_LOGS, host(), text, parts).repair.class, "C");
  });

  test("a unit without a sandbox, and a daemon outside of its service, are healthy", () => {
    assert.deepEqual(findingsOf(READ_ONLY_LOGS, host(), CONFIG, service("[Service]\n")), []);
    const outside = { ...service(STRICT, { MainPID: "0" }), ...runningTsv() };
    assert.deepEqual(findingsOf(READ_ONLY_LOGS, host(), CONFIG, outside), []);
  });
});
