// Defence against other sites, foreign text and stale pages.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { CHILD } from "../e2e/rig/places.ts";
import { ARGUMENTS, CHROMIUM, otherSite, press, row, says, until, visit } from "./rig.ts";

const WEB = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const ATTACK = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

visit(
  "names, messages, errors and log lines are text, whatever is in them",
  `[program:<i>web&"'{{name}}]\ncommand=/no/such/<b>bold</b>\nstartretries=0\n` +
    `[program:talker]\ncommand=${CHILD}\nstartsecs=0\nstdout_logfile=%(here)s/talker.out\n`,
  async (v) => {
    const name = `<i>web&"'{{name}}`;
    const page = await v.open(`/?message=${encodeURIComponent(ATTACK)}`);
    await says(page, ATTACK);
    await page.getByText(name, { exact: true }).waitFor();
    await press(page, `Start ${name}`);
    await says(page, `ERROR: Process ${name}: no such file`);
    await page.locator("tr.program", { hasText: name }).getByRole("link", { name: "Log" }).click();
    await page.getByRole("heading", { name }).waitFor();
    // In the file that the daemon has open.
    writeFileSync(v.rig.path("talker.out"), `${ATTACK}\n\x1b[31mred\x1b[0m \x07bell\n`);
    const tail = await v.open("/tail.html?processname=talker");
    await tail.getByText("following").waitFor();
    await tail
      .locator("#log")
      .filter({ hasText: `${ATTACK}\nred ␇bell` })
      .waitFor();
    const missing = await v.open(`/tail.html?processname=${encodeURIComponent(ATTACK)}`);
    await missing.getByText(`The daemon has no program ${ATTACK}`).waitFor();
    for (const each of [page, tail, missing]) {
      assert.notEqual(await each.title(), "owned");
      assert.equal(await each.locator("img, i, b:not(.count b)").count(), 0);
    }
  },
);

/** Tries everything that a page can make a browser send. */
function attacks(target: string): string {
  return `<!DOCTYPE html><title>nice pictures</title>
<img src="${target}/index.html?action=stop&processname=web">
<iframe name="hidden" src="${target}/?action=stopall"></iframe>
<form method="post" target="hidden" action="${target}/index.html"><input name="action" value="stopall"></form>
<script>
  const call = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>";
  const form = new URLSearchParams({ action: "stop", processname: "web" });
  Promise.allSettled([
    fetch("${target}/index.html", { method: "POST", mode: "no-cors", credentials: "include", body: form }),
    fetch("${target}/?action=stopall", { mode: "no-cors", credentials: "include" }),
    fetch("${target}/RPC2", { method: "POST", mode: "no-cors", credentials: "include", body: call }),
    new Promise((done) => { document.querySelector("iframe").onload = done; document.forms[0].submit(); }),
  ]).then(() => { document.title = "done"; });
</script>`;
}

for (const server of ["", "legacy_get_actions=true"]) {
  visit(
    `rpc-cross-site: a page of another site changes nothing${server === "" ? "" : ", also with the old links allowed"}`,
    WEB,
    async (v) => {
      const page = await v.open("/");
      await row(page, "web").waitFor();
      const site = await otherSite(attacks(v.address));
      try {
        const evil = await page.context().newPage();
        await evil.goto(site.address);
        await until(evil, "document.title === 'done'");
      } finally {
        site.close();
      }
      assert.equal((await v.daemon.info("web"))["statename"], "RUNNING");
      await v.daemon.ask("getState");
    },
    server,
  );
}

visit(
  "with the old links allowed, a click on one acts, wherever it stands",
  WEB,
  async (v) => {
    const page = await v.open("/index.html?action=stop&processname=web");
    await says(page, "Process web stopped");
    const site = await otherSite(
      `<a href="${v.address}/index.html?action=start&processname=web">start</a>`,
    );
    try {
      const other = await page.context().newPage();
      await other.goto(site.address);
      await other.getByRole("link", { name: "start" }).click();
      await says(other, "Process web started");
    } finally {
      site.close();
    }
  },
  "legacy_get_actions=true",
);

visit("no other site can put the page into a frame", WEB, async (v) => {
  const page = await v.open("/");
  const site = await otherSite(`<iframe src="${v.address}/"></iframe>`);
  try {
    const other = await page.context().newPage();
    const refused = other.waitForEvent("console", (message) =>
      /frame-ancestors|X-Frame-Options/.test(message.text()),
    );
    await other.goto(site.address);
    await refused;
  } finally {
    site.close();
  }
});

/** Reads what it can of the daemon that it takes for its own site, and calls a method. */
const REBOUND = `<!DOCTYPE html><title>free games</title><script>
  const paths = ["/", "/logtail/web", "/mainlogtail", "/tail.html?processname=web", "/ok.html", "/scripts/status.js"];
  const call = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>";
  const status = (path, init) => fetch(path, init).then((reply) => reply.status, () => 0);
  const source = (path) => new Promise((done) => {
    const events = new EventSource(path);
    events.onopen = () => done(200);
    events.onerror = () => done(403);
  });
  Promise.all([
    ...paths.map((path) => status(path)),
    status("/RPC2", { method: "POST", body: call }),
    status("/", { method: "POST", body: new URLSearchParams({ action: "stopall" }) }),
    source("/events/status"),
    source("/events/tail?processname=web"),
  ]).then((all) => { document.title = all.join(" "); });
</script>`;

visit(
  "a site whose name was made to point here reads no log and calls no method (web-strange-host)",
  WEB,
  async (v) => {
    const port = new URL(v.address).port;
    const names = ["evil.example", "evil.local"];
    const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(",");
    // Chromium has begun to guard such servers by itself; other browsers have not.
    const unguarded = "BlockInsecurePrivateNetworkRequests,LocalNetworkAccessChecks";
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...ARGUMENTS, `--host-resolver-rules=${rules}`, `--disable-features=${unguarded}`],
    });
    try {
      for (const name of names) {
        const page = await browser.newPage();
        const attack = `http://${name}:${port}/attack.html`;
        await page.route(attack, (route) =>
          route.fulfill({ contentType: "text/html", body: REBOUND }),
        );
        await page.goto(attack);
        await until(page, "/^(?:\\d+ )+\\d+$/.test(document.title)");
        assert.equal(await page.title(), Array(10).fill(403).join(" "));
      }
    } finally {
      await browser.close();
    }
    assert.equal((await v.daemon.info("web"))["statename"], "RUNNING");
  },
);
