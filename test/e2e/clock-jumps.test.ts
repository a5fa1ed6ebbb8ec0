// A clock that is set by years while the executable runs, as on a board without a clock of its own once a time server
// has answered. libfaketime lies about the wall clock alone; the monotonic one stays the kernel's.

import assert from "node:assert/strict";
import type { Daemon } from "./rig/daemon.ts";
import { absentFakeClock, startWithClock } from "./rig/fake-clock.ts";
import { CHILD } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

const absent = absentFakeClock();

/** A board whose clock stands at its beginning. */
const startAtEpoch = (rig: Rig, sections: string) => startWithClock(rig, sections, "-56y");

const steady = `[program:steady]\ncommand=${CHILD}\nstartsecs=1\nstdout_logfile=%(here)s/out
stdout_logfile_flush_interval=1\nenvironment=LD_PRELOAD=""\n`;

const year = (daemon: Daemon): Promise<number> =>
  daemon.ask("getProcessInfo", "steady").then((info) => {
    const { now } = info as { now: number };
    return new Date(now * 1000).getUTCFullYear();
  });

e2e("a clock that jumps by decades restarts nothing and hurries nothing", absent, async (rig) => {
  const { daemon, set } = await startAtEpoch(
    rig,
    // However slow the host is, it ends before its startsecs are over.
    `${steady}[program:fails]\ncommand=sh -c 'exit 1'\nstartsecs=1000\nstartretries=2\nenvironment=LD_PRELOAD=""\n`,
  );
  await daemon.logged(/success: steady/);
  const present = new Date().getUTCFullYear();
  // Its years have 365 days, and a new one may begin at any time.
  assert.ok(Math.abs((await year(daemon)) - (present - 56)) <= 1, "the clock is a fake one");
  const pid = (await daemon.info("steady"))["pid"];
  const jumps = [
    ["+0", 0],
    ["+10y", 10],
    ["-20y", -20],
    ["+0", 0],
  ] as const;
  for (const [offset, years] of jumps) {
    set(offset);
    assert.ok(Math.abs((await year(daemon)) - (present + years)) <= 1);
    const info = await daemon.info("steady");
    assert.equal(info["pid"], pid);
    const up = Number(info["now"]) - Number(info["start"]);
    assert.ok(up >= 0 && up < 120, `up for ${up} s`);
    assert.match(String(info["description"]), /uptime 0:0[0-2]:\d\d$/);
  }
  // Retries after one second and two, by a clock that cannot be set.
  await daemon.logged(/gave up: fails entered FATAL state/);
  assert.equal([...textOf(daemon.log).matchAll(/spawned: 'fails'/g)].length, 3);
  assert.equal([...textOf(daemon.log).matchAll(/spawned: 'steady'/g)].length, 1);
  assert.doesNotMatch(textOf(daemon.log), /internal error/);
});
