// Differences on a host with the package.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  asPackaged,
  isPackagedService,
  packagedRecord,
  packagedRemarks,
  removeThePackage,
  whyPackaged,
} from "../../../../src/install/plan/package.ts";
import { factsOf, manifestWith, PACKAGE } from "../../../fakes/install-facts.ts";
import { MemoryWorld } from "../../../fakes/install-world.ts";

const REQUEST = { name: "tsv", root: "/", group: "tsv" };
const SCRIPTS = { ...PACKAGE, paths: ["/usr/bin/tsv", "/etc/init.d/tsv"] };
const OURS = manifestWith({ executable: "/usr/local/bin/tsv" });
const world = new MemoryWorld();
const packaged = factsOf(world, { mark: PACKAGE });

describe("an installation beside a package is refused", () => {
  const why = (running: string, facts = packaged, request = REQUEST): string | null =>
    whyPackaged(request, facts, running);

  test("by another executable", () => {
    assert.notEqual(why("/tmp/tsv"), null);
    assert.equal(why("/usr/bin/tsv"), null);
  });

  test("by the package's executable where an earlier installation runs another", () => {
    const facts = factsOf(world, { mark: PACKAGE, previous: OURS });
    assert.notEqual(why("/usr/bin/tsv", facts), null);
    assert.equal(why("/usr/local/bin/tsv", facts), null);
  });

  test("while the package's unit is masked", () => {
    const masked = new MemoryWorld();
    masked.files.set("/etc/systemd/system/tsv.service", { kind: "link", target: "/dev/null" });
    assert.notEqual(why("/usr/bin/tsv", factsOf(masked, { mark: PACKAGE })), null);
  });

  test("neither without a package nor in an image", () => {
    assert.equal(why("/tmp/tsv", factsOf(world)), null);
    assert.equal(why("/tmp/tsv", packaged, { ...REQUEST, root: "/srv/image" }), null);
  });
});

test("the service is the package's for the init systems that the package has files for", () => {
  assert.equal(isPackagedService(packaged, "systemd"), true);
  assert.equal(isPackagedService(packaged, "sysv"), false);
  assert.equal(isPackagedService(packaged, null), true);
  const own = factsOf(world, { mark: PACKAGE, previous: OURS });
  assert.deepEqual(
    [isPackagedService(own, "systemd"), isPackagedService(own, null)],
    [false, false],
  );
  assert.equal(isPackagedService(factsOf(world), null), false);
});

test("runit runs the init script of a package", () => {
  const runit = { init: "runit", because: "runit runs" } as const;
  assert.equal(asPackaged(runit, factsOf(world, { mark: SCRIPTS }))?.init, "sysv");
  assert.equal(asPackaged(runit, packaged)?.init, "runit");
  assert.equal(asPackaged(null, packaged), null);
});

test("the record of a package names the init system only if the service is the package's", () => {
  const server = "unix:///run/tsv/tsv.sock";
  const record = packagedRecord(REQUEST, packaged, server);
  assert.deepEqual(
    [record?.init, record?.server, record?.executable, record?.isPackaged],
    ["systemd", server, "/usr/bin/tsv", true],
  );
  assert.equal(packagedRecord(REQUEST, factsOf(world, { mark: SCRIPTS }), null)?.init, null);
  assert.equal(packagedRecord(REQUEST, factsOf(world), server), null);
  assert.equal(packagedRecord({ ...REQUEST, root: "/srv/image" }, packaged, server), null);
});

test("a package is removed by its package manager", () => {
  assert.equal(removeThePackage(factsOf(world)), null);
  assert.match(removeThePackage(packaged) ?? "", /apt remove tsv/);
});

test("only systemd's service of a package waits for the network", () => {
  assert.equal(packagedRemarks({ waitOnline: true }, "sysv").length, 1);
  assert.equal(packagedRemarks({ waitOnline: true }, "systemd").length, 0);
  assert.equal(packagedRemarks({ waitOnline: false }, "sysv").length, 0);
});
