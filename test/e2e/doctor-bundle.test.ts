// tsv doctor --bundle by the built executable: its contents for a running daemon, without secrets.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { doctor } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const SECRET = "Tr0ub4dor&3%hunter";

/** Everything that must not be found, however it is encoded. */
const FORMS = [
  SECRET,
  SECRET.replaceAll("%", "%%"),
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(`joe:${SECRET}`).toString("base64"),
  Buffer.from(SECRET).toString("hex"),
];

e2e(
  "a bundle of a daemon that runs holds logs, states and paths, and no secret",
  withoutRoot(),
  async (rig) => {
    const inConfig = SECRET.replaceAll("%", "%%");
    const noise = FORMS.map((form) => `echo '${form}'`).join("\n");
    const script = rig.write("noise.sh", `${noise}\necho "the key is $APP_KEY"\nexec sleep 1000\n`);
    const daemon = await rig.startWith(`[program:web]
command=/bin/sh ${script} --token=${encodeURIComponent(SECRET).replaceAll("%", "%%")}
environment=APP_KEY="${inConfig}",LANG="C"
stdout_logfile=${rig.path("web.log")}
startsecs=0
`);
    await daemon.logged(/success: web entered RUNNING/);
    await waitForText(rig.path("web.log"), /the key is .*\n/);
    const target = rig.path("bundle.tar.gz");
    const { status, stdout, stderr } = await doctor(rig, [
      "--bundle",
      target,
      "--config",
      rig.path("d.conf"),
    ]);
    assert.equal(status, 0, stderr);
    assert.ok(stdout.includes(target), stdout);
    assert.equal(statSync(target).mode & 0o777, 0o600);
    const bytes = gunzipSync(readFileSync(target)).toString("utf8");
    for (const form of FORMS) assert.ok(!bytes.includes(form), form);
    assert.match(bytes, /the key is <redacted>/);
    assert.match(bytes, /APP_KEY=<redacted>,LANG="C"/);
    assert.match(bytes, /spawned: 'web' with pid \d+/);
    assert.match(bytes, /1777 root:root +directory +\/tmp$/m);
  },
);
