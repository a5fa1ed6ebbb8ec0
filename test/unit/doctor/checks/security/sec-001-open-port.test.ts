// SEC-001 on hosts in memory: which addresses need a password.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isLoopback, OPEN_PORT } from "../../../../../src/doctor/checks/security/control-access.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding, repair } from "../../../../fakes/doctor-repairs.ts";

function config(port: string, more = ""): string {
  return `[supervisord]\n[inet_http_server]\nport=${port}\n${more}`;
}

describe("SEC-001", () => {
  test("every interface and an address of the network are bound to this machine after a yes", () => {
    for (const port of ["*:9001", ":9001", "0.0.0.0:9001", "192.168.1.5:9001", "pi.lan:9001"]) {
      const host = new DoctorHost();
      const finding = onlyFinding(OPEN_PORT, host, config(port));
      assert.equal(finding.severity, "warning", port);
      assert.equal(finding.subject, "inet_http_server");
      assert.equal(
        finding.symptom,
        "Server 'inet_http_server' running without any HTTP authentication checking",
      );
      assert.equal(finding.place?.line, 3);
      assert.equal(finding.repair.class, "B");
      repair(host, finding);
      assert.match(host.readText("/etc/tsv/tsv.conf") ?? "", /^port=127\.0\.0\.1:9001$/m);
      assert.deepEqual(findingsOf(OPEN_PORT, host, null), []);
    }
  });

  test("a password, and an address of this machine alone, are healthy", () => {
    const host = new DoctorHost();
    assert.deepEqual(findingsOf(OPEN_PORT, host, config("*:9001", "username=a\npassword=b\n")), []);
    for (const port of ["127.0.0.1:9001", "localhost:9001"]) {
      assert.deepEqual(findingsOf(OPEN_PORT, host, config(port)), []);
    }
  });

  test("names and addresses of this machine are known", () => {
    for (const host of ["127.0.0.1", "127.1", "::1", "[::1]", "localhost", "app.localhost"]) {
      assert.ok(isLoopback(host), host);
    }
    for (const host of ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example.org"]) {
      assert.ok(!isLoopback(host), host);
    }
  });
});
