// Links of devices: a cable that is pulled and plugged in again, and a connection whose last words come late.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { fleetNetTest, LATE } from "./rig/fleet-net.ts";

const PROGRAMS = `${LATE}
[program:web]
command=sleep 1000
startsecs=0
[program:steady]
command=sleep 1000
startsecs=0
`;

fleetNetTest("a cable that is pulled and plugged in ends no call", async (fleet) => {
  const pi = await fleet.device("pi", PROGRAMS);
  const start = await fleet.startLate(pi, 120);
  pi.unplug();
  await pi.write("/etc/tsv/ready", "");
  await until(async () => /RUNNING/.test((await pi.tsv("status", "late")).stdout), {
    what: "the program that was started",
  });
  pi.reconnect();
  assert.equal(await start.ended(), 0, start.text);
  assert.match(start.text, /pi +late: started/);
  assert.doesNotMatch(pi.agentLog, /lost the hub/);
});
