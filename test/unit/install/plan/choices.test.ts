// What an installation chooses where the request leaves it open, what it refuses, and what its plan is made from.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "../../../../src/core/base/result.ts";
import {
  chooseConfig,
  chooseExecutable,
  chooseInit,
  chooseTakeOver,
  conflictOf,
  remarksOf,
  supervisorName,
  whyTaken,
} from "../../../../src/install/plan/choices.ts";
import type { InstallFacts, PlanInput } from "../../../../src/install/plan/plan-input.ts";
import type { FoundSupervisor } from "../../../../src/install/plan/take-over.ts";
import { MemoryHost, MemoryWorld } from "../../../fakes/install-host.ts";
import { factsOf, LAYOUT, manifestWith, PACKAGE, planInput } from "../../../fakes/install-plan.ts";

const RUNNING = "/tmp/tsv";
const BEFORE = manifestWith({ config: "/etc/before.conf" });
const PROCESS = { pid: 7, argv: ["supervisord"], cwd: "/" };
const SERVICE = {
  ...{ name: "supervisor", path: "/etc/systemd/system/supervisor.service", text: "" },
  ...{ isRunning: false, isEnabled: false, isMasked: false },
};
const CONFIG = "/etc/supervisord.conf";
const SUPERVISOR: FoundSupervisor = { service: null, process: PROCESS, config: CONFIG };
const IMAGE = { root: "/srv/image" };

/** What was chosen; null: refused. */
const chosen = <T>(result: Result<T, string>): T | null => (result.ok ? result.value : null);

test("a name is taken where its directory exists and no installation made it", () => {
  const isTaken = (name: string, directories: string[], facts: Partial<InstallFacts> = {}) =>
    whyTaken({ name }, factsOf(new MemoryWorld(directories), facts)) !== null;
  assert.equal(isTaken("lock", []), false);
  assert.equal(isTaken("lock", [LAYOUT.runDirectory]), true);
  assert.equal(isTaken("lock", [LAYOUT.stateDirectory], { previous: manifestWith({}) }), false);
  assert.equal(isTaken("tsv", [LAYOUT.stateDirectory]), false);
});

test("the init system is the requested one, else the one that boots the host, if it can run the service", () => {
  const init = (changes: object, facts: Partial<InstallFacts> = {}): string | null => {
    const request = { init: null, root: "/", scope: "system", ...changes } as const;
    return chosen(chooseInit(request, factsOf(new MemoryWorld(), facts), RUNNING))?.init ?? null;
  };
  const { evidence } = factsOf(new MemoryWorld());
  const nowhere = { evidence: { ...evidence, firstProcess: "bash", hasRunSystemd: false } };
  assert.equal(init({ init: "s6" }), "s6");
  assert.equal(init({}), "systemd");
  assert.equal(init({}, nowhere), null);
  assert.equal(init(IMAGE), null);
  assert.equal(init({ scope: "user", init: "sysv" }), null);
  assert.equal(init({ scope: "user", init: "systemd" }), "systemd");
});

test("the configuration is the requested one, the earlier one, Supervisor's if that is replaced, or tsv's own", () => {
  const world = new MemoryWorld();
  world.write("/etc/mine.conf", "");
  const config = (
    changes: object,
    previous: InstallFacts["previous"] = null,
    supervisor: FoundSupervisor | null = null,
  ): string | null => {
    const request = { takeOver: false, config: null, ...changes };
    return chosen(chooseConfig(request, factsOf(world, { previous }), supervisor));
  };
  assert.equal(config({ config: "/etc/mine.conf" }, BEFORE), "/etc/mine.conf");
  assert.equal(config({ config: "/etc/missing.conf" }), null);
  assert.equal(config({}, BEFORE), "/etc/before.conf");
  assert.equal(config({}), LAYOUT.config);
  assert.equal(config({}, null, SUPERVISOR), LAYOUT.config);
  assert.equal(config({ takeOver: true }, null, SUPERVISOR), CONFIG);
  assert.equal(config({ takeOver: true }), null);
  assert.equal(config({ takeOver: true }, null, { ...SUPERVISOR, config: null }), null);
  // An earlier run has replaced it.
  assert.equal(config({ takeOver: true }, BEFORE), "/etc/before.conf");
});

test("the executable is a copy, unless the running one is at a permanent path", () => {
  const executable = (running: string, request: object = {}, facts: Partial<InstallFacts> = {}) =>
    chooseExecutable(
      { root: "/", scope: "system", ...request },
      factsOf(new MemoryWorld(), facts),
      running,
      "/home/pi",
      (path) => `hash of ${path}`,
    );
  const copied = { from: RUNNING, path: LAYOUT.executable, sha256: `hash of ${RUNNING}` };
  assert.deepEqual(executable(RUNNING), copied);
  assert.equal(executable("/opt/tsv").path, "/opt/tsv");
  const own = "/home/pi/bin/tsv";
  assert.equal(executable(own, { scope: "user" }).path, own);
  assert.equal(executable(own).path, LAYOUT.executable);
  assert.equal(executable("/opt/tsv", IMAGE).path, LAYOUT.executable);
  const packaged = executable("/opt/tsv", IMAGE, { mark: PACKAGE });
  assert.deepEqual(packaged, { from: "/usr/bin/tsv", path: "/usr/bin/tsv", sha256: "" });
});

test("a Supervisor is replaced only on request, with --boot, and while it is there", () => {
  const found = { ...SUPERVISOR, service: { ...SERVICE, isRunning: true, isEnabled: true } };
  assert.notEqual(chosen(chooseTakeOver({ takeOver: true }, "systemd", found)), null);
  assert.deepEqual(chooseTakeOver({ takeOver: false }, "systemd", found), {
    ok: true,
    value: null,
  });
  assert.deepEqual(chooseTakeOver({ takeOver: true }, null, found), { ok: true, value: null });
  assert.deepEqual(chooseTakeOver({ takeOver: true }, "systemd", null), { ok: true, value: null });
});

test("a second daemon on one configuration is a conflict, and the message has the command for another name", () => {
  const requirements = { config: CONFIG, server: "unix:///run/tsv.sock" };
  const conflict = (
    supervisor: FoundSupervisor | null,
    answers = false,
    config: string | null = null,
    name = "tsv",
  ): string | null => conflictOf({ name, config }, requirements, supervisor, answers, "/opt/tsv");
  const of = (service: Partial<typeof SERVICE>): FoundSupervisor => ({
    service: { ...SERVICE, ...service },
    process: null,
    config: CONFIG,
  });
  assert.notEqual(conflict(SUPERVISOR), null);
  assert.notEqual(conflict(of({ isRunning: true })), null);
  assert.notEqual(conflict(of({ isEnabled: true })), null);
  assert.equal(conflict(of({})), null);
  assert.equal(conflict({ ...SUPERVISOR, config: "/etc/other.conf" }), null);
  assert.equal(conflict(null), null);
  assert.match(conflict(null, true) ?? "", /^ {2}\/opt\/tsv install --boot --name tsv2$/m);
  assert.match(conflict(null, true, CONFIG) ?? "", /^ {2}\/opt\/tsv install --boot$/m);
  assert.match(
    conflict(null, true, CONFIG, "x3") ?? "",
    /^ {2}\/opt\/tsv install --boot --name x3$/m,
  );
  assert.match(
    conflict(null, true, null, "x3") ?? "",
    /^ {2}\/opt\/tsv install --boot --name x32$/m,
  );
});

test("a Supervisor is named by its service and its pid, where it has them", () => {
  const both = supervisorName({ ...SUPERVISOR, service: SERVICE });
  assert.equal(both, `Supervisor (${SERVICE.path}, pid 7)`);
  assert.equal(supervisorName(SUPERVISOR), "Supervisor (pid 7)");
});

const { request, service } = planInput(new MemoryHost());
const SYSV = service === null ? null : { ...service, init: "sysv" as const };

test("a remark is made of what an installation cannot do, or leaves to the user", () => {
  const count = (changes: Partial<PlanInput>): number =>
    remarksOf(planInput(new MemoryHost(), changes)).length;
  const world = new MemoryWorld();
  world.groups.set("tsv", 990);
  const facts = factsOf(world);
  assert.equal(count({ facts }), 0, "a missing configuration will be made");
  for (const [mode, gid, remarks] of [
    [0o640, 990, 0],
    [0o644, 0, 0],
    [0o640, 0, 1],
    [0o600, 990, 1],
  ] as const) {
    world.write(LAYOUT.config, "", { mode, gid });
    assert.equal(count({ facts }), remarks, `${mode.toString(8)} ${gid}`);
  }
  assert.equal(count({ facts, request: { ...request, scope: "user" } }), 0);
  world.write(LAYOUT.config, "");
  // The list of scripts in an image is older than the script.
  world.write("/etc/init.d/.depend.start", "");
  const image = { ...request, ...IMAGE };
  assert.equal(count({ facts, request: image, service: SYSV }), 1);
  assert.equal(count({ facts, request, service: SYSV }), 0);
  assert.equal(count({ facts, request: image }), 0);
  const waiting = { ...request, waitOnline: true };
  assert.equal(count({ request: waiting, isPackaged: true, service: SYSV }), 1);
});
