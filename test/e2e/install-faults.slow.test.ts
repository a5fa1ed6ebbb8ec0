// Whichever system call of an installer fails, or kills it: the image that it set up is as it was, at the latest after the
// next run. strace makes the calls fail; the executable knows nothing of it.

import assert from "node:assert/strict";
import { accessSync, constants, copyFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./rig/command.ts";
import { makeImage, picture } from "./rig/image.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

function withoutStrace(): string | false {
  try {
    accessSync("/usr/bin/strace", constants.X_OK);
    return withoutRoot();
  } catch {
    return "strace missing: it makes system calls fail";
  }
}

/** System calls that change the disk, and how each can fail. */
const CALLS = ["mkdir", "rename", "symlink", "fchown", "unlink"] as const;

/** What becomes of a call, in strace's words. */
const FAULTS = { fails: "error=EIO", "kills it": "signal=KILL" } as const;

for (const [call, [becomes, fault]] of CALLS.flatMap((call) =>
  Object.entries(FAULTS).map((each) => [call, each] as const),
)) {
  e2e(`whichever ${call} ${becomes}, the image is as before`, withoutStrace(), async (rig) => {
    const root = rig.path("image");
    makeImage(root);
    // Copying it takes long, and is tried by one of them.
    const executable = join(root, "usr/local/bin/tsv");
    if (call !== "rename") copyFileSync(TSV, executable, constants.COPYFILE_FICLONE);
    const before = picture(root);
    for (let when = 1; ; when += 1) {
      const { status } = await faulty(call, fault, when, root);
      if (status === 0) break;
      if (becomes !== "fails") await rig.tsv("uninstall", "--yes", "--root", root);
      const after = await settled(root, rig);
      assert.deepEqual(after, before, `${call} ${when}: ${fault}`);
    }
    const { status } = await rig.tsv("uninstall", "--yes", "--purge", "--root", root);
    assert.equal(status, 0);
    assert.deepEqual(picture(root), before);
  });
}

e2e(
  "--status names the journal of a killed installer, and the command that rolls it back",
  withoutStrace(),
  async (rig) => {
    const root = rig.path("image");
    makeImage(root);
    copyFileSync(TSV, join(root, "usr/local/bin/tsv"), constants.COPYFILE_FICLONE);
    const before = picture(root);
    await faulty("symlink", FAULTS["kills it"], 1, root);
    const status = ["install", "--status", "--root", root];
    const killed = await rig.tsv(...status);
    assert.equal(killed.status, 1);
    assert.match(killed.stdout, /its journal is\s+\S+\/\.tsv\.tsv-install/);
    assert.match(killed.stdout, / uninstall --root \S+image\n/);
    assert.equal((await rig.tsv("uninstall", "--root", root)).status, 0);
    assert.equal((await rig.tsv(...status)).status, 3);
    assert.deepEqual(picture(root), before);
  },
);

/** When taking back failed too, for the disk is broken, the next run on a good one ends it. */
async function settled(root: string, rig: Rig): Promise<readonly string[]> {
  await rig.tsv("uninstall", "--yes", "--root", root);
  return picture(root);
}

async function faulty(
  call: string,
  fault: string,
  when: number,
  root: string,
): Promise<{ status: number | null }> {
  const inject = `inject=${call}:${fault}:when=${when}`;
  const strace = [
    "/usr/bin/strace",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    `trace=${call}`,
    "-e",
    inject,
  ];
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
  return await run([...strace, TSV, "install", "--boot", "--yes", "--root", root], { env });
}
