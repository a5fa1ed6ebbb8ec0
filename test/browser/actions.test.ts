// Actions on the status page, with scripts and without.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { textOf, waitForText } from "../e2e/rig/watch.ts";
import { NO_SCRIPTS, press, row, says, shows, visit } from "./rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/web.out

[program:off]
command=sleep 1000
startsecs=0
autostart=false

[program:bad]
command=/no/such/program
autostart=false
startretries=0

[program:a]
command=sleep 1000
startsecs=0
[program:b]
command=sleep 1000
startsecs=0
[group:pool]
programs=a,b
`;

visit("buttons start, stop and restart a program without leaving the page", PROGRAMS, async (v) => {
  const page = await v.open("/");
  await page.evaluate("window.stillHere = true");
  await shows(page, "web", "running");
  const first = (await v.daemon.info("web"))["pid"];
  await press(page, "Restart web");
  await says(page, "Process web restarted");
  const next = (await v.daemon.info("web"))["pid"];
  assert.notEqual(next, first);
  // A row that is replaced between the press of a button and its release takes no click.
  await row(page, "web")
    .locator(".pid", { hasText: String(next) })
    .waitFor();
  await press(page, "Stop web");
  await says(page, "Process web stopped");
  await shows(page, "web", "stopped");
  await press(page, "Start off");
  await says(page, "Process off started");
  await shows(page, "off", "running");
  await press(page, "Start bad");
  await says(page, "ERROR: Process bad: no such file");
  assert.equal(await page.evaluate("window.stillHere"), true);
});

visit("without scripts the same buttons work, and return to the page", PROGRAMS, async (v) => {
  const page = await v.open("/", NO_SCRIPTS);
  // The head of the row names them.
  const pressIn = (label: string, name: string) =>
    row(page, label).getByRole("button", { name, exact: true }).click();
  await pressIn("web", "Restart");
  await says(page, "Process web restarted");
  await pressIn("web", "Stop");
  await says(page, "Process web stopped");
  assert.match(page.url(), /\/\?message=Process%20web%20stopped$/);
  await shows(page, "web", "stopped");
  await pressIn("off", "Start");
  await says(page, "Process off started");
  await pressIn("bad", "Start");
  await says(page, "ERROR: Process bad: no such file");
  await press(page, "Stop group pool");
  await says(page, "Process pool:* stopped");
  await press(page, "Stop all");
  await says(page, /^All stopped at /);
  await shows(page, "off", "stopped");
  await press(page, "Restart all");
  await says(page, "ERROR: Not all restarted: bad: NO_FILE");
  await shows(page, "pool:b", "running");
  await page.getByRole("link", { name: "Refresh" }).click();
  await says(page, /^Page refreshed at /);
});

visit("stopping many asks first, and Cancel leaves them alone", PROGRAMS, async (v) => {
  const page = await v.open("/");
  await press(page, "Stop all");
  await page.getByRole("dialog").waitFor();
  await press(page, "Cancel");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await press(page, "Stop group pool");
  await page.getByRole("dialog", { name: "Stop all of group pool?" }).waitFor();
  await press(page, "Stop");
  await shows(page, "pool:a", "stopped");
  await shows(page, "web", "running");
  await press(page, "Start group pool");
  await shows(page, "pool:a", "running");
  await press(page, "Stop all");
  await press(page, "Stop");
  await says(page, /^All stopped at /);
  for (const name of ["web", "pool:a", "pool:b"]) await shows(page, name, "stopped");
  await press(page, "Restart all");
  await press(page, "Restart");
  await says(page, "ERROR: Not all restarted: bad: NO_FILE");
  // Also what was not started before: so it is in Supervisor.
  await shows(page, "off", "running");
});

visit("clearing a log empties it, and its link shows it", PROGRAMS, async (v) => {
  const log = v.rig.path("web.out");
  appendFileSync(log, "a line to be gone\n");
  const page = await v.open("/", NO_SCRIPTS);
  await row(page, "web").getByRole("link", { name: "Log" }).click();
  await page.getByText("a line to be gone").waitFor();
  await press(page, "Clear logs");
  await says(page, "Log for web cleared");
  assert.equal(textOf(log), "");
  appendFileSync(log, "another\n");
  const live = await v.open("/program.html?processname=web");
  await press(live, "Clear logs");
  await press(live, "Clear");
  await says(live, "Log for web cleared");
  assert.equal(textOf(log), "");
});

visit("a link that would change something asks first, and then does it", PROGRAMS, async (v) => {
  const page = await v.open("/index.html?action=stop&processname=web", NO_SCRIPTS);
  await page.getByRole("heading", { name: "Stop web?" }).waitFor();
  await v.daemon.info("web").then(({ statename }) => assert.equal(statename, "RUNNING"));
  await press(page, "Stop");
  await says(page, "Process web stopped");
  const all = await v.open("/?action=restartall", NO_SCRIPTS);
  await press(all, "Restart");
  await says(all, "ERROR: Not all restarted: bad: NO_FILE");
  await waitForText(v.daemon.log, /stopped: a /);
});

visit("the filter leaves what fits, by name and by state, and counts it", PROGRAMS, async (v) => {
  const page = await v.open("/");
  await page.getByLabel("Filter").fill("pool");
  await row(page, "web").waitFor({ state: "hidden" });
  await row(page, "pool:a").waitFor();
  await page.getByText("2 of 5").waitFor();
  await page.getByLabel("Filter").fill("");
  await page.getByRole("button", { name: "2 stopped" }).click();
  await row(page, "pool:a").waitFor({ state: "hidden" });
  await row(page, "off").waitFor();
  // What starts to fit or ceases to is shown or hidden as it happens.
  await v.daemon.ask("stopProcess", "web");
  await row(page, "web").waitFor();
  await page.getByRole("button", { name: "3 stopped" }).click();
  await row(page, "pool:a").waitFor();
});

visit(
  "a filter does not limit an action on all programs, and the question mentions it",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/");
    await page.getByLabel("Filter").fill("web");
    await press(page, "Stop all");
    await page
      .getByRole("dialog", { name: "Stop all 5 programs, not only the 1 shown?" })
      .waitFor();
    await press(page, "Cancel");
    await page.getByLabel("Filter").fill("");
    await press(page, "Stop all");
    await page.getByRole("dialog", { name: "Stop all 5 programs?" }).waitFor();
  },
);

visit(
  "a program that does not stop can be killed, and shows when the daemon would",
  `
[program:stubborn]
command=sh -c "trap '' TERM; while :; do sleep 0.1; done"
stopwaitsecs=600
startsecs=0
`,
  async (v) => {
    const page = await v.open("/");
    await press(page, "Stop stubborn");
    await shows(page, "stubborn", "stopping");
    await row(page, "stubborn")
      .getByText(/^SIGKILL in \d+ s$/)
      .waitFor();
    await press(page, "Kill stubborn");
    await press(page, "Kill");
    await shows(page, "stubborn", "stopped");
  },
);
