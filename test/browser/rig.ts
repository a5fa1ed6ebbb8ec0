// A headless Chromium in front of a daemon: each test gets a fresh profile and pages that report their errors.

import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Daemon } from "../e2e/rig/daemon.ts";
import { e2e, type Rig } from "../e2e/rig/rig.ts";
import { UpgradeHost } from "../e2e/upgrade/host.ts";
import { withoutNext } from "../e2e/upgrade/versions.ts";
import { event } from "../rig/wait.ts";

export const CHROMIUM = "/usr/bin/chromium";
export const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const PHONE: BrowserContextOptions = {
  viewport: { width: 375, height: 700 },
  isMobile: true,
  hasTouch: true,
};
export const NO_SCRIPTS: BrowserContextOptions = { javaScriptEnabled: false };

/** The reason to skip tests in the browser, or false. */
function withoutBrowser(): string | false {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return false;
  } catch {
    return `${CHROMIUM} missing; run make test-host`;
  }
}

/** What a test of the page works with. */
export interface Visit {
  readonly rig: Rig;
  readonly daemon: Daemon;
  readonly address: string;
  /** Opens a page in a context of its own; a script error or a refused script fails the test. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
}

/** A test of the page in front of a daemon with these sections. @param server lines for [inet_http_server] */
export function visit(
  name: string,
  sections: string,
  body: (visit: Visit) => Promise<void>,
  server = "",
): void {
  e2e(name, withoutBrowser(), (rig) => {
    return visited(rig, (inet) => rig.startWith(`${inet}${server}\n${sections}`), body);
  });
}

/** The same with a daemon that can be replaced. */
export function visitUpgraded(
  name: string,
  sections: string,
  body: (visit: Visit, host: UpgradeHost) => Promise<void>,
): void {
  e2e(name, withoutBrowser() || withoutNext(), (rig) => {
    const host = new UpgradeHost(rig);
    host.takeTurns();
    return visited(
      rig,
      (inet) => host.start(`${inet}${sections}`),
      (visit) => body(visit, host),
    );
  });
}

/**
 * A test of pages that a command serves.
 * @param serve starts it; it returns the address of its pages
 */
export function visitServed(
  name: string,
  sections: string,
  serve: (rig: Rig, daemon: Daemon, t: TestContext) => Promise<string>,
  body: (visit: Visit) => Promise<void>,
): void {
  e2e(name, withoutBrowser(), async (rig, t) => {
    const daemon = await rig.startWith(sections);
    await allStarted(daemon);
    await browse(rig, daemon, await serve(rig, daemon, t), body);
  });
}

/** @param start starts a daemon with this server in its configuration */
async function visited(
  rig: Rig,
  start: (inet: string) => Promise<Daemon>,
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const port = await rig.findPort();
  const daemon = await start(`[inet_http_server]\nport=127.0.0.1:${port}\n`);
  await allStarted(daemon);
  await browse(rig, daemon, `http://127.0.0.1:${port}`, body);
}

async function browse(
  rig: Rig,
  daemon: Daemon,
  address: string,
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const errors: string[] = [];
  try {
    const open = (path: string, options?: BrowserContextOptions) =>
      openPage(browser, `${address}${path}`, errors, options);
    await body({ rig, daemon, address, open });
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

/** Waits until every program that starts by itself was told to: pages show it by then, and actions find it. */
async function allStarted(daemon: Daemon): Promise<void> {
  const all = (await daemon.ask("getAllConfigInfo")) as readonly { autostart: boolean }[];
  const count = all.filter(({ autostart }) => autostart).length;
  if (count > 0) await daemon.logged(/INFO (?:spawned|spawnerr): /, count);
}

/** A daemon that starts over, and a program that is replaced or unknown, are not there: pages say so or try again, without an error. */
const AWAY =
  /net::ERR_(?:CONNECTION_(?:REFUSED|RESET)|SOCKET_NOT_CONNECTED)|status of 404 \(Not Found\).*\/(?:(?:program|tail)\.html\?|nothing$)/;

async function openPage(
  browser: Browser,
  address: string,
  errors: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    const isError =
      message.type() === "error" && !AWAY.test(`${message.text()} ${message.location().url}`);
    if (isError) errors.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** The row of a program. */
export function row(page: Page, label: string) {
  const address = `program.html?processname=${encodeURIComponent(label).replaceAll("%3A", ":")}`;
  return page.locator("tr.program", { has: page.locator(`.name a[href="${address}"]`) });
}

/** Waits until a program shows a state. */
export async function shows(page: Page, label: string, state: string): Promise<void> {
  await row(page, label)
    .and(page.locator(`[data-state="${state}"]`))
    .waitFor();
}

/** Presses a button by its accessible name. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Waits until an expression is true in the page; by no eval of the page's own, which its policy forbids. */
export async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(
    `new Promise((resolve) => {
      const look = () => ((${expression}) ? resolve() : requestAnimationFrame(look));
      look();
    })`,
  );
}

/** Waits for the message on the page. */
export async function says(page: Page, text: string | RegExp): Promise<void> {
  await page.locator(".status_msg", { hasText: text }).waitFor();
}

/** Serves a page of another site. @returns its address and what ends it */
export async function otherSite(html: string): Promise<{ address: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html;charset=utf-8");
    response.end(html);
  });
  await event(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    // Another port is another origin, and another name is another site.
    address: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
