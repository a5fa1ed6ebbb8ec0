// Configurations that are broken as users break them: the doctor names the code, --fix fixes it, a second look is clean, and
// the daemon starts from what is left.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { codesOf, doctor, examine } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const absent = withoutRoot();
const GOOD = "[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\n";

async function codes(rig: Rig): Promise<readonly string[]> {
  return [...new Set(codesOf(await examine(rig, "config")))];
}

function text(rig: Rig): string {
  return readFileSync(rig.path("d.conf"), "utf8");
}

/** The doctor finds this code alone, fixes it after a yes, and finds nothing a second and a third time. */
async function fixes(rig: Rig, code: string): Promise<void> {
  assert.deepEqual(await codes(rig), [code]);
  const words = [code, "--config", rig.path("d.conf"), "--fix", "--yes"];
  const fixed = await doctor(rig, words);
  assert.match(fixed.stdout, new RegExp(`${code} .*: fixed`), fixed.stdout + fixed.stderr);
  assert.deepEqual(await codes(rig), []);
  const after = text(rig);
  assert.doesNotMatch((await doctor(rig, words)).stdout, /: fixed/);
  assert.equal(text(rig), after);
  assert.equal((await rig.tsv("check", rig.path("d.conf"))).status, 0);
}

e2e("doctor finds nothing in a configuration that is sound", absent, async (rig) => {
  rig.configure(GOOD);
  assert.deepEqual(await codes(rig), []);
});

const LINES: readonly (readonly [code: string, broken: string, fixed: string])[] = [
  ["CONF-008", 'startsecs="5" ; why', "startsecs=5 ; why"],
  ["CONF-014", "autostrat=false", "autostart=false"],
  ["CONF-016", "command=/bin/sleep $TIME", "command=/bin/sh -c 'exec /bin/sleep $TIME'"],
];

for (const [code, broken, fixed] of LINES) {
  e2e(
    `${code}: ${JSON.stringify(broken)} becomes ${JSON.stringify(fixed)}`,
    absent,
    async (rig) => {
      const command = broken.startsWith("command") ? "" : "command=/bin/sleep 1000\n";
      rig.configure(`[program:web]\n${command}${broken}\n# the end\n`);
      const before = text(rig);
      await fixes(rig, code);
      assert.equal(
        text(rig),
        before.replace(broken, () => fixed),
      );
    },
  );
}

e2e("CONF-002: a byte order mark goes, and the daemon starts", absent, async (rig) => {
  rig.configure(GOOD);
  const good = text(rig);
  writeFileSync(rig.path("d.conf"), `\u{feff}${good}`);
  await fixes(rig, "CONF-002");
  assert.equal(text(rig), good);
  const daemon = rig.launch({ config: rig.path("d.conf") });
  await daemon.logged(/success: web entered RUNNING/);
});

e2e("CONF-004: a comment in Latin-1 is written in UTF-8", absent, async (rig) => {
  rig.configure(GOOD);
  const good = text(rig);
  writeFileSync(rig.path("d.conf"), Buffer.from(`; caf\u00e9\n${good}`, "latin1"));
  await fixes(rig, "CONF-004");
  assert.equal(text(rig), `; café\n${good}`);
});

e2e("CONF-011: a file with the ending of another distribution is renamed", absent, async (rig) => {
  rig.configure("[include]\nfiles=conf.d/*.conf\n");
  rig.write("conf.d/web.ini", GOOD);
  await fixes(rig, "CONF-011");
  assert.equal(readFileSync(rig.path("conf.d/web.conf"), "utf8"), GOOD);
  assert.ok(!existsSync(rig.path("conf.d/web.ini")));
});

e2e(
  "CONF-017: a program that was added while the daemon runs is taken over",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(GOOD);
    rig.configure(`${GOOD}[program:new]\ncommand=/bin/sleep 1000\nstartsecs=0\n`);
    assert.deepEqual(await codes(rig), ["CONF-017"]);
    const words = ["CONF-017", "--config", rig.path("d.conf"), "--fix", "--yes"];
    const fixed = await doctor(rig, words);
    assert.match(fixed.stdout, /CONF-017 new: fixed/, fixed.stdout + fixed.stderr);
    await daemon.logged(/success: new entered RUNNING/);
    assert.deepEqual(await codes(rig), []);
  },
);

e2e("doctor's edits are undone byte for byte", absent, async (rig) => {
  rig.configure(
    "[program:web]\r\ncommand = /bin/sleep 1000 ; it sleeps\r\nautostrat=true\nstopsignal=TREM\n",
  );
  const before = text(rig);
  const config = ["--config", rig.path("d.conf")];
  await doctor(rig, ["config", "--fix", "--yes", ...config]);
  assert.notEqual(text(rig), before);
  const undone = await doctor(rig, ["--undo", "--yes"]);
  assert.equal(undone.status, 0, undone.stdout + undone.stderr);
  assert.equal(text(rig), before);
});
