// A key of a device that another machine has, and what a device may do from its inside.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { fleetNetTest } from "./rig/fleet-net.ts";

const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const FILES = [
  "fleet-device/device.key",
  "fleet-device/authority.pem",
  "conf.d/tsv-fleet.conf",
] as const;

fleetNetTest("a stolen key is noticed, and revoked wherever it is", async (fleet) => {
  const pi = await fleet.device("pi", WEB);
  const thief = await fleet.machine("thief", WEB);
  await thief.run(["mkdir", "-m", "700", "/etc/tsv/fleet-device"]);
  for (const name of FILES) {
    await thief.write(`/etc/tsv/${name}`, pi.text(`/etc/tsv/${name}`));
    await thief.run(["chmod", "600", `/etc/tsv/${name}`]);
  }
  await thief.does("apply");
  await thief.agentSays(/connected to the hub at \S+ as pi/);
  const admin = await fleet.admin();
  const said = /another connection uses the key of pi: revoke it on the hub and join again/;
  await until(
    async () => {
      for (const each of [pi, thief]) await each.does("restart", "web");
      return [pi, thief].some(({ agentLog }) => said.test(agentLog));
    },
    { what: "a word about the second connection", left: () => thief.describe() },
  );
  await until(async () => (await admin.value("tsv_reported", "pi"))?.includes('"contended":true'), {
    what: "a report of the second connection",
    timeoutMs: 60_000,
  });

  const marks = [pi, thief].map(({ agentLog }) => agentLog.length);
  await fleet.hub.does("fleet", "revoke", "pi");
  for (const [index, each] of [pi, thief].entries()) {
    await each.agentSays(/lost the hub[\s\S]*the hub does not accept the key/, marks[index]);
  }
  assert.equal((await fleet.status()).get("pi")?.ok, false);
  await fleet.admit(pi, await fleet.invite("pi"));
  await fleet.reported(["pi"]);
  const [pid] = [await pi.pidOf("web")];
  assert.equal((await fleet.status("web")).get("pi")?.results[0]?.pid, pid);
  await thief.does("restart", "tsv-fleet");
  const again = thief.agentLog.length;
  await thief.does("restart", "tsv-fleet");
  await thief.agentSays(/the hub does not accept the key/, again);
});
