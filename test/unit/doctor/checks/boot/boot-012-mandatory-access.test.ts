// BOOT-012 on hosts in memory: denials of SELinux and AppArmor.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MANDATORY_ACCESS } from "../../../../../src/doctor/checks/boot/mandatory-access.ts";
import { commandsOf, healthyHost, look, only } from "./boot-host.ts";

const NOW_SECONDS = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

function selinux(): ReturnType<typeof healthyHost> {
  return healthyHost().file("/sys/fs/selinux/enforce", "1");
}

function denial(secondsAgo: number, program = "tsv"): string {
  return (
    `type=AVC msg=audit(${NOW_SECONDS - secondsAgo}.123:45): avc:  denied  { execute } for  pid=812 comm="${program}" ` +
    'name="web" dev="sda1" ino=77 scontext=system_u:system_r:init_t:s0 tcontext=unconfined_u:object_r:user_home_t:s0\n'
  );
}

describe("BOOT-012", () => {
  test("without SELinux and AppArmor there is nothing to look at", () => {
    const host = healthyHost().file("/var/log/audit/audit.log", denial(60));
    assert.deepEqual(look(MANDATORY_ACCESS, host), []);
    assert.deepEqual(look(MANDATORY_ACCESS, selinux().file("/sys/fs/selinux/enforce", "0")), []);
  });

  test("an executable with the label of a home gets that of its place", () => {
    const host = selinux();
    const question = "stat -c %C /usr/local/bin/tsv";
    host.answers.set(question, { status: 0, output: "unconfined_u:object_r:user_home_t:s0" });
    const finding = only(look(MANDATORY_ACCESS, host));
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(commandsOf(finding), ["restorecon -v /usr/local/bin/tsv"]);
    host.answers.set(question, { status: 0, output: "system_u:object_r:bin_t:s0" });
    assert.deepEqual(look(MANDATORY_ACCESS, host), []);
  });

  test("denials of the last day that name tsv are shown once each, and the policy is not changed", () => {
    const log = `${denial(90)}${denial(60).replace("pid=812", "pid=813")}`;
    const finding = only(look(MANDATORY_ACCESS, selinux().file("/var/log/audit/audit.log", log)));
    assert.equal(finding.repair.class, "C");
    assert.equal(finding.evidence.length, 1);
  });

  test("old denials, and those of other programs, are not tsv's", () => {
    const log = `${denial(2 * 86_400)}${denial(60, "httpd")}nothing\n`;
    assert.deepEqual(look(MANDATORY_ACCESS, selinux().file("/var/log/audit/audit.log", log)), []);
  });

  test("AppArmor's denials are in the kernel's log", () => {
    const line = `Jan  2 03:04:01 pi kernel: audit: type=1400 audit(${NOW_SECONDS - 4}.1:9): apparmor="DENIED" operation="open" profile="/usr/bin/tsv" name="/srv/x" pid=1 comm="tsv"\n`;
    const host = healthyHost()
      .file("/sys/module/apparmor/parameters/enabled", "Y\n")
      .file("/var/log/kern.log", line);
    assert.equal(only(look(MANDATORY_ACCESS, host)).subject, "AppArmor");
  });

  test("an unreadable log is mentioned if the service is not running", () => {
    const host = selinux().file("/var/log/audit/audit.log", denial(60));
    host.readTail = () => null;
    assert.deepEqual(look(MANDATORY_ACCESS, host), []);
    const [said] = look(MANDATORY_ACCESS, host, { isActive: false });
    assert.ok(said !== undefined && "unknown" in said);
  });
});
