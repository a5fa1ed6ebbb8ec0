// CONF-010: [include] sections that include nothing.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { INCLUDE } from "../../../../../src/doctor/checks/config/conf-010-include.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { CONF, findings, fixed, said } from "./looking.ts";

const S = "[supervisord]\n[include]\n";

describe("CONF-010", () => {
  test("without files it gets the directory that lies beside the configuration", () => {
    const host = new DoctorHost().file("/etc/tsv/conf.d/a.conf", "[program:a]\ncommand=a\n");
    assert.equal(fixed(INCLUDE, S, host), `${S}files=conf.d/*.conf\n`);
    const fedora = new DoctorHost().file("/etc/tsv/conf.d/a.ini", "[program:a]\ncommand=a\n");
    assert.equal(fixed(INCLUDE, S, fedora), `${S}files=conf.d/*.ini\n`);
    assert.equal(findings(INCLUDE, S)[0]?.repair.class, "C");
  });

  test("an empty directory is how a fresh installation looks", () => {
    const host = new DoctorHost().directory("/etc/tsv/conf.d");
    assert.deepEqual(
      findings(INCLUDE, `${S}files=conf.d/*.conf\n`, host).map(({ severity }) => severity),
      ["info"],
    );
  });

  test("a missing directory or file is reported with its line", () => {
    const [finding] = findings(INCLUDE, `${S}files=/nowhere/*.conf\n`);
    assert.equal(finding?.severity, "warning");
    assert.equal(finding.cause, "The directory /nowhere does not exist.");
    assert.equal(finding.place?.line, 3);
    assert.equal(
      findings(INCLUDE, `${S}files=/tmp/x.conf\n`)[0]?.cause,
      "The file does not exist.",
    );
  });

  test("an included file includes nothing", () => {
    const host = new DoctorHost().file("/etc/tsv/a.conf", "[include]\nfiles=b.conf\n");
    const [finding] = findings(INCLUDE, `${S}files=a.conf\n`, host);
    assert.equal(finding?.cause, "Only the main file can include others.");
  });

  test("a directory that this user cannot list is not reported as empty", () => {
    const host = new DoctorHost().directory("/etc/tsv/conf.d", { mode: 0o700 });
    host.uid = 1000;
    host.hidden.add("/etc/tsv/conf.d");
    host.file(CONF, `${S}files=conf.d/*.conf\n`);
    const [unknown] = said(INCLUDE, host.situation(), host);
    assert.ok(unknown !== undefined);
  });
});
