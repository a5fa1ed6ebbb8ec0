// schedule: last and next runs, and the dates of expressions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { runNextDates, runSchedule } from "../../../../src/ctl/commands/schedule.ts";
import { createFakeClient, createFakeContext } from "../../../fakes/ctl-client.ts";

/** 2026-11-27 00:00:00 UTC, a Friday. */
const NOW = 1_795_737_600;
const clock = { now: NOW * 1000, offset: () => 60 };

const info = (name: string, statename: string): XmlRpcValue => ({
  ...{ name, group: name, state: 0, statename, now: NOW, start: 0, stop: 0, pid: 0 },
  ...{ description: "", exitstatus: 0, spawnerr: "", stdout_logfile: "", stderr_logfile: "" },
});

const runs = (name: string, schedule: string, more: Record<string, XmlRpcValue> = {}) => ({
  ...{ name, group: name, total: 0, ending: "", end: 0, exitstatus: -1, signal: 0, expected: true },
  ...{ schedule, schedule_next: 0, schedule_suspended: false, schedule_queued: false, ...more },
});

function client() {
  const rows = [
    runs("backup", "0 3 * * *", {
      ...{ schedule_next: NOW + 7200, ending: "exited", end: NOW - 86_000, exitstatus: 1 },
    }),
    runs("boot", "@reboot"),
    runs("far", "0 3 * * * Asia/Tokyo", { schedule_next: NOW + 64_800 }),
    runs("off", "@hourly", { schedule_suspended: true }),
    runs("web", ""),
  ];
  const infos = rows.map(({ name }) => info(name, name === "boot" ? "RUNNING" : "EXITED"));
  return createFakeClient({
    getAllProcessInfo: ok(infos),
    "tsv.getAllProcessRuns": ok(rows),
    getProcessInfo: ([name]) =>
      ok(
        infos.find((each) => (each as { name: string }).name === String(name).split(":")[0]) ?? "",
      ),
    "tsv.getProcessRuns": ([name]) =>
      ok(rows.find((each) => each.name === String(name).split(":")[0]) ?? ""),
  });
}

test("schedule shows the programs that have one, with their last and next runs", async () => {
  const { context, terminal } = createFakeContext(client(), { isOwn: true });
  await runSchedule(context, [], clock);
  assert.equal(
    terminal.written(),
    `backup  0 3 * * *             exit 1, 23h ago  in 2h, Fri 2026-11-27 03:00:00
boot    @reboot               runs now         at the next boot
far     0 3 * * * Asia/Tokyo  never ran        in 18h, Sat 2026-11-28 03:00:00 Asia/Tokyo
off     @hourly               never ran        suspended by a stop
`,
  );
  assert.equal(context.exitStatus, 0);
});

async function dates(word: string, count = 2) {
  const { context, terminal } = createFakeContext(client(), { isOwn: true });
  await runNextDates(context, [word], count, clock);
  return [terminal.written() + terminal.errors(), context.exitStatus];
}

test("dates are in the zone of the schedule, or of this machine", async () => {
  const local = "Fri 2026-11-27 03:00:00\nSat 2026-11-28 03:00:00\n";
  assert.deepEqual(await dates("0 3 * * *"), [local, 0]);
  assert.deepEqual(await dates("backup"), [local, 0]);
  assert.deepEqual(await dates("0 3 * * * America/New_York"), [
    "Fri 2026-11-27 03:00:00 America/New_York\nSat 2026-11-28 03:00:00 America/New_York\n",
    0,
  ]);
});

test("what has no dates is said, and mistakes are errors", async () => {
  for (const word of ["@every 10m", "@reboot", "0 0 30 2 *"]) {
    assert.deepEqual(await dates(word), ["", 0], word);
  }
  const [text, status] = await dates("0 25 * * *");
  assert.match(String(text), /^Error: not a valid schedule/);
  assert.equal(status, 2);
  assert.deepEqual((await dates("web"))[1], 1);
});
