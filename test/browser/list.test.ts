// The list of programs: what needs attention first, order, groups, selection, and what the address keeps of it.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { violations } from "./axe.ts";
import { NO_SCRIPTS, press, row, says, shows, until, visit } from "./rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
[program:broken]
command=/no/such/program
startretries=0
[program:pool]
command=sleep 1000
startsecs=0
numprocs=3
process_name=pool_%(process_num)d
[program:more]
command=sleep 1000
startsecs=0
numprocs=2
process_name=more_%(process_num)d
`;
const POOL = 'tbody[data-group="pool"]';

/** The names in the order in which they are shown. */
async function names(page: Page, part = "#programs"): Promise<readonly string[]> {
  const rows = page.locator(`${part} tr.program:visible .name`);
  return await rows.allTextContents();
}

visit(
  "what fails stands first, and moves there and back by itself (web-list)",
  PROGRAMS,
  async (v) => {
    await v.daemon.logged(/gave up: broken/);
    for (const options of [{}, NO_SCRIPTS]) {
      const page = await v.open("/", options);
      assert.deepEqual((await names(page)).slice(0, 2), ["broken", "web"]);
      await page.getByRole("heading", { name: "Needs attention 1" }).waitFor();
      await page.locator(".count", { hasText: "1 failing" }).waitFor();
    }
    const page = await v.open("/");
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByRole("heading", { name: "pool 3 of 3 running" }).waitFor();
    process.kill(Number((await v.daemon.info("pool:pool_1"))["pid"]), "SIGKILL");
    await page.locator("#attention").getByRole("rowheader", { name: "pool:pool_1" }).waitFor();
    await page.getByRole("heading", { name: "Needs attention 2" }).waitFor();
    // Stopped on request, it is no failure any more.
    await v.daemon.ask("stopProcess", "pool:pool_1");
    await page.locator(POOL).getByRole("rowheader", { name: "pool_1", exact: true }).waitFor();
    await page.getByRole("heading", { name: "pool 2 of 3 running" }).waitFor();
    assert.deepEqual(await names(page, POOL), ["pool_0", "pool_1", "pool_2"]);
  },
);

visit("columns sort in both directions, and the address keeps the view", PROGRAMS, async (v) => {
  const page = await v.open("/");
  const head = page.getByRole("columnheader", { name: "Name" });
  await press(page, "Name");
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  await press(page, "Name");
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  assert.deepEqual(await names(page, POOL), ["pool_2", "pool_1", "pool_0"]);
  await press(page, "No groups");
  const flat = ["web", "pool:pool_2", "pool:pool_1", "pool:pool_0", "more:more_1", "more:more_0"];
  assert.deepEqual((await names(page)).slice(1), flat);
  await page.getByLabel("Filter").fill("_1");
  await page.waitForURL(/\/\?q=_1&sort=-name&flat=1$/);
  await page.reload();
  await page.getByText("2 of 7").waitFor();
  assert.deepEqual(await names(page), ["pool:pool_1", "more:more_1"]);
  await press(page, "Name");
  await press(page, "No groups");
  await page.getByLabel("Filter").fill("");
  await page.waitForURL(/:\d+\/$/);
  // An address that was made by hand does no harm.
  const odd = await v.open(`/?sort=%5B%22%3E&closed=no&q=${encodeURIComponent("<b>")}`);
  await odd.getByText("0 of 7").waitFor();
});

visit(
  "numbers sort as numbers, the largest first, and what has none is last",
  PROGRAMS,
  async (v) => {
    await v.daemon.ask("stopProcess", "more:more_0");
    const page = await v.open("/?flat=1");
    await until(
      page,
      `["memory", "cpu"].every((each) => /\\d/.test(document.querySelector('[data-label="web"] td.' + each).textContent))`,
    );
    for (const [column, first] of [
      ["Memory", "descending"],
      ["CPU", "descending"],
      ["Uptime or reason", "descending"],
      ["State", "ascending"],
    ] as const) {
      await press(page, column);
      const sort = await page.getByRole("columnheader", { name: column }).getAttribute("aria-sort");
      assert.equal(sort, first);
      assert.equal((await names(page)).at(-1), "more:more_0", column);
    }
  },
);

visit("groups collapse, with what runs of them, and stay so", PROGRAMS, async (v) => {
  const page = await v.open("/");
  const fold = page.getByRole("button", { name: "pool", exact: true });
  assert.equal(await fold.getAttribute("aria-expanded"), "true");
  await fold.focus();
  await page.keyboard.press("Enter");
  await row(page, "pool:pool_0").waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "pool 3 of 3 running" }).waitFor();
  await page.reload();
  assert.equal(await fold.getAttribute("aria-expanded"), "false");
  await row(page, "pool:pool_0").waitFor({ state: "hidden" });
  // What fails in it is seen all the same.
  process.kill(Number((await v.daemon.info("pool:pool_1"))["pid"]), "SIGKILL");
  await page.locator("#attention").getByRole("rowheader", { name: "pool:pool_1" }).waitFor();
});

visit(
  "selected programs are stopped and started together, after a question",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/");
    await page.getByLabel("Select pool:pool_0").check();
    await page.getByLabel("Select pool:pool_2").click({ modifiers: ["Shift"] });
    await page.getByText("3 selected").waitFor();
    await page.getByLabel("Select pool:pool_1").uncheck();
    await page.getByText("2 selected").waitFor();
    const bar = page.getByRole("group", { name: "Actions on selected programs" });
    await bar.getByRole("button", { name: "Stop" }).click();
    await page
      .getByRole("dialog", { name: "Stop 2 programs: pool:pool_0, pool:pool_2?" })
      .waitFor();
    await press(page, "Cancel");
    await bar.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
    await says(page, /^2 programs stopped at /);
    for (const name of ["pool:pool_0", "pool:pool_2"]) await shows(page, name, "stopped");
    await shows(page, "pool:pool_1", "running");
    // The boxes stay with their programs.
    await page.getByText("2 selected").waitFor();
    await bar.getByRole("button", { name: "Start", exact: true }).click();
    await says(page, /^2 programs started at /);
    // What is not shown is not selected.
    await page.getByLabel("Filter").fill("pool_0");
    await page.getByText("1 selected").waitFor();
    await page.getByLabel("Filter").fill("");
    await page.getByLabel("Select all programs that are shown").check();
    await page.getByText("7 selected").waitFor();
    await bar.getByRole("button", { name: "Clear selection" }).click();
    await bar.waitFor({ state: "hidden" });
  },
);

/** Records which rows are touched, how many are inserted, and which buttons and boxes a form owns. */
const WATCH = `{
  const programs = document.getElementById("programs");
  window.touched = new Set();
  window.inserted = 0;
  const rowAt = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest("tr.program");
  new MutationObserver((records) => {
    for (const { target, addedNodes, removedNodes } of records) {
      const rows = [target, ...addedNodes, ...removedNodes].map(rowAt).filter((row) => row);
      for (const row of rows) window.touched.add(row.dataset.label);
      window.inserted += Array.from(addedNodes).filter((node) => rowAt(node) === node).length;
    }
  }).observe(programs, { attributes: true, characterData: true, childList: true, subtree: true });
}`;
const OWNED = `[...document.querySelectorAll("#programs button, #programs input")]
  .filter(({ form }) => form !== null).length`;

visit(
  "an order moves each row once, a change touches one row, and no form is searched for buttons",
  PROGRAMS.replace("numprocs=3", "numprocs=60\nautostart=false"),
  async (v) => {
    const page = await v.open("/?sort=name");
    await page.getByText("live", { exact: true }).waitFor();
    await row(page, "pool:pool_59").waitFor();
    assert.equal(await page.evaluate(OWNED), 0);
    await page.evaluate(WATCH);
    await press(page, "No groups");
    // All but `broken`, which stays at the top.
    assert.equal(await page.evaluate("window.inserted"), 63);
    await page.evaluate("window.touched.clear(); window.inserted = 0");
    await v.daemon.ask("startProcess", "pool:pool_7");
    await shows(page, "pool:pool_7", "running");
    const stopped = `[...window.touched].filter((label) => /^pool:/.test(label)).join()`;
    assert.equal(await page.evaluate(stopped), "pool:pool_7");
    assert.equal(await page.evaluate(OWNED), 0);
  },
);

/** How many rows each body of the table shows and has, of those that are shown at all. */
const BODIES = `[...document.querySelectorAll(".list tbody:not([hidden])")].map((body) => [
  body.querySelectorAll("tr.program:not([hidden])").length,
  body.querySelectorAll("tr.program").length,
  Number(getComputedStyle(body).getPropertyValue("--rows")),
])`;

visit(
  "a group of many rows has several bodies, and stays in order across them",
  "[program:pool]\ncommand=sleep 1000\nnumprocs=60\nautostart=false\nprocess_name=%(process_num)02d\n",
  async (v) => {
    const all = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));
    const plain = await v.open("/", NO_SCRIPTS);
    assert.deepEqual(await names(plain), all);
    assert.equal(await plain.locator("tbody:visible").count(), 3);

    const page = await v.open("/");
    await page.getByText("live", { exact: true }).waitFor();
    const bodies = async () => await page.evaluate(BODIES);
    const full = [20, 20, 20];
    assert.deepEqual(await bodies(), [full, full, full]);
    await page.getByLabel("Filter").fill("5");
    await page.getByText("15 of 60").waitFor();
    assert.deepEqual(await bodies(), [
      [2, 20, 2],
      [2, 20, 2],
      [11, 20, 11],
    ]);
    await page.getByLabel("Filter").fill("");
    await press(page, "Name");
    await press(page, "Name");
    assert.deepEqual(await names(page), [...all].reverse());
    await press(page, "No groups");
    assert.deepEqual(await bodies(), [full, full, full]);
    await press(page, "No groups");
    assert.deepEqual(await bodies(), [full, full, full]);
    await press(page, "pool");
    assert.deepEqual(await names(page), []);
    await press(page, "No groups");
    await press(page, "No groups");
    assert.deepEqual(await names(page), []);
    await press(page, "pool");

    // One row that goes to the start and back, across bodies.
    await press(page, "State");
    await v.daemon.ask("startProcess", "pool:33");
    await page.mouse.move(0, 0);
    await until(page, `document.querySelector("tr.program").dataset.label === "pool:33"`);
    const moved = ["33", ...all.filter((name) => name !== "33")];
    assert.deepEqual(await names(page), moved);
    await v.daemon.ask("stopProcess", "pool:33");
    await until(page, `document.querySelector("tr.program").dataset.label === "pool:00"`);
    assert.deepEqual(await names(page), all);
  },
);

visit("Enter on a box or in the filter does nothing", PROGRAMS, async (v) => {
  const page = await v.open("/");
  await page.getByLabel("Select web").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Filter").focus();
  await page.keyboard.press("Enter");
  await press(page, "Stop web");
  await says(page, "Process web stopped");
  assert.equal((await v.daemon.info("pool:pool_0"))["statename"], "RUNNING");
});

visit(
  "a user who only reads sees no buttons and no boxes, live as well",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/");
    await page.fill("#username", "ann");
    await page.fill("#password", "look");
    await page.click("button.primary");
    await row(page, "pool:pool_1").waitFor();
    await row(page, "web").waitFor({ state: "detached" });
    const acting = page.locator(
      "tr.program button, td.pick, .all button, .group-actions, #selected",
    );
    assert.equal(await acting.count(), 0);
    await page.getByText("live", { exact: true }).waitFor();
    process.kill(Number((await v.daemon.info("pool:pool_1"))["pid"]), "SIGKILL");
    await page.locator("#attention").getByRole("rowheader", { name: "pool:pool_1" }).waitFor();
    assert.equal(await acting.count(), 0);
  },
  "[user:ann]\npassword=look\nprograms=pool:*\n",
);

visit(
  "with a history each row has a line of its last hour",
  `[supervisord]\nhistory=memory\n${PROGRAMS}`,
  async (v) => {
    const page = await v.open("/");
    // As it is after a minute.
    await page.route("**/trends", (route) => route.fulfill({ json: { web: ["0-iz", "12 %"] } }));
    await page.reload();
    const line = row(page, "web").getByRole("img", { name: "CPU of the last hour, at most 12 %" });
    await line.waitFor();
    // It stays when the row is replaced.
    await v.daemon.ask("stopProcess", "web");
    await shows(page, "web", "stopped");
    assert.equal(await line.count(), 1);
    assert.equal(await row(page, "broken").getByRole("img").count(), 0);
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  visit(
    `the list is accessible and fits at every width, in ${colorScheme} colours`,
    PROGRAMS,
    async (v) => {
      await v.daemon.logged(/gave up: broken/);
      for (const width of [390, 1280, 1920]) {
        const page = await v.open("/", { colorScheme, viewport: { width, height: 900 } });
        await page.getByLabel("Select web").check();
        await press(page, "Name");
        assert.deepEqual(await violations(page), [], `${width}`);
        const [wide, list] = (await page.evaluate(
          '[document.documentElement.scrollWidth, document.querySelector(".list").clientWidth]',
        )) as [number, number];
        assert.ok(wide <= width, `${wide} of ${width}`);
        assert.ok(list >= width - 80, `${list} of ${width}`);
      }
    },
  );
}
