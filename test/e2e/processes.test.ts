// Programs that have descendants, or cannot start.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { gone } from "../rig/gone.ts";
import { isAlive } from "../rig/is-alive.ts";
import { puppet } from "../rig/puppet.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

e2e("killasgroup ends a deaf family after stopwaitsecs", async (rig) => {
  const command = `command=${puppet("ignore:TERM", "fork", "pids:family")}`;
  const daemon = await rig.startWith(
    `[program:family]\n${command}\ndirectory=%(here)s\nstartsecs=0\nkillasgroup=true\nstopwaitsecs=1\nstdout_logfile=%(here)s/family.out\n`,
  );
  const [, leader, child = ""] = await waitForText(rig.path("family.out"), /family (\d+) (\d+)/);
  const descendantEnded = gone(child);
  await daemon.ask("stopProcess", "family");
  await daemon.logged(/WARN killing 'family' \(\d+\) with SIGKILL/);
  assert.ok(!isAlive(Number(leader)));
  await descendantEnded;
});

e2e("fifty failed starts leave no descriptor open", async (rig) => {
  const daemon = await rig.startWith(`
[program:missing]
command=/no/such/program
autostart=false
startretries=0
[program:unwritable]
command=/no/such/program
stdout_logfile=%(here)s
autostart=false
startretries=0
[program:failing]
command=false
directory=/no/such/directory
autostart=false
startretries=0
startsecs=5
`);
  // Without sockets: whether the connection of the last request is closed by now is chance.
  const descriptors = (): number => {
    const directory = `/proc/${daemon.process}/fd`;
    const isSocket = (fd: string): boolean => {
      try {
        return readlinkSync(`${directory}/${fd}`).startsWith("socket:");
      } catch {
        return true; // closed since the directory was read
      }
    };
    return readdirSync(directory).filter((fd) => !isSocket(fd)).length;
  };
  const attempt = async (): Promise<void> => {
    for (const name of ["missing", "unwritable", "failing"]) {
      const answer = await daemon.call("supervisor.startProcess", name);
      assert.equal(answer.kind, "fault", name);
    }
  };
  await attempt();
  const before = descriptors();
  for (let i = 0; i < 50; i++) await attempt();
  // The clean-up of old logs at the start may have a directory open at the first look.
  const after = descriptors();
  assert.ok(after <= before, `${before} before, ${after} after`);
});
