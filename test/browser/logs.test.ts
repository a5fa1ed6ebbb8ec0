// The page of logs in a browser: several programs, live lines, search, pause, and what a program must not be able to do to it.

import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expectAccessible } from "./axe.ts";
import { until, type Visit, visit } from "./rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/web.out
stderr_logfile=%(here)s/web.err
[program:worker]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/worker.out
stderr_logfile=NONE
`;

/** Programs with lines of different times, before anything is written by them. */
function fill(v: Visit): void {
  writeFileSync(
    v.rig.path("web.out"),
    "2026-11-21 10:00:00 first\n2026-11-21 10:00:02 ERROR third\n",
  );
  writeFileSync(
    v.rig.path("web.err"),
    "2026-11-21 10:00:01 \x1b[31msecond\x1b[0m <img src=x onerror=alert(1)>\n",
  );
  writeFileSync(v.rig.path("web.out.1"), "2026-11-20 10:00:00 rotated\n");
}

const lines = (page: Page) => page.locator("#log .line:not([hidden]) .text");
const shown = (page: Page) => lines(page).allTextContents();
const following = (page: Page) => page.locator("#live-text", { hasText: "following" }).waitFor();

visit(
  "lines of several logs are merged by time, with colours and without HTML",
  PROGRAMS,
  async (v) => {
    fill(v);
    const page = await v.open("/logs.html?name=web");
    await following(page);
    await lines(page).nth(3).waitFor();
    assert.deepEqual(await shown(page), [
      "2026-11-20 10:00:00 rotated",
      "2026-11-21 10:00:00 first",
      "2026-11-21 10:00:01 second <img src=x onerror=alert(1)>",
      "2026-11-21 10:00:02 ERROR third",
    ]);
    assert.equal(await page.locator("#log img").count(), 0);
    assert.equal(await page.locator("#log .text .c1").textContent(), "second");
    assert.deepEqual(await page.locator("#log .day").allTextContents(), [
      "2026-11-20\n",
      "2026-11-21\n",
    ]);
    assert.equal(await page.locator("#log .line.stderr .mark").textContent(), "!");
    assert.equal(await page.locator("#log .line.error").count(), 1);
  },
);

visit(
  "a search on the page hides lines, and the same one on the daemon finds those of rotated files",
  PROGRAMS,
  async (v) => {
    fill(v);
    const page = await v.open("/logs.html?lines=1&name=web&name=worker");
    await following(page);
    await lines(page).nth(0).waitFor();
    await page.getByLabel("Search", { exact: true }).fill("ROTATED");
    await page.locator("#found", { hasText: "0 of 1 lines here" }).waitFor();
    assert.deepEqual(await shown(page), []);
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=ROTATED/);
    await lines(page).nth(0).waitFor();
    assert.deepEqual(await shown(page), ["2026-11-20 10:00:00 rotated"]);
    assert.deepEqual(new URL(page.url()).searchParams.getAll("name"), ["web", "worker"]);
    // The address alone leads there again.
    const again = await v.open(`/${page.url().split("/").at(-1)}`);
    await lines(again).nth(0).waitFor();
    assert.deepEqual(await shown(again), ["2026-11-20 10:00:00 rotated"]);
  },
);

const TALKER = `
[program:talker]
command=sh -c "mkfifo fifo; exec 3<>fifo; echo ready; while read line <&3; do echo $line; done"
directory=%(here)s
startsecs=0
stdout_logfile=%(here)s/talker.out
`;

visit("new lines come by themselves, and wait while the page is paused", TALKER, async (v) => {
  const say = (text: string) => appendFileSync(v.rig.path("fifo"), `${text}\n`);
  const page = await v.open("/logs.html?name=talker");
  await following(page);
  await page.getByText("ready", { exact: true }).waitFor();
  say("one");
  await page.getByText("one", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator("#live-text", { hasText: "paused" }).waitFor();
  say("two");
  await page.getByRole("button", { name: "Resume, 1 new lines" }).waitFor();
  assert.deepEqual(await shown(page), ["ready", "one"]);
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText("two", { exact: true }).waitFor();
  await following(page);
  // The same for a page that is scrolled up.
  say(Array.from({ length: 100 }, (_, at) => `more ${at}`).join("\n"));
  await page.getByText("more 99", { exact: true }).waitFor();
  await page.evaluate(`document.getElementById("log").scrollTop = 0`);
  await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
  say("three");
  await page.getByRole("button", { name: "Follow, 1 new lines" }).click();
  await following(page);
});

visit("wrapping is part of the address", PROGRAMS, async (v) => {
  const long = Array.from({ length: 1999 }, (_, at) => `line ${at} ${"x".repeat(400)}\n`).join("");
  writeFileSync(v.rig.path("web.out"), long);
  const page = await v.open("/logs.html?name=web&lines=2000");
  await following(page);
  await page.getByText("line 1998 ").waitFor();
  const wide =
    "document.getElementById('log').scrollWidth > document.getElementById('log').clientWidth";
  assert.equal(await page.evaluate(wide), false);
  await page.getByLabel("Do not wrap").check();
  await until(page, wide);
  assert.match(page.url(), /wrap=off/);
});

visit("without scripts, the page leads to the lines as text", PROGRAMS, async (v) => {
  fill(v);
  const page = await v.open("/logs.html?name=web", { javaScriptEnabled: false });
  await page.getByRole("link", { name: "see them as text" }).click();
  assert.match(
    (await page.locator("body").textContent()) ?? "",
    /web \| 2026-11-21 10:00:02 ERROR third/,
  );
});

visit("the logs are accessible at every width, in light and dark colours", PROGRAMS, async (v) => {
  fill(v);
  await expectAccessible(v, "/logs.html", async (page) => {
    await following(page);
    await lines(page).nth(3).waitFor();
    await page.locator(".menu summary").first().click();
  });
});
