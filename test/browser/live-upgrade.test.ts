// Pages that are open while the daemon is replaced.

import assert from "node:assert/strict";
import { waitForText } from "../e2e/rig/watch.ts";
import { shows, visitUpgraded } from "./rig.ts";

const UPGRADES = 3;

/** A hundred lines a second until there is a file `stop`. */
const COUNTER = `[program:counter]
command=sh -c 'i=0; while [ ! -e stop ]; do i=$((i+1)); echo line $i grün; sleep 0.01; done; echo end $i; exec sleep 1000'
directory=%(here)s
stdout_logfile=%(here)s/counter.log
stdout_logfile_maxbytes=4KB
stdout_logfile_backups=50
startsecs=0
`;

visitUpgraded("a log's page shows each line once over upgrades", COUNTER, async (v, host) => {
  await waitForText(v.rig.path("counter.log"), /line 10 /);
  const page = await v.open("/tail.html?processname=counter");
  const log = page.locator("#log");
  await page.getByText("following").waitFor();
  await log.filter({ hasText: /line \d+ / }).waitFor();
  const before = (await log.textContent()) ?? "";
  for (let n = 1; n <= UPGRADES; n += 1) {
    await host.replaced();
    host.turn();
    const written = await waitForText(v.rig.path("counter.log"), /line \d+ /);
    await log.filter({ hasText: written[0] }).waitFor();
    await page.getByText("following").waitFor();
  }
  v.rig.write("stop", "");
  await log.filter({ hasText: /end \d+/ }).waitFor();
  const text = (await log.textContent()) ?? "";
  assert.ok(text.startsWith(before), "what was shown stays");
  assert.doesNotMatch(text, /==>/);
  const lines = text.slice(text.indexOf("\n") + 1).split("\n");
  const first = Number(/line (\d+)/.exec(lines[0] ?? "")?.[1]);
  const wrong = lines.slice(0, -2).findIndex((line, at) => line !== `line ${first + at} grün`);
  assert.equal(wrong, -1, `after ${lines[wrong - 1]} comes ${lines[wrong]}`);
  assert.equal(lines.at(-2), `end ${first + lines.length - 3}`);
});

const TALKER = `[program:cat]\ncommand=cat\nstartsecs=0\nstdout_logfile=%(here)s/cat.log\n`;

/** Makes a page believe that it is hidden or seen. */
const hidden = (isHidden: boolean): string => `
  Object.defineProperty(document, "hidden", { configurable: true, value: ${isHidden} });
  document.dispatchEvent(new Event("visibilitychange"))`;

visitUpgraded(
  "a page that was hidden goes on, and counts what is missing",
  TALKER,
  async (v, host) => {
    const say = (text: string) => v.daemon.ask("sendProcessStdin", "cat", text);
    const page = await v.open("/tail.html?processname=cat");
    const log = page.locator("#log");
    await page.getByText("following").waitFor();
    await say("one\n");
    await log.filter({ hasText: "one" }).waitFor();
    await page.evaluate(hidden(true));
    await say("two\n");
    await waitForText(v.rig.path("cat.log"), /two/);
    await host.replaced();
    await page.evaluate(hidden(false));
    await log.filter({ hasText: "two" }).waitFor();
    await page.evaluate(hidden(true));
    await say("lost\n");
    await waitForText(v.rig.path("cat.log"), /lost/);
    await v.daemon.ask("clearProcessLogs", "cat");
    await say("three\n");
    await page.evaluate(hidden(false));
    await log.filter({ hasText: "three" }).waitFor();
    assert.equal(
      await log.textContent(),
      "one\ntwo\n==> 5 bytes are missing: the log was cleared or grew too fast <==\nthree\n",
    );
  },
);

visitUpgraded(
  "what happens during an upgrade is on the open page after it",
  "[program:mortal]\ncommand=sleep 1000\nautorestart=false\nstartsecs=0\n",
  async (v, host) => {
    const page = await v.open("/");
    await page.getByText("live", { exact: true }).waitFor();
    await shows(page, "mortal", "running");
    const pid = Number((await v.daemon.info("mortal"))["pid"]);
    const replaced = host.replaced();
    process.kill(pid, "SIGKILL");
    await replaced;
    await shows(page, "mortal", "exited");
    await page.getByText("live", { exact: true }).waitFor();
  },
);
