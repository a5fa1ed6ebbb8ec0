// The page of one program in a browser: live with scripts, complete without.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { CHILD } from "../e2e/rig/places.ts";
import { expectAccessible } from "./axe.ts";
import { NO_SCRIPTS, press, row, says, until, visit } from "./rig.ts";

const PROGRAMS = `
[program:talker]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/talker.out
stderr_logfile=%(here)s/talker.err
environment=API_KEY="hunter2"

[program:broken]
command=sh -c "echo 'connect ECONNREFUSED 127.0.0.1:5432' >&2; exit 7"
startretries=0
stderr_logfile=%(here)s/broken.err

[program:flaky]
command=sh -c "sleep 0.2; exit 2"
startsecs=0
autorestart=true
`;
const TALKER = "/program.html?processname=talker";

async function isIn(page: Page, state: string): Promise<void> {
  await page.locator(`#state[data-state="${state}"]`).waitFor();
}

function log(page: Page, channel: string) {
  return page.locator(`[data-channel="${channel}"] pre`);
}

visit(
  "the list leads to it, and it follows state and both logs without a reload",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/");
    await row(page, "talker").getByRole("link", { name: "talker", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "talker" }).waitFor();
    await page.evaluate("window.stillHere = true");
    await page.getByText("live", { exact: true }).waitFor();
    await v.daemon.ask("sendProcessStdin", "talker", "echo 'hello <b>'\n");
    await log(page, "stdout").filter({ hasText: "hello <b>" }).waitFor();
    await press(page, "Stop");
    await says(page, "Process talker stopped");
    await isIn(page, "stopped");
    await page
      .locator("#story")
      .getByText(/SIGTERM/)
      .first()
      .waitFor();
    await press(page, "Start");
    await isIn(page, "running");
    assert.match(await page.title(), /^talker running/);
    await v.daemon.ask("sendProcessStdin", "talker", "echo again\n");
    await log(page, "stdout").filter({ hasText: "again" }).waitFor();
    await press(page, "Clear logs");
    await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
    await says(page, "Log for talker cleared");
    await log(page, "stdout").filter({ hasNotText: "hello" }).waitFor();
    assert.equal(await page.evaluate("window.stillHere"), true);
  },
);

visit("it shows the new logs of a program that update has replaced", PROGRAMS, async (v) => {
  const page = await v.open(TALKER);
  await page.getByText("live", { exact: true }).waitFor();
  const { config } = v.daemon;
  writeFileSync(config, readFileSync(config, "utf8").replace("talker.out", "other.out"));
  await v.daemon.ask("reloadConfig");
  await v.daemon.ask("stopProcess", "talker");
  await v.daemon.ask("removeProcessGroup", "talker");
  await v.daemon.ask("addProcessGroup", "talker");
  await page.locator('[data-channel="stdout"] .path').filter({ hasText: "other.out" }).waitFor();
  await v.daemon.ask("sendProcessStdin", "talker", "echo elsewhere\n");
  await log(page, "stdout").filter({ hasText: "elsewhere" }).waitFor();
});

visit(
  "without scripts it explains why a program failed, and its buttons return to it",
  PROGRAMS,
  async (v) => {
    await v.daemon.logged(/gave up: broken/);
    const page = await v.open("/program.html?processname=broken", NO_SCRIPTS);
    await isIn(page, "fatal");
    await page.getByText("exit status 7").first().waitFor();
    await page.locator(".clue").getByText("ECONNREFUSED").waitFor();
    await log(page, "stderr").filter({ hasText: "ECONNREFUSED" }).waitFor();
    await press(page, "Start");
    await says(page, /^ERROR: Process broken: /);
    await page.getByRole("heading", { level: 1, name: "broken" }).waitFor();
    await page.goto(`${v.address}${TALKER}`);
    assert.doesNotMatch(await page.content(), /hunter2/);
    await page.getByLabel("Signal", { exact: true }).selectOption("USR1");
    await press(page, "Send signal");
    await says(page, "USR1 sent to talker");
  },
);

visit("a signal asks first, and names it", PROGRAMS, async (v) => {
  const page = await v.open(TALKER);
  await page.getByLabel("Signal", { exact: true }).selectOption("KILL");
  await press(page, "Send signal");
  await page.getByRole("dialog", { name: "Send KILL to talker?" }).waitFor();
  await press(page, "Send");
  await says(page, "KILL sent to talker");
  await page
    .locator("#story")
    .getByText(/SIGKILL/)
    .first()
    .waitFor();
  // A program without a process is sent none.
  await v.daemon.ask("stopProcess", "talker");
  await page.getByLabel("Signal", { exact: true }).waitFor({ state: "hidden" });
});

visit(
  "a crash loop adds runs to the timeline while one looks, and keeps the focus",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/program.html?processname=flaky");
    // Stop or Start: each lasts only until the next exit or start.
    await page.locator("#state button").first().focus();
    await v.daemon.logged(/exited: flaky/, 4);
    await page.locator(".runs .bad").nth(3).waitFor();
    await page.locator("#state.unstable").waitFor();
    await until(page, `document.activeElement.closest("#state") !== null`);
  },
);

visit("the message of a failed start links to the reason", PROGRAMS, async (v) => {
  await v.daemon.logged(/gave up: broken/);
  const page = await v.open("/");
  await press(page, "Start broken");
  await page.locator("#message").getByRole("link", { name: "Why?" }).click();
  await page.getByRole("heading", { level: 1, name: "broken" }).waitFor();
});

visit(
  "by keyboard the focus waits while a program stops, then moves to Start",
  "[program:slow]\ncommand=sh -c \"trap 'sleep 0.5; exit' TERM; while :; do sleep 0.1; done\"\nstartsecs=0\n",
  async (v) => {
    const page = await v.open("/program.html?processname=slow");
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).focus();
    await page.keyboard.press("Enter");
    await isIn(page, "stopped");
    await until(page, `document.activeElement.matches("#state .start")`);
  },
);

visit("it is accessible at every width, in light and dark colours", PROGRAMS, async (v) => {
  await v.daemon.logged(/gave up: broken/);
  for (const name of ["talker", "broken"]) {
    await expectAccessible(v, `/program.html?processname=${name}`, (page) =>
      page.getByText("live", { exact: true }).waitFor(),
    );
  }
});
