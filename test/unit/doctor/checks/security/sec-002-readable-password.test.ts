// SEC-002 on hosts in memory: files with passwords, who may read them, and that no password is ever shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { READABLE_PASSWORD } from "../../../../../src/doctor/checks/security/secrets.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

const CONFIG =
  "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nusername=a\npassword=hunter2\n";

/** With the configuration as everybody may read it. */
function host(text = CONFIG, mode = 0o644): DoctorHost {
  return new DoctorHost().file("/etc/tsv/tsv.conf", text, { mode });
}

describe("SEC-002", () => {
  test("a password that everybody can read is taken from others, and left to the group of tsv", () => {
    const broken = host();
    const finding = onlyFinding(READABLE_PASSWORD, broken, null);
    assert.equal(finding.severity, "warning");
    assert.equal(finding.place?.line, 5);
    assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
    assert.deepEqual(finding.repair.commands, [
      "chgrp tsv /etc/tsv/tsv.conf",
      "chmod 0640 /etc/tsv/tsv.conf",
    ]);
    repair(broken, finding);
    assert.deepEqual(findingsOf(READABLE_PASSWORD, broken, null), []);
  });

  test("the group of the socket is kept able to use ctl", () => {
    const text = `${CONFIG}[unix_http_server]\nfile=/run/x.sock\nchmod=0770\nchown=root:adm\n`;
    const { commands } = onlyFinding(READABLE_PASSWORD, host(text), null).repair;
    assert.equal(commands[0], "chgrp adm /etc/tsv/tsv.conf");
  });

  test("a daemon that changes its user can still read it at a reload", () => {
    const broken = host(CONFIG.replace("[supervisord]", "[supervisord]\nuser=www-data"));
    repair(broken, onlyFinding(READABLE_PASSWORD, broken, null));
    assert.equal(broken.nodes.get("/etc/tsv/tsv.conf")?.gid, 33);
  });

  test("ctl's password in an included file is found there", () => {
    const text = "[supervisord]\n[include]\nfiles=conf.d/*.conf\n";
    const broken = host(text).file(
      "/etc/tsv/conf.d/ctl.conf",
      "[supervisorctl]\npassword=hunter2\n",
    );
    const finding = onlyFinding(READABLE_PASSWORD, broken, null);
    assert.equal(finding.subject, "/etc/tsv/conf.d/ctl.conf");
    assert.deepEqual(finding.repair.class, "B");
  });

  test("a password that only silences a warning about the socket is a remark", () => {
    const text =
      "[supervisord]\n[unix_http_server]\nfile=/run/x.sock\nusername=dummy\npassword=dummy\n[supervisorctl]\nserverurl=unix:///run/x.sock\nusername=dummy\npassword=dummy\n";
    assert.equal(onlyFinding(READABLE_PASSWORD, host(text), null).severity, "info");
    const open = text.replace("username", "chmod=0777\nusername");
    assert.equal(onlyFinding(READABLE_PASSWORD, host(open), null).severity, "warning");
  });

  test("variables that sound like secrets are a remark, without their values", () => {
    const text =
      '[supervisord]\n[program:web]\ncommand=/usr/bin/tsv\nenvironment=API_TOKEN="hunter2",LANG="C"\n';
    const finding = onlyFinding(READABLE_PASSWORD, host(text), null);
    assert.equal(finding.severity, "info");
    assert.match(finding.evidence[1] ?? "", /API_TOKEN$/);
    assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
  });

  test("a file that others cannot read or reach is healthy", () => {
    assert.deepEqual(findingsOf(READABLE_PASSWORD, host(CONFIG, 0o640), null), []);
    const closed = host().directory("/etc/tsv", { mode: 0o750, gid: 990 });
    assert.deepEqual(findingsOf(READABLE_PASSWORD, closed, null), []);
  });

  test("no password, an empty one, and one that comes from the environment are healthy", () => {
    for (const text of [
      "[supervisord]\n",
      CONFIG.replace("hunter2", "%(ENV_SECRET)s"),
      '[supervisord]\nenvironment=API_TOKEN="%(ENV_API_TOKEN)s"\n',
    ]) {
      assert.deepEqual(findingsOf(READABLE_PASSWORD, host(text), null), [], text);
    }
  });
});
