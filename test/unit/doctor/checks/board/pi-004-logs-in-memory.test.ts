// PI-004 on hosts in memory: logs on tmpfs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LOGS_IN_MEMORY } from "../../../../../src/doctor/checks/board/pi-004-logs-in-memory.ts";
import { healthyHost, look, only, repair } from "../boot/boot-host.ts";

const TEXT = `[supervisord]
logfile=/var/log/tsv/tsv.log
[program:web]
command=/bin/web
stdout_logfile=/var/log/web/app/out.log
stderr_logfile=/var/log/web/app/err.log
`;

function inMemory(): ReturnType<typeof healthyHost> {
  return healthyHost()
    .mount("/var/log", { type: "tmpfs" })
    .directory("/var/log/web", { mode: 0o750, uid: 33, gid: 4 })
    .directory("/var/log/web/app", { mode: 0o2775, uid: 33, gid: 33 });
}

describe("PI-004", () => {
  test("logs on a disk, and a configuration that logs nowhere", () => {
    assert.deepEqual(
      look(LOGS_IN_MEMORY, healthyHost().directory("/var/log/web/app"), {}, { text: TEXT }),
      [],
    );
  });

  test("directories that no boot makes again are written down for systemd, with their parents, after a yes", () => {
    const host = inMemory();
    const finding = only(look(LOGS_IN_MEMORY, host, {}, { text: TEXT }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "B");
    repair(finding, host);
    const text = host.readText("/etc/tmpfiles.d/tsv-doctor.conf") ?? "";
    assert.match(
      text,
      /^d \/var\/log\/web 0750 www-data adm -\nd \/var\/log\/web\/app 2775 www-data www-data -$/m,
    );
    assert.equal(only(look(LOGS_IN_MEMORY, host, {}, { text: TEXT })).severity, "info");
  });

  test("an existing entry stays", () => {
    const path = "/etc/tmpfiles.d/tsv-doctor.conf";
    const host = inMemory().file(path, "# mine\nd /var/log/other 0755 root root -\n");
    repair(only(look(LOGS_IN_MEMORY, host, {}, { text: TEXT })), host);
    assert.match(host.readText(path) ?? "", /^# mine\nd \/var\/log\/other .*\nd \/var\/log\/web /m);
  });

  test("tsv's directory is created before each start, and log2ram restores all: that is a note", () => {
    const own = "[supervisord]\nlogfile=/var/log/tsv/tsv.log\n";
    assert.equal(only(look(LOGS_IN_MEMORY, inMemory(), {}, { text: own })).severity, "info");
    const host = inMemory().file("/etc/log2ram.conf");
    assert.equal(only(look(LOGS_IN_MEMORY, host, {}, { text: TEXT })).severity, "info");
  });

  test("without systemd a person moves the logs", () => {
    const finding = only(look(LOGS_IN_MEMORY, inMemory(), { init: "sysv" }, { text: TEXT }));
    assert.equal(finding.repair.class, "C");
  });
});
