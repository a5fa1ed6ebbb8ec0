// Plans of a removal over a host in memory: what goes, and what stays for somebody who still wants it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../../../../src/install/plan/manifest.ts";
import { besideRun } from "../../../../src/install/services/runtime-files.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { DEBIAN, LAYOUT, manifestOf, removalFor } from "../../../fakes/install-plan.ts";
import { install, uninstall } from "../../../fakes/install-transaction.ts";

const UNIT = "/etc/init/tsv.service";

test("what another installation uses too is neither replaced unasked nor removed", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  const manifest = manifestOf(host);
  assert.ok(manifest !== null);
  const other: Manifest = {
    ...manifest,
    name: "other",
    entries: manifest.entries.filter(
      (entry) => entry.kind === "group" || entry.path === LAYOUT.executable,
    ),
  };
  const plan = removalFor(host, { purge: true }, [other]);
  assert.ok(plan.remarks.includes("/usr/local/bin/tsv stays: other uses it too"));
  assert.ok(!plan.steps.some(({ step }) => step.kind === "remove-group"));
});

test("uninstalling keeps what was edited, says so, and takes the group from it", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write(LAYOUT.config, "; mine", { mode: 0o640, gid: 500 });
  const plan = removalFor(host, {});
  assert.ok(
    plan.remarks.some((remark) => remark.startsWith("/etc/tsv/tsv.conf stays: it was edited")),
  );
  await uninstall(host);
  assert.deepEqual(host.files.get(LAYOUT.config), {
    kind: "file",
    text: "; mine",
    mode: 0o640,
    uid: 0,
    gid: 0,
  });
  assert.equal(host.groups.has("tsv"), false);
  assert.equal(host.files.has(UNIT), false);
});

test("what a start that failed wrote down goes too", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write("/run/tsv.err", "Error: no such section\n");
  const layout = LAYOUT;
  assert.deepEqual(besideRun("sysv", { name: "tsv", layout }).texts, [
    "/run/tsv.err",
    "/run/tsv.word",
  ]);
  assert.deepEqual(besideRun("systemd", { name: "tsv", layout }), { texts: [], pids: [] });
  await uninstall(host);
  assert.equal(host.files.has("/run/tsv.err"), false);
});

test("uninstalling leaves a unit that somebody changed, unless forced", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write(UNIT, "changed\n");
  await uninstall(host);
  assert.equal(host.world.read(UNIT), "changed\n");
});
