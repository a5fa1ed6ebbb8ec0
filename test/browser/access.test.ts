// Accessibility of the page: on a phone, by keyboard, with a screen reader, in light and dark.

import assert from "node:assert/strict";
import type { BrowserContextOptions, Page } from "playwright-core";
import { PHONE, shows, until, type Visit, visit } from "./rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
[program:slow]
command=sleep 1000
startsecs=1000
[program:broken]
command=/no/such/program/with/a/path/that/is/long/enough/to/need/more/than/one/line/on/a/phone
startretries=0
[program:flaky]
command=sh -c "sleep 0.1; exit 1"
startretries=1000
[program:gone]
command=sh -c "exit 3"
startsecs=0
autorestart=false
[program:off]
command=sleep 1
autostart=false
depends_on=web,pool,gone
[program:a-name-without-any-blank-that-is-longer-than-any-phone-is-wide-0000000001]
command=sleep 1000
startsecs=0
[program:pool]
command=sleep 1000
startsecs=0
numprocs=2
process_name=pool_%(process_num)d
`;
const PAGES = [
  ...["/", "/?message=ERROR%3A%20no", "/tail.html?processname=web", "/?action=stopall"],
  ...["/logs.html", "/logs.html?name=web&since=soon"],
  ...["web", "broken", "flaky", "gone", "off", "pool:pool_1"].map(
    (name) => `/program.html?processname=${name}`,
  ),
];

/** Looks at one page after the other, in the same tab. */
async function onEachPage(
  v: Visit,
  options: BrowserContextOptions,
  look: (page: Page, path: string) => Promise<void>,
): Promise<void> {
  const page = await v.open("/", options);
  for (const path of PAGES) {
    await page.goto(`${v.address}${path}`);
    await look(page, path);
  }
}

visit("nothing is wider than a phone, and buttons are large enough to tap", PROGRAMS, async (v) => {
  await v.daemon.logged(/gave up: broken/);
  await onEachPage(v, PHONE, async (page, path) => {
    const [wide, room] = (await page.evaluate(
      "[document.documentElement.scrollWidth, innerWidth]",
    )) as [number, number];
    assert.ok(wide <= room, `${path} is ${wide} wide on a screen of ${room}`);
    const low = await page.evaluate(`[...document.querySelectorAll("button, a.do")]
      .filter((each) => each.checkVisibility() && !each.closest(".counts"))
      .filter((each) => each.getBoundingClientRect().height < 40)
      .map((each) => each.outerHTML)`);
    assert.deepEqual(low, [], path);
  });
});

/** Every piece of visible text with its contrast to what is behind it, below the AA of WCAG 2.2 for its size. */
const TOO_FAINT = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      const s = c / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const backOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === "" || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(backOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(ratio.toFixed(2) + " " + node.data.trim());
  }
  return faint;
})()`;

for (const colorScheme of ["light", "dark"] as const) {
  visit(`text stands out enough in ${colorScheme} colours`, PROGRAMS, async (v) => {
    await v.daemon.logged(/gave up: broken/);
    await onEachPage(v, { colorScheme }, async (page, path) => {
      assert.deepEqual(await page.evaluate(TOO_FAINT), [], path);
    });
    const hover = await v.open("/", { colorScheme });
    await hover.getByRole("button", { name: "Stop all" }).click();
    assert.deepEqual(await hover.evaluate(TOO_FAINT), [], "with a question open");
  });
}

/** What a screen reader would stumble over. */
const UNLABELLED = `[...document.querySelectorAll("button, a[href], input:not([type=hidden]), table, section, nav, dialog")]
  .filter((each) => {
    const by = each.getAttribute("aria-labelledby");
    const label = each.labels?.[0]?.textContent ?? "";
    const name = each.getAttribute("aria-label") ?? (by && document.getElementById(by)?.textContent) ?? label;
    return (name || each.textContent).trim() === "" || (by !== null && document.getElementById(by) === null);
  })
  .map((each) => each.outerHTML.slice(0, 200))`;
const DOUBLE_IDS = `[...document.querySelectorAll("[id]")].map((each) => each.id)
  .filter((id, i, all) => all.indexOf(id) !== i)`;

async function checkStructure(page: Page, path: string): Promise<void> {
  assert.deepEqual(await page.evaluate(UNLABELLED), [], path);
  assert.deepEqual(await page.evaluate(DOUBLE_IDS), [], path);
  assert.equal(await page.getByRole("main").count(), 1, path);
  assert.equal(await page.getByRole("contentinfo").count(), 1, path);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, path);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
}

const SETTINGS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["", {}],
  [" of a phone", PHONE],
  [" without scripts", { javaScriptEnabled: false }],
];

for (const [where, options] of SETTINGS) {
  visit(`everything has a name, a place and a role, on every page${where}`, PROGRAMS, async (v) => {
    await onEachPage(v, options, checkStructure);
    // The cards of a phone are still a table to those who hear it.
    const page = await v.open("/", options);
    const pool = page.locator('tbody[data-group="pool"]');
    assert.equal(await page.getByRole("table", { name: "Programs" }).count(), 1);
    assert.equal(await pool.getByRole("row").count(), 3);
    assert.equal(await pool.getByRole("rowheader", { name: "pool_0" }).count(), 1);
    assert.equal(await pool.getByRole("cell", { name: "running", exact: true }).count(), 2);
  });
}

visit("states differ in word and shape, not in colour alone", PROGRAMS, async (v) => {
  await v.daemon.logged(/gave up: broken/);
  await v.daemon.logged(/exited: gone/);
  const page = await v.open("/");
  const shapes =
    (await page.evaluate(`[...document.querySelectorAll("tr.program .status > span")].map((each) => {
    const { borderRadius, clipPath, borderStyle, backgroundImage } = getComputedStyle(each, "::before");
    return [each.textContent.trim(), [borderRadius, clipPath, borderStyle, backgroundImage].join()];
  })`)) as (readonly [string, string])[];
  const byState = new Map(shapes);
  assert.ok(byState.size >= 5, [...byState.keys()].join());
  assert.equal(new Set(byState.values()).size, byState.size);
});

/** Nothing changes by itself, so that nothing that has the focus is replaced between two looks at it. */
const STEADY = PROGRAMS.replace(/\[program:flaky\]\n(?:.+\n)+?(?=\[)/, "");

visit("the keyboard alone is enough, and shows where it is", STEADY, async (v) => {
  await v.daemon.logged(/gave up: broken/);
  await v.daemon.logged(/exited: gone/);
  const page = await v.open("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.className"), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate("document.activeElement.id"), "content");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate("document.activeElement.id"), "search");
  await page.keyboard.type("web");
  await page.keyboard.press("Enter");
  const name = `document.activeElement.getAttribute("aria-label")`;
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
    assert.equal(outline, "solid");
    if ((await page.evaluate(name)) === "Stop web") break;
  }
  assert.equal(await page.evaluate(name), "Stop web");
  await page.keyboard.press("Space");
  await shows(page, "web", "stopped");
  await until(page, `document.activeElement.closest("tr")?.dataset.label === "web"`);
  await page.getByRole("button", { name: "Stop all" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal((await v.daemon.info("pool:pool_0"))["statename"], "RUNNING");
});
