// Finding an installed Supervisor and its configuration, disabling it, and keeping the configuration of its package.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../../../src/install/plan/steps.ts";
import {
  findSupervisor,
  keepFromPurge,
  packageFacts,
  planTakeOver,
  removalRemarks,
  type SupervisorFacts,
} from "../../../../src/install/plan/take-over.ts";
import type { SupervisorService } from "../../../../src/install/services/init-system.ts";
import type { InitName } from "../../../../src/install/services/registry.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { DEBIAN, install, manifestWith, planFor, removalFor } from "../../../fakes/install-plan.ts";

const NONE: SupervisorFacts = { services: [], processes: [], configs: [] };
const OF_DEBIAN = "/etc/supervisor/supervisord.conf";
const OF_FEDORA = "/etc/supervisord.conf";

const PACKAGED: SupervisorService = {
  name: "supervisor",
  path: "/usr/lib/systemd/system/supervisor.service",
  text: `[Service]\nExecStart=/usr/bin/supervisord -n -c ${OF_DEBIAN}\n`,
  isRunning: true,
  isEnabled: true,
  isMasked: false,
};

test("there is none where nothing is installed and nothing runs, or where it is masked", () => {
  assert.equal(findSupervisor(NONE), null);
  assert.equal(findSupervisor({ ...NONE, configs: [OF_FEDORA] }), null);
  assert.equal(findSupervisor({ ...NONE, services: [{ ...PACKAGED, isMasked: true }] }), null);
});

const unit = (text: string): Partial<SupervisorFacts> => ({ services: [{ ...PACKAGED, text }] });
const run = (cwd: string | null, ...words: readonly string[]): Partial<SupervisorFacts> => ({
  processes: [{ pid: 9, argv: ["/usr/bin/supervisord", ...words], cwd }],
});

const CONFIGS: readonly (readonly [string, Partial<SupervisorFacts>, string | null])[] = [
  ["Debian's unit", { services: [PACKAGED] }, OF_DEBIAN],
  ["Debian's script", unit(`DAEMON_OPTS="-c ${OF_DEBIAN} $DAEMON_OPTS"`), OF_DEBIAN],
  ["Fedora's unit", unit(`ExecStart=/usr/bin/supervisord -c ${OF_FEDORA}\n`), OF_FEDORA],
  ["a long option", unit("ExecStart=/opt/supervisord --configuration=/srv/s.conf"), "/srv/s.conf"],
  ["a file at a usual path", { ...unit("ExecStart=/x"), configs: [OF_FEDORA] }, OF_FEDORA],
  [
    "the process rather than the unit",
    { services: [PACKAGED], ...run("/", "-c", "/srv/other.conf") },
    "/srv/other.conf",
  ],
  ["a relative path", run("/srv/app", "-nc", "-c", "s.conf"), "/srv/app/s.conf"],
  ["an option and its value in one word", run("/", "-c/srv/s.conf"), "/srv/s.conf"],
  ["no evidence", run(null), null],
];

for (const [what, facts, config] of CONFIGS) {
  test(`its configuration is found through ${what}`, () => {
    assert.equal(findSupervisor({ ...NONE, ...facts })?.config, config);
  });
}

const SCRIPT = { path: "/etc/init.d/supervisor" };
const LOCAL = { path: "/etc/systemd/system/supervisord.service", name: "supervisord" };
const OFF = { isRunning: false, isEnabled: false };

/** How a service is disabled, and reactivated. */
const MIGRATIONS: readonly (readonly [
  what: string,
  InitName,
  service: Partial<SupervisorService>,
  commands: readonly string[],
  reactivate: readonly string[],
])[] = [
  [
    "a package's unit is masked and stopped",
    "systemd",
    {},
    ["systemctl stop supervisor.service"],
    ["systemctl daemon-reload", "systemctl start supervisor.service"],
  ],
  [
    "a unit that does not run is not started later",
    "systemd",
    { isRunning: false },
    [],
    ["systemctl daemon-reload"],
  ],
  [
    "a local unit cannot be masked: it is disabled",
    "systemd",
    LOCAL,
    ["systemctl stop supervisord.service", "systemctl disable supervisord.service"],
    ["systemctl enable supervisord.service", "systemctl start supervisord.service"],
  ],
  [
    "an init script is stopped, disabled, and not executable",
    "sysv",
    SCRIPT,
    [
      "/etc/init.d/supervisor stop",
      "update-rc.d supervisor disable",
      "chmod a-x /etc/init.d/supervisor",
    ],
    [
      "chmod a+x /etc/init.d/supervisor",
      "update-rc.d supervisor enable",
      "/etc/init.d/supervisor start",
    ],
  ],
  ["a disabled init script stays as it is", "sysv", { ...SCRIPT, ...OFF }, [], []],
];

for (const [what, init, changes, commands, reactivate] of MIGRATIONS) {
  test(what, () => {
    const service = { ...PACKAGED, ...changes };
    const process = { pid: 12, argv: [], cwd: null };
    const plan = planTakeOver({ service, process, config: null }, init);
    assert.ok(plan.ok);
    const isMasked = init === "systemd" && changes !== LOCAL;
    assert.deepEqual(
      plan.value.mask?.link,
      isMasked
        ? { path: "/etc/systemd/system/supervisor.service", target: "/dev/null" }
        : undefined,
    );
    assert.deepEqual(
      plan.value.commands.map(({ argv }) => argv.join(" ")),
      commands,
    );
    assert.deepEqual(
      plan.value.reactivate.map((argv) => argv.join(" ")),
      reactivate,
    );
    assert.equal(plan.value.waitFor, 12);
  });
}

test("a plan says that Supervisor answers where it does", () => {
  const host = new MemoryHost(DEBIAN);
  const takeOver = planTakeOver({ service: PACKAGED, process: null, config: OF_DEBIAN }, "systemd");
  assert.ok(takeOver.ok);
  const shown = (answers: boolean) => {
    const config = { path: OF_DEBIAN, server: "unix:///var/run/supervisor.sock", answers };
    const { steps } = planFor(host, { config, takeOver: takeOver.value });
    return steps.find(({ step }) => step.kind === "answer")?.now;
  };
  assert.deepEqual([true, false].map(shown), ["Supervisor answers", "no answer"]);
});

test("a Supervisor that no service starts must be stopped by its user", () => {
  const process = { pid: 12, argv: [], cwd: null };
  const plan = planTakeOver({ service: null, process, config: "/srv/s.conf" }, "systemd");
  assert.match(plan.ok ? "" : plan.error, /pid 12.*--config \/srv\/s\.conf/);
});

test("a configuration of Supervisor's package is diverted once, and returned by uninstalling", async () => {
  const host = new MemoryHost(DEBIAN);
  host.write(OF_DEBIAN, "[supervisord]");
  host.write("/var/lib/dpkg/info/supervisor.list", `/.\n${OF_DEBIAN}\n`);
  const facts = packageFacts(host.world);
  const config = { path: OF_DEBIAN, server: null, answers: false };
  await install(host, { config });
  assert.ok(host.ran.some((line) => line.startsWith("dpkg-divert")));
  host.write("/var/lib/dpkg/diversions", `${OF_DEBIAN}\n${OF_DEBIAN}.of-package\n:\n`);
  assert.equal(keepFromPurge(OF_DEBIAN, facts), null);
  const back = (plan: Plan): readonly string[] =>
    plan.steps.flatMap(({ step }) =>
      step.kind === "command" && step.argv.includes("--remove") ? [step.argv.join(" ")] : [],
    );
  assert.deepEqual(back(removalFor(host, {})), [
    `dpkg-divert --quiet --local --no-rename --divert ${OF_DEBIAN}.of-package --remove ${OF_DEBIAN}`,
  ]);
  const other = manifestWith({ name: "two", config: OF_DEBIAN });
  assert.deepEqual(back(removalFor(host, {}, [other])), [], "another service runs with it");
  host.write("/var/lib/dpkg/diversions", `${OF_DEBIAN}\n${OF_DEBIAN}.mine\n:\n`);
  assert.deepEqual(back(removalFor(host, {})), [], "a diversion of the administrator");
});

test("rpm has no diversions: the way to remove the package is a note", () => {
  const host = new MemoryHost([...DEBIAN, "/var/lib/rpm"]);
  host.write("/usr/lib/systemd/system/supervisord.service", "");
  const facts = packageFacts(host.world);
  assert.match(removalRemarks(OF_FEDORA, facts).join(), /copy the file first/);
  assert.deepEqual(removalRemarks("/etc/tsv/tsv.conf", facts), []);
});
