// The installer trusts only a manifest that root alone can have written.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeImage, picture } from "./rig/image.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const skip = withoutRoot();

e2e("a record that others can write is not believed", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  await rig.tsv("install", "--boot", "--yes", "--root", root);
  const record = join(root, "var/lib/tsv/install.json");
  chmodSync(record, 0o666);
  const before = picture(root);
  for (const verb of [["install", "--boot"], ["uninstall"]]) {
    const { status, stderr } = await rig.tsv(...verb, "--yes", "--root", root);
    assert.equal(status, 1);
    assert.match(stderr, /refusing to trust .*writable by users other than root/s);
  }
  assert.deepEqual(picture(root), before);
});

e2e("a record in another service's directory does not make its files ours", skip, async (rig) => {
  const root = rig.path("image");
  makeImage(root);
  await rig.tsv("install", "--boot", "--yes", "--root", root);
  const record = readFileSync(join(root, "var/lib/tsv/install.json"), "utf8");
  await rig.tsv("uninstall", "--yes", "--purge", "--root", root);
  // A local unit, and a manifest that claims it, in a directory of another user.
  const unit = join(root, "etc/systemd/system/tsv.service");
  writeFileSync(unit, "[Service]\n");
  mkdirSync(join(root, "var/lib/service"));
  writeFileSync(join(root, "var/lib/service/install.json"), record);
  chownSync(join(root, "var/lib/service"), 65534, 65534);
  const { status, stderr } = await rig.tsv("install", "--boot", "--yes", "--root", root);
  assert.equal(status, 1);
  assert.match(stderr, /Use --force/);
  assert.equal(readFileSync(unit, "utf8"), "[Service]\n");
});
