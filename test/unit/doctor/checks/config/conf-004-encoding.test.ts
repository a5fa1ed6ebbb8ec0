// CONF-004: other encodings than UTF-8.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { ENCODING } from "../../../../../src/doctor/checks/config/conf-004-encoding.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { CONF, findings, fix } from "./looking.ts";

function hostWith(bytes: Uint8Array): DoctorHost {
  return new DoctorHost().bytes(CONF, bytes);
}

describe("CONF-004", () => {
  test("in a comment Latin-1 is converted, and lines that are UTF-8 stay", () => {
    const latin = Buffer.from("[supervisord]\n; caf\xe9\n", "latin1");
    const host = hostWith(Buffer.concat([latin, Buffer.from("; naïve\n")]));
    const [finding] = findings(ENCODING, null, host);
    assert.match(finding?.symptom ?? "", /^'utf-8' codec can't decode byte 0xe9 in position 19/);
    assert.equal(finding?.place?.line, 2);
    fix(host, finding);
    assert.equal(host.readText(CONF), "[supervisord]\n; café\n; naïve\n");
    assert.deepEqual(findings(ENCODING, null, host), []);
  });

  test("UTF-16 is recognised by its byte order mark", () => {
    const host = hostWith(Buffer.from("\ufeff[supervisord]\n", "utf16le"));
    const [finding] = findings(ENCODING, null, host);
    assert.ok(finding !== undefined);
    fix(host, finding);
    assert.equal(host.readText(CONF), "[supervisord]\n");
  });

  test("of a value only a person knows the encoding", () => {
    const bytes = Buffer.from("[supervisord]\nidentifier=caf\xe9\n", "latin1");
    const [finding] = findings(ENCODING, null, hostWith(bytes));
    assert.equal(finding?.repair.class, "C");
    assert.match(finding.repair.commands[0] ?? "", /^iconv /);
  });

  test("UTF-8 is what it should be", () => {
    assert.deepEqual(findings(ENCODING, "[supervisord]\n; 日本\n"), []);
  });
});
