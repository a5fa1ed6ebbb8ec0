// The page docs/schedules.md is true: its examples run when they are due, also with a clock that is set.

import assert from "node:assert/strict";
import type { Daemon } from "./rig/daemon.ts";
import { absentFakeClock, startWithClock } from "./rig/fake-clock.ts";
import { example } from "./rig/pages.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

/** How often a program was spawned so far. */
function spawns(daemon: Daemon, name: string): number {
  return [...textOf(daemon.log).matchAll(new RegExp(`spawned: '${name}'`, "g"))].length;
}

e2e("programs wait for their time, and status says when that is", async (rig) => {
  const daemon = await rig.startWith(
    example("schedules", "[program:report]").replaceAll(/command=.*/g, "command=/bin/true"),
  );
  await daemon.logged(/exited: warm-up/);
  const report = await daemon.info("report");
  assert.equal(report["statename"], "STOPPED");
  assert.match(String(report["description"]), /^next run [A-Z][a-z]{2} \d\d \d\d:00 [AP]M$/);
  assert.match(String((await daemon.info("cleanup"))["description"]), /^next run /);
  assert.equal(spawns(daemon, "report"), 0);
  const status = await rig.verb("status", "--json");
  const { results } = JSON.parse(status.stdout) as {
    results: { name: string; restarts: number; schedule: Record<string, unknown> }[];
  };
  const told = results.find(({ name }) => name === "report")?.schedule;
  assert.equal(told?.["text"], "0 3 * * * Europe/Berlin");
  assert.equal(told?.["suspended"], false);
  assert.ok(Number(told?.["next"]) > Date.now() / 1000);
  const why = await rig.verb("why", "report");
  const text = why.stdout.replaceAll(/\s+/g, " ");
  assert.match(text, /It has not been started yet; its schedule starts it\./);
  assert.match(text, /next start .* \(in \d+[hm].*\), by its schedule 0 3 \* \* \* Europe\/Berlin/);
});

e2e(
  "a clock that is set past a run has it missed, or made up for once",
  absentFakeClock(),
  async (rig) => {
    const { daemon, set } = await startWithClock(
      rig,
      `${example("schedules", "[program:backup]").replaceAll(/command=.*/g, "command=/bin/true")}environment=LD_PRELOAD=""
[program:report]\ncommand=/bin/true\nschedule=@daily\nenvironment=LD_PRELOAD=""
[program:other]\ncommand=/bin/sleep 1000\nenvironment=LD_PRELOAD=""\n`,
    );
    await daemon.logged(/success: other/);
    set("+2d");
    // libfaketime sends no notification: the daemon looks at the clock when another program exits.
    await daemon.ask("signalProcess", "other", "KILL");
    await daemon.logged(/starting backup: it missed its run of .* 00:00:00 UTC \(catch_up=once\)/);
    await daemon.logged(/report missed its run of .* 00:00:00 UTC: .*\(catch_up=none\)/);
    await daemon.logged(/exited: backup/);
    assert.equal(spawns(daemon, "backup"), 1);
    assert.equal(spawns(daemon, "report"), 0);
    assert.doesNotMatch(textOf(daemon.log), /internal error/);
  },
);
