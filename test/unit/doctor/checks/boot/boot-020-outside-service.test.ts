// BOOT-020 on hosts in memory: daemons that their service does not know.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OUTSIDE_SERVICE } from "../../../../../src/doctor/checks/boot/running-daemons.ts";
import { healthyHost, look, only } from "./boot-host.ts";

const DAEMON = {
  kind: "tsv",
  pid: 400,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: ["/usr/local/bin/tsv", "daemon"],
  config: "/etc/tsv/tsv.conf",
  state: "S",
  exe: "/usr/local/bin/tsv",
  exeDeleted: false,
} as const;

describe("BOOT-020", () => {
  test("a daemon with the configuration of an inactive service was started by hand", () => {
    const finding = only(
      look(OUTSIDE_SERVICE, healthyHost(), { isActive: false }, { daemon: DAEMON }),
    );
    assert.equal(finding.severity, "warning");
    assert.deepEqual(finding.repair.commands, ["tsv shutdown", "systemctl start tsv.service"]);
  });

  test("one that the service runs, or of unknown origin, is healthy", () => {
    assert.deepEqual(look(OUTSIDE_SERVICE, healthyHost(), {}, { daemon: DAEMON }), []);
    assert.deepEqual(
      look(OUTSIDE_SERVICE, healthyHost(), { isActive: null }, { daemon: DAEMON }),
      [],
    );
    assert.deepEqual(look(OUTSIDE_SERVICE, healthyHost(), { isActive: false }), []);
  });

  test("a daemon whose service cannot be started is not stopped", () => {
    const host = healthyHost().remove("/usr/local/bin/tsv");
    assert.deepEqual(look(OUTSIDE_SERVICE, host, { isActive: false }, { daemon: DAEMON }), []);
  });

  test("a daemon with another configuration is unrelated to the service", () => {
    const daemon = { ...DAEMON, config: "/srv/own.conf" };
    assert.deepEqual(look(OUTSIDE_SERVICE, healthyHost(), { isActive: false }, { daemon }), []);
  });
});
