// Signing in and out with the page.

import assert from "node:assert/strict";
import { expectAccessible } from "./axe.ts";
import { NO_SCRIPTS, visit } from "./rig.ts";

const PROGRAMS = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
const USERS = "[user:ann]\npassword=look\n";

for (const [how, options] of [
  ["with", {}],
  ["without", NO_SCRIPTS],
] as const) {
  visit(
    `a person signs in, gets to the page that was asked for, and signs out, ${how} scripts`,
    PROGRAMS,
    async (v) => {
      const page = await v.open("/program.html?processname=web", options);
      await page.fill("#username", "ann");
      await page.fill("#password", "look");
      await page.click("button.primary");
      await page.waitForURL(/program\.html\?processname=web$/);
      await page.getByText("Signed in as ann").waitFor();
      await page.click("text=Sign out");
      await page.waitForURL(/\/login$/);
      await page.goto(`${v.address}/`);
      assert.match(page.url(), /\/login$/);
    },
    USERS,
  );
}

visit(
  "the page to sign in is accessible at every width, in light and dark colours",
  PROGRAMS,
  async (v) => {
    await expectAccessible(v, "/login", (page) => page.locator("#username").waitFor());
  },
  USERS,
);
