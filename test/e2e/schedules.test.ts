// The page docs/schedules.md is true: its examples are accepted and run when they are due, with each kind of overlap, through stops
// and starts, an upgrade, and a clock that is set.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Daemon } from "./rig/daemon.ts";
import { absentFakeClock, startWithClock } from "./rig/fake-clock.ts";
import { ROOT } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const PAGE = readFileSync(join(ROOT, "docs/schedules.md"), "utf8");
const BLOCKS = Array.from(PAGE.matchAll(/```ini\n([\s\S]*?)```/g), ([, block = ""]) => block);

/** The block of the page with this program, with another command in each program. */
function example(program: string, command: string): string {
  const found = BLOCKS.find((block) => block.includes(`[program:${program}]\n`));
  assert.ok(found !== undefined, `docs/schedules.md has an example with ${program}`);
  return found.replaceAll(/command=.*/g, () => `command=${command}`);
}

/** How often a program was spawned so far. */
function spawns(daemon: Daemon, name: string): number {
  return [...textOf(daemon.log).matchAll(new RegExp(`spawned: '${name}'`, "g"))].length;
}

/** Runs until there is a file of this name beside the configuration. */
const until = (file: string): string =>
  `/bin/sh -c 'until [ -e %(here)s/${file} ]; do sleep 0.05; done'`;

e2e("every example and every value of the page is accepted", async (rig) => {
  const values = Array.from(
    PAGE.matchAll(/^\| (`.*) \| (?:at|every|ten|once) /gm),
    ([, cell = ""]) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, value = ""]) => value),
  ).flat();
  assert.ok(values.length >= 11, values.join());
  const programs = values.map(
    (value, index) => `[program:v${index}]\ncommand=/bin/cat\nschedule=${value}\n`,
  );
  rig.configure([...BLOCKS.map((block) => block), ...programs].join("\n"));
  const { status, stdout } = await rig.tsv("check", rig.path("d.conf"));
  assert.match(stdout, /ok/);
  assert.equal(status, 0);
});

e2e("programs wait for their time, and status says when that is", async (rig) => {
  const daemon = await rig.startWith(example("report", "/bin/true"));
  await daemon.logged(/exited: warm-up/);
  const report = await daemon.info("report");
  assert.equal(report["statename"], "STOPPED");
  assert.match(String(report["description"]), /^next run [A-Z][a-z]{2} \d\d \d\d:00 [AP]M$/);
  assert.match(String((await daemon.info("cleanup"))["description"]), /^next run /);
  assert.equal(spawns(daemon, "report"), 0);
  const status = await rig.tsv("status", "-c", rig.path("d.conf"), "--json");
  const { results } = JSON.parse(status.stdout) as {
    results: { name: string; restarts: number; schedule: Record<string, unknown> }[];
  };
  const told = results.find(({ name }) => name === "report")?.schedule;
  assert.equal(told?.["text"], "0 3 * * * Europe/Berlin");
  assert.equal(told?.["suspended"], false);
  assert.ok(Number(told?.["next"]) > Date.now() / 1000);
  const why = await rig.tsv("why", "-c", rig.path("d.conf"), "report");
  const text = why.stdout.replaceAll(/\s+/g, " ");
  assert.match(text, /It has not been started yet; its schedule starts it\./);
  assert.match(text, /next start .* \(in \d+[hm].*\), by its schedule 0 3 \* \* \* Europe\/Berlin/);
});

e2e("an upgrade keeps the next run, a queued one and a suspension", withoutNext(), async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(
    `[program:report]\ncommand=/bin/true\nschedule=0 3 * * *\n[program:off]\ncommand=/bin/true\nschedule=@daily\n` +
      `[program:boot]\ncommand=/bin/true\nschedule=@reboot\n${example("sync", until("over"))}`,
  );
  await daemon.logged(/has not ended: queued/);
  await daemon.ask("stopProcess", "off");
  const before = (await daemon.info("report"))["description"];
  host.install();
  await host.replaced();
  assert.equal((await daemon.info("report"))["description"], before);
  assert.equal((await daemon.info("off"))["description"], "schedule suspended");
  assert.equal(spawns(daemon, "sync"), 1);
  assert.equal(spawns(daemon, "boot"), 1);
  rig.write("over", "");
  await daemon.logged(/spawned: 'sync'/, 3);
  await daemon.shutdown();
});

e2e(
  "a clock that is set past a run has it missed, or made up for once",
  absentFakeClock(),
  async (rig) => {
    const { daemon, set } = await startWithClock(
      rig,
      `${example("backup", "/bin/true")}environment=LD_PRELOAD=""
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

e2e("what is no schedule is refused with its place and what may be written", async (rig) => {
  rig.configure(
    "[program:a]\ncommand=/bin/cat\nschedule=0 25 * * *\n[program:b]\ncommand=/bin/cat\nschedule=@daily Mars/Base\n" +
      "[program:c]\ncommand=/bin/cat\nschedule=0 0 30 2 *\n[program:d]\ncommand=/bin/cat\noverlap=maybe\ncatch_up=all\n",
  );
  const { status, stdout, stderr } = await rig.tsv("check", rig.path("d.conf"));
  const said = stdout + stderr;
  assert.notEqual(status, 0);
  assert.match(
    said,
    /d\.conf:\d+: error: \[program:a\] schedule: .*'0 25 \* \* \*': the hour is 25, and goes from 0 to 23; write/,
  );
  assert.match(said, /d\.conf:\d+: error: \[program:b\] schedule: .*'Mars\/Base' is no time zone/);
  assert.match(said, /d\.conf:\d+: warning: \[program:c\] schedule: .*is never due/);
  assert.match(said, /\[program:d\] overlap: .*'maybe': it is skip, queue or restart/);
  assert.match(said, /\[program:d\] catch_up: .*'all': it is none or once/);
});
