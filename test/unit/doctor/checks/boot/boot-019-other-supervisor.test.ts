// BOOT-019 on hosts in memory: a Supervisor beside tsv.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OTHER_SUPERVISOR } from "../../../../../src/doctor/checks/boot/supervisor.ts";
import type {
  SupervisorFacts,
  SupervisorService,
} from "../../../../../src/install/plan/take-over.ts";
import { commandsOf, healthyHost, look, only, repair } from "./boot-host.ts";

function facts(
  service: Partial<SupervisorService> | null,
  config: string,
  pid: number | null = null,
): { supervisors: SupervisorFacts } {
  const plain = {
    name: "supervisor",
    path: "/lib/systemd/system/supervisor.service",
    text: "",
    isRunning: false,
    isEnabled: true,
    isMasked: false,
  };
  const argv = ["/usr/bin/supervisord", "-n", "-c", config];
  return {
    supervisors: {
      services: service === null ? [] : [{ ...plain, ...service }],
      processes: pid === null ? [] : [{ pid, argv, cwd: "/" }],
      configs: [config],
    },
  };
}

const OWN = "/etc/supervisor/supervisord.conf";
const SAME = "/etc/tsv/tsv.conf";

describe("BOOT-019", () => {
  test("no Supervisor, or one that nothing starts, is not reported", () => {
    assert.deepEqual(look(OTHER_SUPERVISOR, healthyHost()), []);
    assert.deepEqual(look(OTHER_SUPERVISOR, healthyHost(), facts({ isEnabled: false }, SAME)), []);
    assert.deepEqual(look(OTHER_SUPERVISOR, healthyHost(), facts({ isMasked: true }, SAME)), []);
  });

  test("one with another configuration is only mentioned", () => {
    assert.equal(only(look(OTHER_SUPERVISOR, healthyHost(), facts({}, OWN))).severity, "info");
    assert.equal(
      only(look(OTHER_SUPERVISOR, healthyHost(), facts(null, OWN, 812))).severity,
      "info",
    );
  });

  test("one that includes the same files would start the same programs", () => {
    const host = healthyHost()
      .file("/etc/tsv/conf.d/web.conf", "[program:web]\ncommand=/bin/true\n")
      .file(
        OWN,
        "[supervisord]\n[include]\nfiles = /etc/supervisor/conf.d/*.conf\n  /etc/tsv/conf.d/*.conf\n",
      );
    const files = ["/etc/tsv/tsv.conf", "/etc/tsv/conf.d/web.conf"];
    const finding = only(look(OTHER_SUPERVISOR, host, facts({}, OWN), { config: { files } }));
    assert.equal(finding.severity, "error");
    assert.match(finding.evidence.join(), /both include \/etc\/tsv\/conf\.d\/web\.conf/);
    host.file(OWN, "[supervisord]\n[include]\nfiles = conf.d/*.conf\n");
    const apart = only(look(OTHER_SUPERVISOR, host, facts({}, OWN), { config: { files } }));
    assert.equal(apart.severity, "info");
  });

  test("to examine Supervisor's own configuration does not make it tsv's", () => {
    const host = healthyHost();
    const nothing = { file: null, manifest: null, ...facts({}, SAME) };
    assert.equal(only(look(OTHER_SUPERVISOR, host, nothing)).severity, "info");
  });

  test("one that would start the same programs is kept from starting, after a yes", () => {
    const host = healthyHost();
    const finding = only(look(OTHER_SUPERVISOR, host, facts({}, SAME)));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "B");
    repair(finding, host);
    assert.equal(host.linkTarget("/etc/systemd/system/supervisor.service"), "/dev/null");
    assert.deepEqual(commandsOf(finding), ["systemctl daemon-reload"]);
  });

  test("a unit in /etc is disabled", () => {
    const service = { path: "/etc/systemd/system/supervisor.service" };
    const finding = only(look(OTHER_SUPERVISOR, healthyHost(), facts(service, SAME)));
    assert.deepEqual(commandsOf(finding), ["systemctl disable supervisor.service"]);
  });

  test("one that runs is taken over from by the installer, not stopped by doctor", () => {
    const finding = only(
      look(OTHER_SUPERVISOR, healthyHost(), facts({ isRunning: true }, SAME, 812)),
    );
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.commands, ["tsv install --boot --take-over"]);
    const unknown = look(OTHER_SUPERVISOR, healthyHost(), facts({ isRunning: true }, SAME));
    assert.equal(only(unknown).repair.class, "C", "also where its process is not known");
  });
});
