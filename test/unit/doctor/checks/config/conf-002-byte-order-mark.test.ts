// CONF-002: a byte order mark, in the main file and in others.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BYTE_ORDER_MARK } from "../../../../../src/doctor/checks/config/conf-002-byte-order-mark.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fix, fixed } from "./looking.ts";

describe("CONF-002", () => {
  test("the mark is removed, and nothing else", () => {
    assert.equal(
      fixed(BYTE_ORDER_MARK, "\ufeff[supervisord]\r\n; é\r\n"),
      "[supervisord]\r\n; é\r\n",
    );
  });

  test("it is found before a comment, and in an included file", () => {
    assert.equal(findings(BYTE_ORDER_MARK, "\ufeff; mine\n[supervisord]\n").length, 1);
    const host = new DoctorHost().file("/etc/tsv/conf.d/a.conf", "\ufeff[program:a]\ncommand=a\n");
    const main = "[supervisord]\n[include]\nfiles=conf.d/*.conf\n";
    const [finding] = findings(BYTE_ORDER_MARK, main, host);
    assert.equal(finding?.place?.file, "/etc/tsv/conf.d/a.conf");
    fix(host, finding);
    assert.deepEqual(findings(BYTE_ORDER_MARK, main, host), []);
  });

  test("a mark further down, and another wrong first line, are something else", () => {
    assert.deepEqual(findings(BYTE_ORDER_MARK, "[supervisord]\n;\ufeff\n"), []);
    assert.deepEqual(findings(BYTE_ORDER_MARK, "supervisord\n"), []);
  });
});
