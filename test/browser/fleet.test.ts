// The pages over all hosts in a browser.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Daemon } from "../e2e/rig/daemon.ts";
import { startFleetUi } from "../e2e/rig/fleet-ui.ts";
import type { Rig } from "../e2e/rig/rig.ts";
import { freePort } from "../rig/free-port.ts";
import { expectAccessible } from "./axe.ts";
import { type Visit, visitServed } from "./rig.ts";

const PROGRAMS = `[program:web]
command=sh -c 'echo "<img src=x onerror=alert(1)>"; echo ERROR bad >&2; exec sleep 1000'
startsecs=0
[program:broken]
command=/nosuch
startretries=0
`;
let key = "";

async function serve(rig: Rig, daemon: Daemon, t: TestContext): Promise<string> {
  const ui = await startFleetUi(
    rig,
    t,
    `[host:berlin]\nurl=unix://${daemon.endpoint.socketPath}\nlabels=site=berlin
[host:away]\nurl=http://127.0.0.1:${await freePort()}\n`,
  );
  ({ key } = ui);
  return ui.address;
}

/** The address of a page, with the key of this run. */
function keyed(path: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}key=${key}`;
}

visitServed("every page over all hosts is accessible", PROGRAMS, serve, async (v: Visit) => {
  const rows = (text: string) => (page: Awaited<ReturnType<Visit["open"]>>) =>
    page.locator("#rows tr", { hasText: text }).first().waitFor();
  await expectAccessible(v, keyed("/"), rows("nothing is listening"));
  await expectAccessible(v, keyed("/programs"), rows("broken"));
  await expectAccessible(v, keyed("/host?name=berlin"), rows("web"));
  await expectAccessible(v, keyed("/logs?name=web"), (page) =>
    page.locator("#log .line").first().waitFor(),
  );
});

visitServed(
  "a button acts after a question, and the page shows what became of it",
  PROGRAMS,
  serve,
  async (v) => {
    const page = await v.open(keyed("/host?name=berlin"));
    await page.locator("#live.on").waitFor();
    assert.doesNotMatch(page.url(), /key=/);
    const row = page.locator("tr.program", { hasText: "web" });
    await row.getByRole("button", { name: "Stop web" }).click();
    await page.locator("#ask-text", { hasText: "Stop web on berlin?" }).waitFor();
    await page.locator("#ask-yes").click();
    await page.locator("#message", { hasText: "web stopped on berlin" }).waitFor();
    await page.locator('tr.program[data-state="stopped"]', { hasText: "web" }).waitFor();
    // The page of another reader changes by itself.
    const other = await v.open(keyed("/"));
    await other.locator("#live.on").waitFor();
    await row.getByRole("button", { name: "Start web" }).click();
    await page.locator('tr.program[data-state="running"]', { hasText: "web" }).waitFor();
    await other.locator("#rows .count", { hasText: "1 running" }).waitFor();
  },
);

visitServed(
  "logs of a program over all hosts have the host at each line, and no HTML",
  PROGRAMS,
  serve,
  async (v) => {
    const page = await v.open(keyed("/programs"));
    await page.locator("#rows").getByRole("link", { name: "Logs of web" }).click();
    await page.locator("#log .line.stderr").first().waitFor();
    await page.locator("#log .line", { hasText: "<img" }).first().waitFor();
    assert.equal(await page.locator("#log img").count(), 0);
    assert.equal(await page.locator("#log .who", { hasText: "berlin" }).count(), 2);
    await page
      .locator("#log .note", { hasText: /^==> away: .*refused|nothing is listening/i })
      .first()
      .waitFor();
  },
);
