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

fleetNetTest("what a lost connection still delivers replaces no newer report", async (fleet) => {
  const pi = await fleet.device("pi", PROGRAMS);
  const admin = await fleet.admin();
  const reported = async (states: string): Promise<void> => {
    await until(async () => (await admin.value("tsv_reported", "pi"))?.includes(states), {
      what: `a report of ${states}`,
      left: () => pi.describe(),
      timeoutMs: 60_000,
    });
  };
  const [web, all] = ['"RUNNING":2,"STOPPED":2', '"RUNNING":3,"STOPPED":1'];
  await reported(all);
  const connections = async () => (await pi.run(["ss", "-tnH", "dst", fleet.hub.address])).stdout;
  const [, port = ""] = / \S+:(\d+) +\S+:4222/.exec(await connections()) ?? [];
  const rule = `tcp sport ${port} drop; `;
  const rules = `table ip old { chain out { type filter hook output priority 0; ${rule}}; }\n`;
  await pi.run(["nft", "-f", "-"], { input: rules });
  await pi.does("stop", "web");
  await pi.agentSays(/lost the hub[\s\S]*connected to the hub/);
  await reported(web);
  await pi.does("start", "web");
  await reported(all);
  // The kernel delivers what the lost connection had written.
  const left = async () => (await connections()).split("\n").find((line) => line.includes(port));
  assert.match((await left()) ?? "", /^FIN-WAIT-1 +\d+ +[1-9]/, "something is to be delivered");
  await pi.run(["nft", "delete", "table", "ip", "old"]);
  await until(async () => !/^FIN-WAIT-1/.test((await left()) ?? ""), {
    what: "the delivery",
    timeoutMs: 90_000,
  });
  await admin.request("$JS.API.STREAM.INFO.KV_tsv_reported");
  await reported(all);
});
