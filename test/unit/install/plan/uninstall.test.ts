// Plans of a removal over a host in memory: removed files, and files that others still need.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../../../../src/install/plan/manifest.ts";
import { repairedSteps } from "../../../../src/install/plan/uninstall.ts";
import { MemoryHost, sha256 } from "../../../fakes/install-host.ts";
import {
  DEBIAN,
  factsOf,
  install,
  LAYOUT,
  manifestOf,
  removalFor,
  uninstall,
} from "../../../fakes/install-plan.ts";

const UNIT = "/etc/init/tsv.service";

test("files shared with another installation are neither replaced without confirmation nor removed", async () => {
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

test("a new version of shared files is written into the manifest of the other installation, too", async () => {
  const host = new MemoryHost(DEBIAN);
  const documents = (version: string) => [
    { path: "/usr/local/share/man/man1/tsv.1", text: version, what: "manual page" },
  ];
  await install(host, { documents: documents("old\n") });
  const manifest = manifestOf(host);
  assert.ok(manifest !== null);
  // Installed as "two", with the same executable and page; a newer version wrote a member that is not known here.
  const two: Manifest = { ...manifest, name: "two" };
  const text = { format: 1, ...two, future: "kept" };
  host.write("/var/lib/two/install.json", JSON.stringify(text, null, 2));
  const facts = factsOf(host, { previous: manifest, others: [two] });
  await install(host, { documents: documents("new\n"), facts });
  const read = JSON.parse(host.world.read("/var/lib/two/install.json") ?? "") as typeof text;
  assert.equal(read.future, "kept");
  const pageOf = ({ entries }: Pick<Manifest, "entries">) =>
    entries.find((entry) => entry.kind === "file" && entry.path.endsWith("/tsv.1"));
  assert.deepEqual(pageOf(read), pageOf(manifestOf(host) ?? manifest));
  assert.notDeepEqual(pageOf(read), pageOf(manifest));
  // One goes, and the other still has the page; the last takes it along.
  await uninstall(host, {}, [read]);
  assert.equal(host.world.read("/usr/local/share/man/man1/tsv.1"), "new\n");
  host.write(LAYOUT.manifest, JSON.stringify({ ...read, name: "tsv" }));
  await uninstall(host);
  assert.equal(host.world.read("/usr/local/share/man/man1/tsv.1"), null);
});

test("uninstalling keeps edited files, reports them, and removes the group from them", async () => {
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

test("the record of a failed start is removed too", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write("/run/tsv.err", "Error: no such section\n");
  await uninstall(host);
  assert.equal(host.files.has("/run/tsv.err"), false);
});

test("uninstalling keeps a changed unit, unless forced", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write(UNIT, "changed\n");
  await uninstall(host);
  assert.equal(host.world.read(UNIT), "changed\n");
});

test("settings that doctor made for the unit go, then their directory, then its records", () => {
  const directory = "/etc/systemd/system/tsv.service.d";
  const dropIn = `${directory}/zz-tsv-doctor-stop.conf`;
  const records = "/var/lib/tsv/doctor";
  const files = [{ path: dropIn, sha256: sha256("[Service]\n") }];
  const repaired = { records, files, directories: [directory, "/etc/gone"] };
  const removed = (text: string, ...trees: readonly string[]): readonly string[] => {
    const host = new MemoryHost([records]);
    host.write(dropIn, text);
    return repairedSteps(repaired, host.world, new Set(trees)).map(({ step }) =>
      "path" in step ? `${step.kind} ${step.path}` : step.kind,
    );
  };
  const rest = [`remove-empty ${directory}`, `remove-tree ${records}`];
  assert.deepEqual(removed("[Service]\n"), [`remove ${dropIn}`, ...rest]);
  assert.deepEqual(removed("edited\n"), rest);
  assert.deepEqual(removed("edited\n", "/var/lib/tsv"), rest.slice(0, 1));
  assert.deepEqual(repairedSteps(null, new MemoryHost().world, new Set()), []);
});
