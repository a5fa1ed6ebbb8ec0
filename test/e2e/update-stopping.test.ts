// `update` while a program that the configuration no longer has is being stopped and takes its time.

import assert from "node:assert/strict";
import { DEAF } from "../rig/puppet.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const stubborn = (stopwaitsecs: number): string => `[program:a]
command=${DEAF}
stopwaitsecs=${stopwaitsecs}
killasgroup=true
startsecs=0
`;
const OTHERS = "[program:b]\ncommand=sleep 1000\n[program:c]\ncommand=sleep 1000\n";

/** Tells `a` to stop without waiting, then updates to a configuration without it and with changes of two others. */
async function updateMeanwhile(
  rig: Rig,
  kind: Implementation,
  stopwaitsecs: number,
): Promise<string> {
  const daemon = await rig.startWith(stubborn(stopwaitsecs) + OTHERS, {
    implementation: kind,
    args: ["-e", "debug"],
  });
  await daemon.logged(/DEBG 'a' stdout output:\s+up\n/);
  await daemon.ask("stopProcess", "a", false);
  rig.configure(OTHERS.replaceAll("1000", "2000"));
  const { stdout } = await rig.ctl(kind, "update");
  return stdout;
}

e2e(
  "update waits for a program that is being stopped, and continues with the other groups (update-stopping)",
  async (rig) => {
    assert.equal(
      await updateMeanwhile(rig, TSV_BY_NAME, 3),
      "a: stopped\na: removed process group\n" +
        "b: stopped\nb: updated process group\nc: stopped\nc: updated process group\n",
    );
  },
);

e2e(
  "Supervisor says that it is stopped, and breaks off (update-stopping)",
  DEBIAN.absent(),
  async (rig) => {
    const said = await updateMeanwhile(rig, DEBIAN, 1000);
    assert.match(said, /^a: stopped\n/);
    assert.match(said, /STILL_RUNNING: a/);
    assert.doesNotMatch(said, /updated process group/);
  },
);

e2e(
  "restart of a group waits for its programs that are being stopped (update-stopping)",
  async (rig) => {
    const daemon = await rig.startWith(stubborn(3), { args: ["-e", "debug"] });
    await daemon.logged(/DEBG 'a' stdout output:\s+up\n/);
    await daemon.ask("stopProcess", "a", false);
    const { stdout, status } = await rig.ctl(TSV_BY_NAME, "restart", "a:*");
    assert.equal(stdout, "a: stopped\na: started\n");
    assert.equal(status, 0);
  },
);
