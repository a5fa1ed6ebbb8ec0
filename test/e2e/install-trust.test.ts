// The installer trusts only a manifest that root alone can have written.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeImage, picture } from "./rig/image.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
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

e2e("a state directory that others can write to is not used", skip, async (rig) => {
  for (const mode of [0o1777, 0o775]) {
    const root = rig.path(`image-${mode}`);
    makeImage(root);
    const state = join(root, "var/lib/tsv");
    mkdirSync(state);
    chmodSync(state, mode);
    const before = picture(root);
    const { status, stderr } = await rig.tsv("install", "--boot", "--yes", "--root", root);
    assert.equal(status, 1);
    assert.match(stderr, /other users can write to .*chmod go-w/s);
    assert.deepEqual(picture(root), before);
    chmodSync(state, 0o755);
    const again = await rig.tsv("install", "--boot", "--yes", "--root", root);
    assert.equal(again.status, 0, again.stderr);
  }
});

e2e("a record that another user has written names no configuration", skip, async (rig) => {
  const script = `mount -t tmpfs -o mode=755 lib /var/lib; mkdir -m 1777 /var/lib/tsv
    echo '{"config":"${rig.path("theirs.conf")}","start":["theirs"]}' >/var/lib/tsv/install.json
    chown 65534 /var/lib/tsv/install.json; exec "$@"`;
  rig.write("theirs.conf", "[supervisorctl]\nserverurl=unix:///theirs.sock\n");
  const inside = ["unshare", "-m", "--propagation=private", "sh", "-c", script, "sh"];
  const status = await rig.command([...inside, TSV, "status"]);
  assert.doesNotMatch(`${status.stdout}${status.stderr}`, /theirs/);
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
