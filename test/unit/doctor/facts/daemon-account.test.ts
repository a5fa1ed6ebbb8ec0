// Finding the daemon, in every way.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { daemonAccount } from "../../../../src/doctor/facts/access.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { runningTsv } from "../checks/logs/running.ts";

describe("the account of the daemon", () => {
  test("is the user of user=, with all groups", () => {
    const host = new DoctorHost();
    host.memberships.set("pi", [4]);
    const situation = host.situation("[supervisord]\nuser=pi\n", runningTsv({ uid: 33 }));
    assert.deepEqual(daemonAccount(situation, host), { uid: 1000, gids: [1000, 4] });
  });

  test("is that user also while something else in the configuration is wrong", () => {
    const host = new DoctorHost();
    for (const user of ["pi", "1000"]) {
      const situation = host.situation(`[supervisord]\nuser=${user}\nminfds=many\n`);
      assert.equal(daemonAccount(situation, host).uid, 1000);
    }
  });

  test("is the user who runs it, then the user of the service", () => {
    const host = new DoctorHost();
    const running = host.situation("[supervisord]\n", runningTsv({ uid: 33 }));
    assert.equal(daemonAccount(running, host).uid, 33);
    const service = { service: { properties: { User: "pi" } } };
    assert.equal(daemonAccount(host.situation("[supervisord]\n", service), host).uid, 1000);
  });

  test("is root for a configuration of root, and otherwise the caller", () => {
    const host = new DoctorHost();
    host.uid = 1000;
    assert.equal(daemonAccount(host.situation("[supervisord]\n"), host).uid, 0);
    host.file("/etc/tsv/tsv.conf", "[supervisord]\n", { uid: 1000 });
    assert.equal(daemonAccount(host.situation(null), host).uid, 1000);
  });
});
