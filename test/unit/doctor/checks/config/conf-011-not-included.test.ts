// CONF-011: files beside the included ones.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_INCLUDED } from "../../../../../src/doctor/checks/config/conf-011-not-included.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fix, said } from "./looking.ts";

const MAIN = "[supervisord]\n[include]\nfiles=conf.d/*.conf\n";
const PROGRAM = "[program:a]\ncommand=a\n";

function beside(name: string, text = PROGRAM): DoctorHost {
  return new DoctorHost().file(`/etc/tsv/conf.d/${name}`, text);
}

describe("CONF-011", () => {
  for (const name of ["web.ini", "web.conf.txt", ".web.conf", "web.CONF", "web.cfg"]) {
    test(`${name} is renamed to web.conf`, () => {
      const host = beside(name);
      const [finding] = findings(NOT_INCLUDED, MAIN, host);
      assert.equal(finding?.repair.class, "B");
      fix(host, finding);
      assert.equal(host.readText("/etc/tsv/conf.d/web.conf"), PROGRAM);
      assert.deepEqual(findings(NOT_INCLUDED, null, host), []);
    });
  }

  for (const name of [
    "web.conf~",
    "web.conf.bak",
    "web.ini.disabled",
    "web.conf.dpkg-old",
    ".web.conf.swp",
    "README",
  ]) {
    test(`${name} is not changed`, () => {
      assert.deepEqual(findings(NOT_INCLUDED, MAIN, beside(name)), []);
    });
  }

  test("a file without programs, or with its own [supervisord], is not reported", () => {
    assert.deepEqual(findings(NOT_INCLUDED, MAIN, beside("x.ini", "[php]\na=1\n")), []);
    assert.deepEqual(
      findings(NOT_INCLUDED, MAIN, beside("x.ini", `[supervisord]\n${PROGRAM}`)),
      [],
    );
    assert.deepEqual(findings(NOT_INCLUDED, MAIN, beside("x.conf")), []);
  });

  test("a file whose new name exists, and a symlink, are left to be fixed by hand", () => {
    const taken = beside("a.ini").file("/etc/tsv/conf.d/a.conf", "[program:b]\ncommand=b\n");
    assert.equal(findings(NOT_INCLUDED, MAIN, taken)[0]?.repair.class, "C");
    const linked = new DoctorHost()
      .directory("/etc/tsv/conf.d")
      .file("/srv/a.ini", PROGRAM)
      .link("/etc/tsv/conf.d/a.ini", "/srv/a.ini");
    assert.equal(findings(NOT_INCLUDED, MAIN, linked)[0]?.repair.class, "C");
  });

  test("a matching dangling symlink is reported, unlike in Supervisor", () => {
    const host = new DoctorHost()
      .directory("/etc/tsv/conf.d")
      .link("/etc/tsv/conf.d/a.conf", "/gone");
    const [finding] = findings(NOT_INCLUDED, MAIN, host);
    assert.equal(finding?.severity, "error");
    assert.equal(finding.cause, "It is a symlink to /gone, which does not exist.");
    assert.equal(finding.place?.file, "/etc/tsv/conf.d/a.conf");
  });

  test("a matching directory is not reported for permissions", () => {
    const host = new DoctorHost().directory("/etc/tsv/conf.d/old.conf");
    const [finding] = findings(NOT_INCLUDED, MAIN, host);
    assert.equal(finding?.cause, "It is a directory, but only files are included.");
    assert.match(finding.repair.advice, /^Rename the directory so that it does not match/);
  });

  test("a file that this user cannot read may be readable to the daemon", () => {
    const host = beside("a.conf");
    host.hidden.add("/etc/tsv/conf.d/a.conf");
    host.uid = 1000;
    const facts = { ...host.facts(MAIN) };
    const seen = { ...facts, config: { ...facts.config, daemonUid: 0 } };
    assert.deepEqual(said(NOT_INCLUDED, seen), [
      { unknown: "the contents of /etc/tsv/conf.d/a.conf (needs root)" },
    ]);
  });
});
