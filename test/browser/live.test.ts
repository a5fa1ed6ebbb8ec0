// Pages that stay true by themselves: states, numbers, groups that come, logs that grow.

import assert from "node:assert/strict";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { CHILD } from "../e2e/rig/places.ts";
import { press, row, shows, until, visit } from "./rig.ts";

visit(
  "a program that is killed shows its death and its next life, without a reload",
  `[program:web]
command=sleep 1000
autorestart=true
startsecs=0
[program:mortal]
command=sleep 1000
autorestart=false
startsecs=0
[program:slow]
command=sleep 1000
autostart=false
startsecs=1000
`,
  async (v) => {
    const page = await v.open("/");
    await page.evaluate("window.stillHere = true");
    await page.getByText("live", { exact: true }).waitFor();
    await shows(page, "web", "running");
    await shows(page, "mortal", "running");
    process.kill(Number((await v.daemon.info("mortal"))["pid"]), "SIGKILL");
    await shows(page, "mortal", "exited");
    process.kill(Number((await v.daemon.info("web"))["pid"]), "SIGKILL");
    await v.daemon.logged(/success: web/, 2);
    const pid = String((await v.daemon.info("web"))["pid"]);
    await row(page, "web").locator(".pid", { hasText: pid }).waitFor();
    await shows(page, "web", "running");
    // States that pass may be over before the page draws its next frame; this one stays.
    await v.daemon.ask("startProcess", "slow", false);
    await shows(page, "slow", "starting");
    assert.equal(await page.evaluate("window.stillHere"), true);
  },
);

visit(
  "processor time and memory are shown with those of child processes",
  `[program:busy]\ncommand=sh -c 'sh -c "while :; do :; done" & wait'\nstartsecs=0\nstopasgroup=true\n`,
  async (v) => {
    const page = await v.open("/");
    await until(page, `Number.parseFloat(document.querySelector("td.cpu").textContent) > 5`);
    const memory = await row(page, "busy").locator(".memory").textContent();
    assert.match(memory ?? "", /^[\d.]+ (?:kB|MB)$/);
  },
);

visit(
  "groups that come and go appear and disappear",
  "[program:web]\ncommand=sleep 1000\nstartsecs=0\n",
  async (v) => {
    const page = await v.open("/");
    await page.getByText("live", { exact: true }).waitFor();
    appendFileSync(
      v.daemon.config,
      "\n[program:more]\ncommand=sleep 1000\nstartsecs=0\nnumprocs=2\nprocess_name=more_%(process_num)d\n",
    );
    await v.daemon.ask("reloadConfig");
    await v.daemon.ask("addProcessGroup", "more");
    await shows(page, "more:more_1", "running");
    await page.getByRole("heading", { name: "more 2 of 2 running" }).waitFor();
    await v.daemon.ask("stopProcessGroup", "more");
    await v.daemon.ask("removeProcessGroup", "more");
    await row(page, "more:more_1").waitFor({ state: "detached" });
  },
);

visit(
  "the focus stays on the button's place when its row changes",
  "[program:web]\ncommand=sleep 1000\nstartsecs=0\nautostart=false\n",
  async (v) => {
    const page = await v.open("/");
    await page.getByRole("button", { name: "Start web", exact: true }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "web", "running");
    await until(page, `document.activeElement.closest("tr.program")?.dataset.label === "web"`);
  },
);

const FLAPPING = `[program:flaky]
command=sh -c "sleep 0.2; exit 2"
startsecs=0
autorestart=true
[program:web]
command=sleep 1000
startsecs=0
`;

visit(
  "a crash loop does not look healthy: restarts and the last exit are counted live",
  FLAPPING,
  async (v) => {
    const page = await v.open("/");
    const flaky = row(page, "flaky");
    await flaky.getByText(/^last exit 2, \d+s ago$/).waitFor();
    await flaky.locator(".restarts", { hasText: /^(?:[2-9]|\d{2,})$/ }).waitFor();
    await flaky.and(page.locator(".unstable")).waitFor();
    assert.equal(await row(page, "web").and(page.locator(".unstable")).count(), 0);
    await page.getByRole("button", { name: "Needs attention", exact: true }).click();
    await row(page, "web").waitFor({ state: "hidden" });
    // A count that has the focus keeps it when numbers change.
    await page.getByRole("button", { name: /^\d+ running$/ }).focus();
    await page.evaluate("window.chip = document.activeElement");
    const count = await flaky.locator(".restarts").textContent();
    await flaky.locator(".restarts", { hasText: String(count) }).waitFor({ state: "detached" });
    assert.equal(await page.evaluate("window.chip === document.activeElement"), true);
  },
);

visit(
  "after Stop by keyboard the focus waits at the program's name, then moves to Start",
  "[program:slow]\ncommand=sh -c \"trap 'sleep 0.5; exit' TERM; while :; do sleep 0.1; done\"\nstartsecs=0\n",
  async (v) => {
    const page = await v.open("/");
    await page.getByRole("button", { name: "Stop slow", exact: true }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "slow", "stopped");
    await until(page, `document.activeElement.getAttribute("aria-label") === "Start slow"`);
  },
);

const TALKER = `[program:talker]\ncommand=${CHILD}\nstartsecs=0\nstdout_logfile=%(here)s/talker.out\n`;

visit("a log's page continues through clear, rotation and restart", TALKER, async (v) => {
  const say = (text: string) => v.daemon.ask("sendProcessStdin", "talker", `echo ${text}\n`);
  await say("first");
  await v.daemon.ask("tailProcessStdoutLog", "talker", 0, 100);
  const page = await v.open("/tail.html?processname=talker");
  const log = page.locator("#log");
  await page.getByText("following").waitFor();
  await say("second");
  await log.filter({ hasText: "second" }).waitFor();
  await press(page, "Clear logs");
  await press(page, "Clear");
  await page.getByText("Log for talker cleared").waitFor();
  await log.filter({ hasNotText: "second" }).waitFor();
  await say("third");
  await log.filter({ hasText: "third" }).waitFor();
  const file = v.rig.path("talker.out");
  renameSync(file, `${file}.1`);
  v.daemon.signal("SIGUSR2");
  await v.daemon.logged(/supervisord logreopen/);
  await say("fourth");
  await log.filter({ hasText: "fourth" }).waitFor();
  v.daemon.signal("SIGHUP");
  await v.daemon.logged(/supervisord started with pid/, 2);
  await page.getByText("following").waitFor();
  await v.daemon.logged(/spawned: 'talker'/, 2);
  await say("fifth");
  await log.filter({ hasText: "fifth" }).waitFor();
});

visit("a log's page stands still while one reads further up", TALKER, async (v) => {
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i}`).join("\n");
  // In the file that the daemon has open.
  writeFileSync(v.rig.path("talker.out"), `${lines}\n`);
  const page = await v.open("/tail.html?processname=talker&limit=100000");
  await page.getByText("following").waitFor();
  await page.locator("#log").filter({ hasText: "line 399" }).waitFor();
  await until(page, "log.scrollHeight - log.scrollTop - log.clientHeight < 24");
  await page.evaluate("log.scrollTop = 100");
  await page.getByRole("button", { name: "Follow" }).waitFor();
  await v.daemon.ask("sendProcessStdin", "talker", "echo news\n");
  await page.getByRole("button", { name: "Follow, 1 new lines" }).waitFor();
  assert.equal(await page.evaluate("log.scrollTop"), 100);
  await page.getByRole("button", { name: /^Follow/ }).click();
  await until(page, "log.scrollHeight - log.scrollTop - log.clientHeight < 24");
  assert.equal(await page.getByRole("button", { name: /^Follow/ }).isVisible(), false);
});

visit(
  "after a restart of the daemon an open page is fresh, and its buttons work",
  "[program:web]\ncommand=sleep 1000\nstartsecs=0\n",
  async (v) => {
    const page = await v.open("/");
    await page.getByText("live", { exact: true }).waitFor();
    const boot = await page.locator("body").getAttribute("data-boot");
    v.daemon.signal("SIGHUP");
    await page.locator(`body:not([data-boot="${boot}"])`).waitFor();
    await press(page, "Stop web");
    await shows(page, "web", "stopped");
  },
);
