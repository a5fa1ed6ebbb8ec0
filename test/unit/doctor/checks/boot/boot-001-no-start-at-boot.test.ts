// BOOT-001 on hosts in memory: services that nothing starts at boot.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_START_AT_BOOT } from "../../../../../src/doctor/checks/boot/start-at-boot.ts";
import type { ServiceState } from "../../../../../src/doctor/facts/situation.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import {
  commandsOf,
  healthyHost,
  look,
  MANIFEST,
  only,
  repair,
  stepsOf,
  UNIT,
} from "./boot-host.ts";

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

const RUNIT: Partial<ServiceState> = {
  init: "runit",
  manifest: { ...MANIFEST, init: "runit" },
  file: {
    path: "/etc/sv/tsv/run",
    text: "exec /usr/local/bin/tsv daemon -n -s -c /etc/tsv/tsv.conf\n",
    isPackaged: false,
  },
  commands: {
    start: ["sv", "up", "tsv"],
    startByHand: ["sv", "up", "tsv"],
    restart: ["sv", "restart", "tsv"],
    enable: [],
    disable: [],
  },
  links: [{ path: "/etc/service/tsv", target: "/etc/sv/tsv" }],
  properties: {},
};

describe("BOOT-001", () => {
  test("a service that is enabled is as it should be", () => {
    assert.deepEqual(look(NO_START_AT_BOOT, healthyHost()), []);
  });

  test("a disabled unit is enabled, and that can be undone", () => {
    const finding = only(look(NO_START_AT_BOOT, healthyHost(), { isEnabled: false }));
    assert.equal(finding.severity, "warning");
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(stepsOf(finding), [
      {
        kind: "command",
        argv: ["systemctl", "enable", "tsv.service"],
        undo: ["systemctl", "disable", "tsv.service"],
        what: "start tsv at boot",
      },
    ]);
  });

  test("a mask may be intended: it is removed after confirmation", () => {
    const finding = only(
      look(NO_START_AT_BOOT, healthyHost(), { isMasked: true, isEnabled: false, file: null }),
    );
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(commandsOf(finding), [
      "systemctl unmask tsv.service",
      "systemctl enable tsv.service",
    ]);
  });

  test("a mask in the place of tsv's own unit is written over", () => {
    const owner = { user: "root", group: "root" };
    const step = {
      kind: "file",
      path: UNIT,
      text: "",
      mode: 0o644,
      owner,
      what: "systemd unit",
    } as const;
    const edited = { path: UNIT, text: "link to /dev/null" };
    const steps = [
      { step, now: "link to /dev/null", will: "systemd unit", edited, mayFail: false },
    ];
    const parts = { obstacles: [], executable: "/usr/local/bin/tsv", config: "/etc/tsv/tsv.conf" };
    const service = {
      isMasked: true,
      isEnabled: false,
      file: null,
      restoration: { ...parts, steps },
    };
    const finding = only(look(NO_START_AT_BOOT, healthyHost(), service));
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(finding.repair.steps, steps);
  });

  test("a mask that lasts until the next boot is taken away from there", () => {
    const service = {
      isMasked: true,
      isEnabled: false,
      file: null,
      properties: { UnitFileState: "masked-runtime" },
    };
    const finding = only(look(NO_START_AT_BOOT, healthyHost(), service));
    assert.equal(commandsOf(finding)[0], "systemctl unmask --runtime tsv.service");
  });

  test("a link that is gone is made again where links decide, and a second look finds nothing", () => {
    const host = healthyHost().file("/etc/sv/tsv/run", "", { mode: 0o755 });
    const finding = only(look(NO_START_AT_BOOT, host, { ...RUNIT, isEnabled: false }));
    assert.equal(finding.repair.class, "A");
    repair(finding, host);
    assert.equal(host.linkTarget("/etc/service/tsv"), "/etc/sv/tsv");
    assert.deepEqual(look(NO_START_AT_BOOT, host, { ...RUNIT, isEnabled: true }), []);
  });

  test("a file in the place of the symlink is left to be fixed by hand", () => {
    const host = healthyHost()
      .file("/etc/sv/tsv/run", "", { mode: 0o755 })
      .directory("/etc/service/tsv");
    const finding = only(look(NO_START_AT_BOOT, host, { ...RUNIT, isEnabled: false }));
    assert.equal(finding.repair.class, "C");
    assert.deepEqual(finding.repair.steps, []);
  });

  test("SysV init is asked to register the script", () => {
    const service: Partial<ServiceState> = {
      init: "sysv",
      file: {
        path: "/etc/init.d/tsv",
        text: "executable=/usr/local/bin/tsv\nconfig=/etc/tsv/tsv.conf\n",
        isPackaged: false,
      },
      isEnabled: false,
      commands: {
        start: ["/etc/init.d/tsv", "start"],
        startByHand: ["/etc/init.d/tsv", "start"],
        restart: ["/etc/init.d/tsv", "restart"],
        enable: ["update-rc.d", "tsv", "enable"],
        disable: ["update-rc.d", "tsv", "disable"],
      },
    };
    const host = healthyHost().file("/etc/init.d/tsv", "", { mode: 0o755 });
    const finding = only(look(NO_START_AT_BOOT, host, { ...service, manifest: null }));
    assert.deepEqual(finding.repair.commands, ["update-rc.d tsv enable"]);
  });

  test("without an init system, or where tsv was never made a service and does not run, nothing is missing", () => {
    const nothing = { file: null, manifest: null, commands: null, isEnabled: null };
    assert.deepEqual(look(NO_START_AT_BOOT, new DoctorHost(), { ...nothing, init: null }), []);
    assert.deepEqual(look(NO_START_AT_BOOT, new DoctorHost(), nothing), []);
  });

  test("root's daemon with the system's configuration should be a service; others are only mentioned", () => {
    const nothing = { file: null, manifest: null, commands: null, isEnabled: false };
    const meant = only(
      look(NO_START_AT_BOOT, new DoctorHost(), nothing, { daemon: DAEMON, daemons: [DAEMON] }),
    );
    assert.equal(meant.severity, "warning");
    assert.equal(meant.repair.class, "C");
    const daemon = { ...DAEMON, uid: 1000 };
    const own = only(look(NO_START_AT_BOOT, new DoctorHost(), nothing, { daemon }));
    assert.equal(own.severity, "info");
    const other = { ...DAEMON, kind: "supervisor" } as const;
    assert.deepEqual(look(NO_START_AT_BOOT, new DoctorHost(), nothing, { daemon: other }), []);
    const chosen = { ...nothing, manifest: { ...MANIFEST, init: null } };
    assert.equal(only(look(NO_START_AT_BOOT, new DoctorHost(), chosen)).severity, "info");
  });

  test("facts that the init system does not report are not guessed", () => {
    const [said] = look(NO_START_AT_BOOT, healthyHost(), { isEnabled: null });
    assert.deepEqual(said, { unknown: "whether tsv starts at boot" });
  });

  test("a service that cannot start at all is reported by another check", () => {
    const host = healthyHost().remove("/usr/local/bin/tsv");
    assert.deepEqual(look(NO_START_AT_BOOT, host, { isEnabled: false }), []);
  });

  test("a user's service starts at boot only when the user lingers", () => {
    const finding = only(look(NO_START_AT_BOOT, healthyHost(), { scope: "user" }));
    assert.deepEqual(commandsOf(finding), ["loginctl enable-linger"]);
    assert.equal(finding.repair.class, "B", "it is about all services of the user");
    // Once a disabled unit is enabled this is the next thing that is found, and it is not the same thing again.
    const before = only(look(NO_START_AT_BOOT, healthyHost(), { scope: "user", isEnabled: false }));
    assert.deepEqual([before.subject, finding.subject], ["tsv", "lingering of root"]);
    const host = healthyHost().file("/var/lib/systemd/linger/root");
    assert.deepEqual(look(NO_START_AT_BOOT, host, { scope: "user" }), []);
  });
});
