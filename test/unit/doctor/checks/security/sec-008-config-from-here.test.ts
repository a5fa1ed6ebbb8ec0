// SEC-008 on hosts in memory.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CONFIG_FROM_HERE } from "../../../../../src/doctor/checks/security/sec-008-config-from-here.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";

describe("SEC-008", () => {
  const host = new DoctorHost();
  const look = (config: object, caller: object): number =>
    CONFIG_FROM_HERE.look(host.situation("[supervisord]\n", { config, caller }), host).length;
  const here = { path: "/home/pi/supervisord.conf", chosenBy: "search" };

  test("root in another user's directory is reported", () => {
    assert.equal(look(here, { cwd: "/home/pi" }), 1);
    assert.equal(look({ ...here, path: "supervisord.conf" }, { cwd: "/home/pi" }), 1);
    assert.equal(look({ ...here, path: "/home/pi/etc/supervisord.conf" }, { cwd: "/home/pi" }), 1);
  });

  test("a configuration of the system's, one that was named, and other users are not mentioned", () => {
    assert.equal(look({ ...here, path: "/etc/supervisord.conf" }, { cwd: "/etc" }), 0);
    assert.equal(look({ ...here, path: "/etc/supervisord.conf" }, { cwd: "/" }), 0);
    assert.equal(look({ ...here, chosenBy: "option" }, { cwd: "/home/pi" }), 0);
    assert.equal(look(here, { cwd: "/home/pi", uid: 1000 }), 0);
    assert.equal(look(here, { cwd: "/root" }), 0);
  });
});
