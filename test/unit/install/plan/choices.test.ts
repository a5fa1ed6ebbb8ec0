// Choices of an installation that the request leaves open, and refused requests.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Result } from "../../../../src/core/base/result.ts";
import {
  chooseConfig,
  chooseExecutable,
  chooseInit,
  chooseTakeOver,
  whyTaken,
} from "../../../../src/install/plan/choices.ts";
import type { InstallFacts } from "../../../../src/install/plan/plan-input.ts";
import type { FoundSupervisor } from "../../../../src/install/plan/take-over.ts";
import type { InitEvidence } from "../../../../src/install/services/init-system.ts";
import { factsOf, manifestWith, PACKAGE } from "../../../fakes/install-facts.ts";
import { LAYOUT } from "../../../fakes/install-plan.ts";
import { MemoryWorld } from "../../../fakes/install-world.ts";

const RUNNING = "/tmp/tsv";
const NOWHERE: InitEvidence = {
  platform: "linux",
  firstProcess: "bash",
  hasRunSystemd: false,
  hasOpenrcLevel: false,
  hasInittab: false,
  container: "docker",
};
const SUPERVISOR: FoundSupervisor = {
  service: null,
  process: { pid: 7, argv: ["supervisord"], cwd: "/" },
  config: "/etc/supervisord.conf",
};

const isRefused = (result: Result<unknown, string>): boolean => !result.ok;

describe("a name is taken", () => {
  const other = { name: "lock" };

  test("where its directory exists and no installation made it", () => {
    assert.equal(whyTaken(other, factsOf(new MemoryWorld())), null);
    const world = new MemoryWorld([LAYOUT.runDirectory]);
    assert.notEqual(whyTaken(other, factsOf(world)), null);
  });

  test("not by the installation itself, and never if it is tsv", () => {
    const world = new MemoryWorld([LAYOUT.stateDirectory]);
    assert.equal(whyTaken(other, factsOf(world, { previous: manifestWith({}) })), null);
    assert.equal(whyTaken({ name: "tsv" }, factsOf(world)), null);
  });
});

describe("the init system", () => {
  const request = { init: null, root: "/", scope: "system" } as const;
  const choose = (changes: object, facts: Partial<InstallFacts> = {}) =>
    chooseInit({ ...request, ...changes }, factsOf(new MemoryWorld(), facts), RUNNING);

  test("is the requested one, else the one that boots the host", () => {
    const requested = choose({ init: "s6" });
    assert.equal(requested.ok && requested.value.init, "s6");
    const found = choose({});
    assert.equal(found.ok && found.value.init, "systemd");
  });

  test("is refused where none boots, on a host and in an image", () => {
    assert.ok(isRefused(choose({}, { evidence: NOWHERE })));
    assert.ok(isRefused(choose({ root: "/srv/image" })));
  });

  test("is refused for a user's service that it cannot run", () => {
    assert.ok(isRefused(choose({ scope: "user", init: "sysv" })));
    assert.ok(choose({ scope: "user", init: "systemd" }).ok);
  });
});

describe("the configuration", () => {
  const request = { takeOver: false, config: null };
  const world = new MemoryWorld();
  world.write("/etc/mine.conf", "");
  const choose = (
    changes: object,
    facts: Partial<InstallFacts> = {},
    supervisor: FoundSupervisor | null = null,
  ) => {
    const chosen = chooseConfig({ ...request, ...changes }, factsOf(world, facts), supervisor);
    return chosen.ok ? chosen.value : null;
  };

  test("is the requested one if it exists", () => {
    const previous = manifestWith({ config: "/etc/before.conf" });
    assert.equal(choose({ config: "/etc/mine.conf" }, { previous }), "/etc/mine.conf");
    assert.equal(choose({ config: "/etc/missing.conf" }), null);
  });

  test("is else the one of the earlier installation, else tsv's own", () => {
    const previous = manifestWith({ config: "/etc/before.conf" });
    assert.equal(choose({}, { previous }), "/etc/before.conf");
    assert.equal(choose({}), LAYOUT.config);
    assert.equal(choose({}, {}, SUPERVISOR), LAYOUT.config);
  });

  test("is Supervisor's where that is replaced, and none if Supervisor's is unknown", () => {
    assert.equal(choose({ takeOver: true }, {}, SUPERVISOR), SUPERVISOR.config);
    assert.equal(choose({ takeOver: true }), null);
    assert.equal(choose({ takeOver: true }, {}, { ...SUPERVISOR, config: null }), null);
    // An earlier run has replaced it.
    const previous = manifestWith({ config: "/etc/before.conf" });
    assert.equal(choose({ takeOver: true }, { previous }), "/etc/before.conf");
  });
});

describe("the executable", () => {
  const hash = (path: string): string => `hash of ${path}`;
  const choose = (running: string, request: object = {}, facts: Partial<InstallFacts> = {}) =>
    chooseExecutable(
      { root: "/", scope: "system", ...request },
      factsOf(new MemoryWorld(), facts),
      running,
      "/home/pi",
      hash,
    );

  test("is a copy unless the one that runs is in a place that lasts", () => {
    const copied = { from: RUNNING, path: LAYOUT.executable, sha256: hash(RUNNING) };
    assert.deepEqual(choose(RUNNING), copied);
    assert.equal(choose("/opt/tsv").path, "/opt/tsv");
  });

  test("is in a user's own directory only for that user's service", () => {
    const own = "/home/pi/bin/tsv";
    assert.equal(choose(own, { scope: "user" }).path, own);
    assert.equal(choose(own).path, LAYOUT.executable);
  });

  test("is a copy in an image, or the package's", () => {
    assert.equal(choose("/opt/tsv", { root: "/srv/image" }).path, LAYOUT.executable);
    const packaged = choose("/opt/tsv", { root: "/srv/image" }, { mark: PACKAGE });
    assert.deepEqual(packaged, { from: "/usr/bin/tsv", path: "/usr/bin/tsv", sha256: "" });
  });
});

test("a Supervisor is replaced only on request, with --boot, and while it is there", () => {
  const service = {
    ...{ name: "supervisor", path: "/etc/systemd/system/supervisor.service", text: "" },
    ...{ isRunning: true, isEnabled: true, isMasked: false },
  };
  const found = { ...SUPERVISOR, service };
  const plan = (takeOver: boolean, init: "systemd" | null, supervisor: FoundSupervisor | null) => {
    const chosen = chooseTakeOver({ takeOver }, init, supervisor);
    return chosen.ok ? chosen.value : undefined;
  };
  assert.notEqual(plan(true, "systemd", found) ?? null, null);
  assert.equal(plan(false, "systemd", found), null);
  assert.equal(plan(true, null, found), null);
  assert.equal(plan(true, "systemd", null), null);
});
