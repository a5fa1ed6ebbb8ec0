// The charts of a program's page: what they show of a history, at any width, in light and dark; and pages without a history.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { NO_SCRIPTS, until, visit } from "./rig.ts";

const WEB = "/program.html?processname=web";
const HISTORY = "[supervisord]\nhistory=memory\n";
const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
depends_on=db
[program:db]
command=sleep 1000
startsecs=0
`;

/** A history of as many points as are asked for, in place of an hour of measurements. @returns the queries */
async function measure(page: Page): Promise<readonly URLSearchParams[]> {
  const asked: URLSearchParams[] = [];
  await page.route("**/api/v1/tsv.getHistory?*", async (route) => {
    const { searchParams } = new URL(route.request().url());
    asked.push(searchParams);
    const [from, points] = [Number(searchParams.get("from")), Number(searchParams.get("points"))];
    const step = 10;
    const values = Array.from({ length: points }, (_, index) => 10 + (index % 7));
    const at = from + 100 * step;
    const run = { end: at, ending: "exited", expected: false };
    await route.fulfill({
      json: [
        {
          ...{ group: "web", name: "web", from, step, cpu: values.map((v, i) => (i < 9 ? -1 : v)) },
          ...{ cpu_max: values.map((v) => 2 * v), memory_max: values.map((v) => v * 2 ** 20) },
          // The event is one of the three in the second ten minutes.
          ...{ starts: [2, 3, -1], starts_from: from, starts_step: 600 },
          ...{ runs: [run], events: [{ kind: "executes", at_ms: at * 1000 }] },
        },
      ],
    });
  });
  return asked;
}

/** Whether something is drawn on each canvas. */
const DRAWN = `[...document.querySelectorAll("#charts canvas")].filter((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
}).length === 3`;

for (const colorScheme of ["light", "dark"] as const) {
  visit(
    `charts are drawn at every width, in ${colorScheme} colours`,
    HISTORY + PROGRAMS,
    async (v) => {
      for (const width of [390, 1280, 1920]) {
        const page = await v.open("/", { colorScheme, viewport: { width, height: 900 } });
        await measure(page);
        await page.goto(`${v.address}${WEB}`);
        await until(page, DRAWN);
        const wide = await page.evaluate("document.documentElement.scrollWidth");
        assert.ok(Number(wide) <= width, `${wide} of ${width}`);
        const narrowest = await page.evaluate(
          `Math.min(...[...document.querySelectorAll("#charts .uplot")].map((each) => each.clientWidth))`,
        );
        assert.ok(Number(narrowest) > 250, `${narrowest} of ${width}`);
        await page.context().close();
      }
    },
  );
}

visit(
  "they say in words what they show, of an hour, a day or a month",
  HISTORY + PROGRAMS,
  async (v) => {
    const page = await v.open("/");
    const asked = await measure(page);
    await page.goto(`${v.address}${WEB}`);
    const cpu = page.getByRole("img", { name: /^mean 13 %, most 32 %$/ });
    await cpu.waitFor();
    await page.getByRole("img", { name: /^now 1\d MB, most 16 MB$/ }).waitFor();
    await page.getByRole("img", { name: /^5 starts\b/ }).waitFor();
    await cpu.hover();
    await page
      .locator('[data-chart="cpu"] .value', { hasText: /^\d\d:\d\d: 1\d %, most \d\d %$/ })
      .waitFor();
    await page.getByRole("button", { name: "Month" }).click();
    await until(page, `document.querySelector("#ranges [value='2592000']").ariaPressed === "true"`);
    const [first, last] = [asked[0], asked.at(-1)].map((each) => Number(each?.get("from")));
    assert.ok((first ?? 0) - (last ?? 0) > 29 * 86400);
    assert.equal(asked[0]?.get("name"), "web");
  },
);

visit(
  "without a history the page says how to keep one, and loads no library",
  PROGRAMS,
  async (v) => {
    const page = await v.open(WEB);
    await page.locator("#charts", { hasText: "history=memory" }).waitFor();
    assert.equal(await page.locator("#charts figure").count(), 0);
    assert.equal(await page.evaluate(`"uPlot" in window`), false);
  },
);

visit(
  "files are read on request: places of values, and what apply would change",
  PROGRAMS,
  async (v) => {
    const page = await v.open(WEB);
    await page.getByRole("button", { name: "Read the files" }).click();
    const files = page.locator("#files");
    await files.getByText("Nothing to apply").waitFor();
    await files
      .getByText(/d\.conf:\d+/)
      .first()
      .waitFor();
    assert.ok(page.url().endsWith(WEB));
    v.rig.configure(
      `[inet_http_server]\nport=${new URL(v.address).host}\n${PROGRAMS.replace("1000", "2000")}`,
    );
    const plain = await v.open(WEB, NO_SCRIPTS);
    await plain.getByRole("button", { name: "Read the files" }).click();
    await plain.locator("#files").getByText("is restarted, if it runs").waitFor();
    await plain.locator("#files ins", { hasText: "sleep 2000" }).waitFor();
  },
);

visit(
  "dependencies lead to their programs, and their states are kept up to date",
  PROGRAMS,
  async (v) => {
    const page = await v.open(WEB);
    await page.getByText("live", { exact: true }).waitFor();
    await v.daemon.ask("stopProcess", "db");
    await page.locator('.needs [data-state="stopped"]').waitFor();
    await page.locator(".needs").getByRole("link", { name: "db" }).click();
    await page.getByRole("heading", { level: 1, name: "db" }).waitFor();
    await page.getByText("Programs that need it").waitFor();
  },
);

visit("a press is not lost when the page changes during it", PROGRAMS, async (v) => {
  const page = await v.open(WEB);
  await page.getByText("live", { exact: true }).waitFor();
  await page.locator(".needs").getByRole("link", { name: "db" }).hover();
  await page.mouse.down();
  const fetched = page.waitForResponse(/program\.html\?processname=web$/);
  await v.daemon.ask("stopProcess", "db");
  await (await fetched).finished();
  // After a change of the page that would be made at once.
  await page.evaluate(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))",
  );
  await page.mouse.up();
  await page.getByRole("heading", { level: 1, name: "db" }).waitFor();
});
