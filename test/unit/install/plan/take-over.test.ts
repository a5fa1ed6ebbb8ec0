// Finding an installed Supervisor, its configuration, and how it is stopped.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findSupervisor,
  planTakeOver,
  type SupervisorFacts,
} from "../../../../src/install/plan/take-over.ts";
import type { SupervisorService } from "../../../../src/install/services/init-system.ts";

const NONE: SupervisorFacts = { services: [], processes: [], configs: [] };

const DEBIAN: SupervisorService = {
  name: "supervisor",
  path: "/usr/lib/systemd/system/supervisor.service",
  text: "[Service]\nExecStart=/usr/bin/supervisord -n -c /etc/supervisor/supervisord.conf\n",
  isRunning: true,
  isEnabled: true,
  isMasked: false,
};

test("there is none where nothing is installed and nothing runs", () => {
  assert.equal(findSupervisor(NONE), null);
  assert.equal(findSupervisor({ ...NONE, configs: ["/etc/supervisord.conf"] }), null);
});

test("one that is masked is none", () => {
  assert.equal(findSupervisor({ ...NONE, services: [{ ...DEBIAN, isMasked: true }] }), null);
});

const CONFIGS: readonly (readonly [string, Partial<SupervisorFacts>, string | null])[] = [
  ["Debian's unit", { services: [DEBIAN] }, "/etc/supervisor/supervisord.conf"],
  [
    "Debian's script, which names it in a variable",
    {
      services: [
        { ...DEBIAN, text: 'DAEMON_OPTS="-c /etc/supervisor/supervisord.conf $DAEMON_OPTS"' },
      ],
    },
    "/etc/supervisor/supervisord.conf",
  ],
  [
    "Fedora's unit, which forks",
    {
      services: [{ ...DEBIAN, text: "ExecStart=/usr/bin/supervisord -c /etc/supervisord.conf\n" }],
    },
    "/etc/supervisord.conf",
  ],
  [
    "a long option",
    {
      services: [
        { ...DEBIAN, text: "ExecStart=/opt/v/bin/supervisord --configuration=/srv/s.conf\n" },
      ],
    },
    "/srv/s.conf",
  ],
  [
    "a unit that names none, and a file in a usual place",
    {
      services: [{ ...DEBIAN, text: "ExecStart=/usr/bin/supervisord\n" }],
      configs: ["/etc/supervisord.conf"],
    },
    "/etc/supervisord.conf",
  ],
  [
    "what runs, rather than what is written",
    {
      services: [DEBIAN],
      processes: [{ pid: 9, argv: ["/usr/bin/supervisord", "-c", "/srv/other.conf"], cwd: "/" }],
    },
    "/srv/other.conf",
  ],
  [
    "a relative path of what runs",
    {
      processes: [
        { pid: 9, argv: ["/usr/bin/supervisord", "-nc", "-c", "s.conf"], cwd: "/srv/app" },
      ],
    },
    "/srv/app/s.conf",
  ],
  [
    "an option and its value in one word",
    { processes: [{ pid: 9, argv: ["/usr/bin/supervisord", "-c/srv/s.conf"], cwd: "/" }] },
    "/srv/s.conf",
  ],
  [
    "nothing that tells",
    { processes: [{ pid: 9, argv: ["/usr/bin/supervisord"], cwd: null }] },
    null,
  ],
];

for (const [what, facts, config] of CONFIGS) {
  test(`its configuration is found through ${what}`, () => {
    assert.equal(findSupervisor({ ...NONE, ...facts })?.config, config);
  });
}

test("a package's unit is masked and stopped, and restored by a reload and a start", () => {
  const found = findSupervisor({ ...NONE, services: [DEBIAN] });
  assert.ok(found !== null);
  const plan = planTakeOver(found, "systemd");
  assert.ok(plan.ok);
  assert.deepEqual(plan.value.links, [
    { path: "/etc/systemd/system/supervisor.service", target: "/dev/null" },
  ]);
  assert.deepEqual(
    plan.value.commands.map(({ argv }) => argv.join(" ")),
    ["systemctl stop supervisor.service"],
  );
  assert.deepEqual(plan.value.giveBack, [
    ["systemctl", "daemon-reload"],
    ["systemctl", "start", "supervisor.service"],
  ]);
});

test("a local unit cannot be masked: it is disabled", () => {
  const service = {
    ...DEBIAN,
    path: "/etc/systemd/system/supervisord.service",
    name: "supervisord",
  };
  const plan = planTakeOver({ service, process: null, config: null }, "systemd");
  assert.ok(plan.ok);
  assert.deepEqual(plan.value.links, []);
  assert.deepEqual(
    plan.value.commands.map(({ argv }) => argv.join(" ")),
    ["systemctl stop supervisord.service", "systemctl disable supervisord.service"],
  );
});

test("one that was not running is not started when it is restored", () => {
  const service = { ...DEBIAN, isRunning: false };
  const plan = planTakeOver({ service, process: null, config: null }, "systemd");
  assert.ok(plan.ok);
  assert.deepEqual(plan.value.commands, []);
  assert.deepEqual(plan.value.giveBack, [["systemctl", "daemon-reload"]]);
});

test("an init script is stopped, disabled, and waited for", () => {
  const service = { ...DEBIAN, path: "/etc/init.d/supervisor" };
  const process = { pid: 12, argv: [], cwd: null };
  const plan = planTakeOver({ service, process, config: null }, "sysv");
  assert.ok(plan.ok);
  assert.equal(plan.value.waitFor, 12);
  assert.deepEqual(
    plan.value.commands.map(({ argv }) => argv.join(" ")),
    [
      "/etc/init.d/supervisor stop",
      "update-rc.d supervisor disable",
      "chmod a-x /etc/init.d/supervisor",
    ],
  );
  assert.deepEqual(plan.value.giveBack, [
    ["chmod", "a+x", "/etc/init.d/supervisor"],
    ["update-rc.d", "supervisor", "enable"],
    ["/etc/init.d/supervisor", "start"],
  ]);
});

test("an init script that is disabled already is left as it is", () => {
  const service = { ...DEBIAN, path: "/etc/init.d/supervisor", isRunning: false, isEnabled: false };
  const plan = planTakeOver({ service, process: null, config: null }, "sysv");
  assert.ok(plan.ok);
  assert.deepEqual([plan.value.commands, plan.value.giveBack], [[], []]);
});

test("one that no service starts must be stopped by the user who started it", () => {
  const process = { pid: 12, argv: [], cwd: null };
  const plan = planTakeOver({ service: null, process, config: "/srv/s.conf" }, "systemd");
  assert.ok(!plan.ok);
  assert.match(plan.error, /pid 12.*--config \/srv\/s\.conf/);
});
