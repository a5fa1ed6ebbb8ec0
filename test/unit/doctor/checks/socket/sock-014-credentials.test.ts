// SOCK-014 on hosts in memory: names and passwords of the server and of ctl.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CREDENTIALS } from "../../../../../src/doctor/checks/socket/ctl-settings.ts";
import { answer, CONFIG, host, INET, lookAt, one, repair, UP } from "./rig.ts";

const SERVER = "username=me\npassword=sesame%%1\n";
const SHA = "username=me\npassword={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d\n";
const build = (server: string, ctl: string): string =>
  CONFIG.replace("[supervisorctl]\n", `${server}[supervisorctl]\n${ctl}`);
const UNAUTHORIZED = { ...UP, servers: [answer("unauthorized")] };

describe("SOCK-014", () => {
  test("a user name and password that ctl lacks are copied as written, and never shown", () => {
    const on = host();
    const finding = one(
      lookAt(CREDENTIALS, on, build(SERVER, "")).map((found) =>
        "repair" in found ? { ...found, repair: { ...found.repair, steps: [] } } : found,
      ),
    );
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join("\n"), /\[supervisorctl\] has no username and no password/);
    const [whole] = lookAt(CREDENTIALS, on, build(SERVER, ""));
    assert.ok(whole !== undefined && "repair" in whole);
    assert.equal(whole.repair.class, "B");
    repair(on, whole);
    assert.match(
      on.readText("/etc/tsv/tsv.conf") ?? "",
      /^\[supervisorctl\]\nusername=me\npassword=sesame%%1$/m,
    );
    assert.deepEqual(lookAt(CREDENTIALS, on, null), []);
  });

  test("another pair is replaced", () => {
    const on = host();
    const [finding] = lookAt(CREDENTIALS, on, build(SERVER, "username=me\npassword=old\n"));
    assert.ok(finding !== undefined && "repair" in finding);
    assert.deepEqual([finding.severity, finding.repair.class], ["error", "B"]);
    repair(on, finding);
    assert.deepEqual(lookAt(CREDENTIALS, on, null), []);
  });

  test("a hashed password cannot be copied, nor sent", () => {
    for (const ctl of ["", SHA]) {
      const { repair: fix } = one(lookAt(CREDENTIALS, host(), build(SHA, ctl)));
      assert.deepEqual([fix.class, fix.steps], ["C", []]);
      assert.match(fix.advice, /in clear text/);
    }
  });

  test("a password that does not match the hash is reported if the server refuses", () => {
    const text = build(SHA, "username=me\npassword=x\n");
    assert.match(
      one(lookAt(CREDENTIALS, host(), text, UNAUTHORIZED)).cause,
      /does not match the hash/,
    );
    assert.deepEqual(lookAt(CREDENTIALS, host(), text, UP), []);
  });

  test("a daemon started with another password is reported", () => {
    const text = build(SERVER, SERVER);
    assert.match(one(lookAt(CREDENTIALS, host(), text, UNAUTHORIZED)).cause, /was started with/);
  });

  test("the port's pair counts when ctl asks the port", () => {
    const text = INET.replace("[supervisorctl]\n", `${SERVER}[supervisorctl]\n`);
    const [finding] = lookAt(CREDENTIALS, host(), text);
    assert.ok(finding !== undefined && "repair" in finding);
    assert.equal(finding.subject, "inet_http_server");
  });

  test("is silent for equal pairs, for servers without one, and for servers that ctl does not ask", () => {
    assert.deepEqual(lookAt(CREDENTIALS, host(), build(SERVER, SERVER), UP), []);
    assert.deepEqual(lookAt(CREDENTIALS, host(), build("", SERVER)), []);
    assert.deepEqual(lookAt(CREDENTIALS, host(), CONFIG), []);
    const both = `${CONFIG}[inet_http_server]\nport=9001\n${SERVER}`;
    assert.deepEqual(lookAt(CREDENTIALS, host(), both), []);
  });
});
