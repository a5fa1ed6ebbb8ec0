// The page of the doctor: from the list to the findings, with commands to copy.

import assert from "node:assert/strict";
import { expectAccessible } from "./axe.ts";
import { NO_SCRIPTS, press, visit } from "./rig.ts";

const PROGRAMS = `
[program:broken]
command=/no/such/program
startretries=0
[program:shell]
command=sh -c 'while sleep 1000; do :; done'
startsecs=0
`;

visit("the host is examined on request, with scripts and without", PROGRAMS, async (v) => {
  for (const options of [NO_SCRIPTS, {}]) {
    const page = await v.open("/", options);
    await page.getByRole("link", { name: "Doctor" }).click();
    await page.getByRole("button", { name: /^Examine/ }).click();
    const finding = page.getByRole("region", { name: "PROG-001 broken" });
    await finding.getByText("The path in command= does not exist.").waitFor();
    await page.getByRole("button", { name: "Examine again" }).waitFor();
    await finding.getByRole("link", { name: "broken" }).click();
    await page.getByRole("heading", { name: "broken", level: 1 }).waitFor();
    await page.context().close();
  }
});

visit("commands are copied, or selected where there is no clipboard", PROGRAMS, async (v) => {
  const page = await v.open("/doctor.html");
  await press(page, "Examine the host");
  const finding = page.getByRole("region", { name: "PROG-011 shell" });
  const commands = await finding.locator("pre").textContent();
  assert.match(commands ?? "", /stopasgroup=true/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copy = finding.getByRole("button", { name: /^Copy the commands/ });
  await copy.click();
  await copy.getByText("Copied").waitFor();
  assert.equal(await page.evaluate("navigator.clipboard.readText()"), commands);
  await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })');
  await copy.click();
  await copy.getByText("Press Ctrl+C").waitFor();
  assert.equal(await page.evaluate("String(getSelection())"), commands);
});

visit("the page of the doctor is accessible, and fits", PROGRAMS, async (v) => {
  await expectAccessible(v, "/doctor.html", (page) =>
    page.getByRole("button", { name: "Examine the host" }).waitFor(),
  );
  const page = await v.open("/doctor.html");
  await press(page, "Examine the host");
  await page.getByRole("region", { name: "PROG-001 broken" }).waitFor();
  await expectAccessible(v, "/doctor.html", async (shown) => {
    await shown.getByRole("region", { name: "PROG-001 broken" }).waitFor();
    await shown.setViewportSize({ width: 390, height: 900 });
    const width = await shown.evaluate("document.documentElement.scrollWidth");
    assert.ok(Number(width) <= 390, String(width));
  });
});

visit(
  "a user who only reads has no link to it, and is refused",
  PROGRAMS,
  async (v) => {
    const page = await v.open("/login?next=.%2F");
    await page.fill("#username", "ann");
    await page.fill("#password", "look");
    await page.click("button.primary");
    await page.getByRole("link", { name: "Logs" }).first().waitFor();
    assert.equal(await page.getByRole("link", { name: "Doctor" }).count(), 0);
    assert.equal(await page.getByRole("link", { name: "Activity log" }).count(), 0);
    const answer = await page.context().request.get(`${v.address}/doctor.html`);
    assert.equal(answer.status(), 403);
  },
  "[user:ann]\npassword=look\n",
);
