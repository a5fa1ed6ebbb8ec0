// CONF-012: names that are there twice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { REPEATED_NAME } from "../../../../../src/doctor/checks/config/conf-012-repeated-name.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\ncommand=a\n";

describe("CONF-012", () => {
  test("of an option that is given twice the one without effect goes, with its further lines", () => {
    assert.equal(
      fixed(REPEATED_NAME, `${S}environment=A="1",\n  B="2"\nuser=root\nenvironment=A="3"\n`),
      `${S}user=root\nenvironment=A="3"\n`,
    );
  });

  test("a duplicate program is reported, in one file and across files", () => {
    const [one] = findings(REPEATED_NAME, `${S}[program:a]\nuser=root\n`);
    assert.match(one?.symptom ?? "", /is also in line 2/);
    assert.equal(one?.repair.class, "C");
    const host = new DoctorHost().file("/etc/tsv/b.conf", "[program:a]\ncommand=b\n");
    const [two] = findings(REPEATED_NAME, `${S}[include]\nfiles=b.conf\n`, host);
    assert.deepEqual(two?.evidence, ["/etc/tsv/tsv.conf:2", "/etc/tsv/b.conf:1"]);
  });

  test("a second [supervisord] in another file may be meant, and other programs are others", () => {
    const host = new DoctorHost().file(
      "/etc/tsv/b.conf",
      "[supervisord]\nloglevel=debug\n[program:b]\ncommand=b\n",
    );
    assert.deepEqual(findings(REPEATED_NAME, `${S}[include]\nfiles=b.conf\n`, host), []);
  });

  test("copies with one name get names of their own", () => {
    assert.match(
      fixed(REPEATED_NAME, `${S}numprocs=2\nprocess_name=%(process_num).0s\n`),
      /^process_name=%\(program_name\)s_%\(process_num\)02d$/m,
    );
  });

  test("a group with the name of a program is reported", () => {
    const text = `${S}[program:b]\ncommand=b\n[group:a]\nprograms=b\n`;
    assert.equal(findings(REPEATED_NAME, text)[0]?.repair.class, "C");
  });
});
