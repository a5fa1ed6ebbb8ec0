// Devices that lose their power, and with it what was not on their disks.

import assert from "node:assert/strict";
import { DESIRED_FILES, MOST_ATTEMPTS, readNote } from "../../src/core/fleet/desired.ts";
import { until } from "../rig/wait.ts";
import { fleetNetTest, LATE } from "./rig/fleet-net.ts";

const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const FILE = `/etc/tsv/conf.d/${DESIRED_FILES.file}`;
const NOTE = `/etc/tsv/conf.d/${DESIRED_FILES.note}`;

fleetNetTest(
  "power that is cut in a change leaves one configuration or the other",
  async (fleet) => {
    const pi = await fleet.machine("pi", WEB, { isLossy: true });
    await fleet.admit(pi, await fleet.invite("pi"));
    await pi.off();
    await pi.boot();
    await fleet.reported(["pi"]);

    const pace = ["--yes", "--settle", "0s"];
    await fleet.hub.write("/etc/first.conf", WEB.replace("web", "first"));
    await fleet.does("apply", "/etc/first.conf", ...pace);
    await fleet.hub.write("/etc/late.conf", LATE.replace("autostart=false\n", ""));
    const rollout = fleet.follow("apply", "/etc/late.conf", ...pace);
    const isBegun = () =>
      until(async () => /STARTING/.test((await pi.tsv("status", "late")).stdout), {
        what: "the change",
        left: () => `${rollout.text}\n${fleet.describe()}`,
      });
    await isBegun();
    await pi.off();
    await pi.boot();
    // The daemon has started, so it has a configuration that it takes.
    assert.match(pi.text(FILE), /program:(?:first|late)\]/);
    await isBegun();
    await pi.write("/etc/tsv/ready", "");
    assert.equal(await rollout.ended(), 0, rollout.text);
    assert.match(rollout.text, /done: 1 applied/);
    assert.match((await pi.tsv("status", "late")).stdout, /RUNNING/);

    const never = LATE.replace("autostart=false\n", "").replaceAll("late", "never");
    await fleet.hub.write("/etc/never.conf", never.replace("/ready", "/never"));
    const failed = fleet.follow("apply", "/etc/never.conf", ...pace);
    for (let attempts = 1; attempts <= MOST_ATTEMPTS; attempts += 1) {
      const isTried = () => {
        const note = readNote(pi.text(NOTE));
        return (
          note?.phase === "begun" && note.attempts === attempts && note.names.includes("never")
        );
      };
      await until(isTried, { what: `attempt ${attempts}`, left: () => fleet.describe() });
      await pi.off();
      await pi.boot();
    }
    assert.equal(await failed.ended(), 1, failed.text);
    assert.match(failed.text, /pi: rolled-back: it was interrupted/);
    assert.match(pi.text(FILE), /program:late\]/);
    await until(async () => /RUNNING/.test((await pi.tsv("status", "late")).stdout), {
      what: "the program before",
    });
  },
);
