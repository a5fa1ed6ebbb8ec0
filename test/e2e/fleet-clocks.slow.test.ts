// Clocks of devices that are wrong by a year, as without a battery or a time server, and that are set meanwhile.

import assert from "node:assert/strict";
import { absentFakeClock, clockEnvironment } from "./rig/fake-clock.ts";
import { assertComplete, startsOf } from "./rig/fleet-member.ts";
import { fleetNetTest } from "./rig/fleet-net.ts";

const CLOCK = "/etc/tsv/clock";
const PROGRAMS = ["web", "steady"]
  .map((name) => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n`)
  .join("");

fleetNetTest(
  "a clock that is a year off is named, and one that jumps loses nothing",
  async (fleet) => {
    const env = clockEnvironment(CLOCK);
    const words = Object.entries(env).map((pair) => pair.join("="));
    const pi = await fleet.machine("pi", PROGRAMS, { env: words });
    const set = (offset: string) => pi.write(CLOCK, `${offset}\n`);
    const token = await fleet.invite("pi");
    await set("-1y");
    const early = await fleet.join(pi, token, { env });
    assert.equal(early.status, 1);
    assert.match(early.stderr, /CERT_NOT_YET_VALID;\s+the\s+clock\s+of\s+this\s+host\s+says/);
    await set("+1y");
    await fleet.admit(pi, token);
    const steady = await pi.pidOf("steady");
    const admin = await fleet.admin();
    await admin.eventsUntil("pi", "the first event", (events) => events.length > 0);

    await set("-1y");
    await pi.does("restart", "web");
    await admin.eventsUntil("pi", "a start", (events) => startsOf(events, "web") === 1);
    await fleet.hub.killProgram("nats-server");
    await pi.agentSays(/lost the hub[\s\S]*certificate is not accepted: CERT_NOT_YET_VALID/);
    await pi.does("restart", "web");
    await set("+0");
    const events = await (await fleet.admin()).eventsUntil(
      "pi",
      "all starts",
      (seen) => startsOf(seen, "web") === 2,
    );
    assertComplete(events);
    assert.equal(await pi.pidOf("steady"), steady);
  },
  { absent: absentFakeClock() },
);
