// The input of a plan, and its remarks.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Gathered, planInputOf, remarksOf } from "../../../../src/install/plan/choices.ts";
import { factsOf, manifestWith, PACKAGE } from "../../../fakes/install-facts.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { LAYOUT, planInput } from "../../../fakes/install-plan.ts";
import { MemoryWorld } from "../../../fakes/install-world.ts";

const { request, executable } = planInput(new MemoryHost());
const SYSTEMD = { init: "systemd", because: "it runs" } as const;
const SYSV = { init: "sysv", because: "it runs" } as const;

function gathered(changes: Partial<Gathered> = {}): Gathered {
  return {
    ...{ request, executable },
    facts: factsOf(new MemoryWorld()),
    detected: SYSTEMD,
    isPackaged: false,
    requirements: {
      ...{ config: LAYOUT.config, isOurs: true, server: null, remarks: [] },
      ...{ stopTimeoutSeconds: 90, openFiles: 1024 },
    },
    service: null,
    answers: false,
    takeOver: null,
    ...changes,
  };
}

describe("a plan is made", () => {
  test("with a default configuration only where it is tsv's own", () => {
    assert.notEqual(planInputOf(gathered()).defaults.config, null);
    const { requirements } = gathered();
    const theirs = gathered({ requirements: { ...requirements, isOurs: false } });
    assert.equal(planInputOf(theirs).defaults.config, null);
  });

  test("with settings for a service only where there is to be one", () => {
    assert.notEqual(planInputOf(gathered()).defaults.environment, null);
    assert.equal(planInputOf(gathered({ detected: null })).defaults.environment, null);
  });

  test("knowing the present configuration of the service: the manifest's, the package's, else the requested one", () => {
    const requirements = { ...gathered().requirements, config: "/etc/wanted.conf" };
    const facts = factsOf(new MemoryWorld(), { mark: PACKAGE });
    assert.equal(planInputOf(gathered({ requirements })).runsWith, "/etc/wanted.conf");
    const packaged = planInputOf(gathered({ requirements, facts, isPackaged: true }));
    assert.deepEqual([packaged.runsWith, packaged.packagedInit], [LAYOUT.config, "systemd"]);
    const previous = manifestWith({ config: "/etc/before.conf" });
    const again = gathered({ requirements, facts: { ...facts, previous } });
    assert.deepEqual(
      [planInputOf(again).runsWith, planInputOf(again).packagedInit],
      ["/etc/before.conf", null],
    );
  });
});

describe("a remark is made", () => {
  const count = (changes: Partial<Gathered>): number => remarksOf(gathered(changes)).length;

  test("for a configuration that the group cannot read", () => {
    const world = new MemoryWorld();
    world.groups.set("tsv", 990);
    const facts = factsOf(world);
    const config = (mode: 0o640 | 0o600 | 0o644, gid: number): number => {
      world.write(LAYOUT.config, "", { mode, gid });
      return count({ facts });
    };
    assert.equal(count({ facts }), 0, "a missing one will be made");
    assert.deepEqual([config(0o640, 990), config(0o644, 0)], [0, 0]);
    assert.deepEqual([config(0o640, 0), config(0o600, 990)], [1, 1]);
    assert.equal(count({ facts, request: { ...request, scope: "user" } }), 0);
  });

  test("for an image whose list of scripts is older than the script", () => {
    const world = new MemoryWorld();
    world.write("/etc/init.d/.depend.start", "");
    const facts = factsOf(world);
    const image = { ...request, root: "/srv/image" };
    assert.equal(count({ facts, request: image, detected: SYSV }), 1);
    assert.equal(count({ facts, request, detected: SYSV }), 0);
    assert.equal(count({ facts, request: image, detected: SYSTEMD }), 0);
  });

  test("for options that a package's service lacks, and for those that the configuration lacks", () => {
    const waiting = { ...request, waitOnline: true };
    assert.equal(count({ request: waiting, isPackaged: true, detected: SYSV }), 1);
    const requirements = { ...gathered().requirements, remarks: ["only root may use ctl"] };
    assert.equal(count({ requirements }), 1);
  });
});
