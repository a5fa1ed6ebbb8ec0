// A link that is cut in silence, as lines are: no side is told, and each finds out by what it does.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { assertComplete, startsOf } from "./rig/fleet-member.ts";
import { fleetNetTest, LATE } from "./rig/fleet-net.ts";

const PROGRAMS = `${LATE}
[program:web]
command=sleep 1000
startsecs=0
[program:steady]
command=sleep 1000
startsecs=0
`;

fleetNetTest("a device behind NAT is silent for long, and nothing is lost", async (fleet) => {
  const home = await fleet.networks.behindRouter(fleet.internet);
  const pi = await fleet.device("pi", PROGRAMS, { network: home });
  const admin = await fleet.admin();
  const pids = async () => [await pi.pidOf("steady"), await pi.pidOf("tsv-fleet")];
  const before = await pids();
  await admin.eventsUntil("pi", "the first event", (events) => events.length > 0);
  const { stderr } = await fleet.hub.run(["ip", "route", "get", pi.address]);
  assert.match(stderr, /Network is unreachable/, "the hub has no way to the device");

  const logs = fleet.follow("logs", "-f", "web");
  const start = await fleet.startLate(pi, 30);
  pi.silence();
  for (let round = 0; round < 3; round++) await pi.does("restart", "web");
  assert.equal(await start.ended(), 1);
  assert.match(start.text, /pi +.*no answer/);
  const away = (await fleet.status("--timeout", "5")).get("pi");
  assert.equal(away?.ok, false);
  assert.match(away?.error?.message ?? "", /no answer/);
  await fleet.hub.write("/etc/web2.conf", "[program:web2]\ncommand=sleep 1000\nstartsecs=0\n");
  const pace = ["--yes", "--limit", "5s", "--settle", "0s"];
  const rollout = await fleet.does("apply", "/etc/web2.conf", ...pace);
  assert.match(rollout, /pi: away[\s\S]*done: 1 away/);
  await pi.agentSays(/lost the hub/);
  await pi.agentSays(/cannot connect to the hub/);
  for (let round = 0; round < 3; round++) await pi.does("restart", "web");

  pi.reconnect();
  const events = await admin.eventsUntil("pi", "all starts", (seen) => startsOf(seen, "web") >= 6);
  assertComplete(events);
  assert.equal(startsOf(events, "web"), 6);
  await until(async () => (await fleet.does("history", "pi")).includes("applied"), {
    what: "the configuration of meanwhile",
    left: () => pi.describe(),
    timeoutMs: 60_000,
  });
  assert.match((await pi.tsv("status", "web2")).stdout, /RUNNING/);
  assert.deepEqual(await pids(), before);
  assert.notEqual(await logs.ended(), 0, logs.text);
});
