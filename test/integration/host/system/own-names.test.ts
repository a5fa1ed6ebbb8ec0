// The user of this process, with and without an entry in /etc/passwd.

import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { type TestContext, test } from "node:test";
import { createConfigWorld } from "../../../../src/host/files/config-world.ts";
import { createAccounts } from "../../../../src/host/system/accounts.ts";
import { ownAccount, ownHome, ownUser } from "../../../../src/host/system/identity.ts";

const withoutRoot = process.getuid?.() === 0 ? false : "needs root: it changes users";
const UNKNOWN = 12_345;

/** Runs the rest of the test without $HOME. */
function withoutHome(t: TestContext): void {
  const { HOME } = process.env;
  delete process.env["HOME"];
  t.after(() => {
    if (HOME !== undefined) process.env["HOME"] = HOME;
  });
}

test("the account and the home of this user are those of the system", (t) => {
  assert.equal(ownHome({ HOME: "/home/of/env" }), "/home/of/env");
  const { uid, gid, username, homedir } = userInfo();
  withoutHome(t);
  assert.deepEqual(ownAccount(), { uid, gid, name: username });
  assert.deepEqual(ownUser(), { name: username, home: homedir });
});

test("a uid without an account has its number as its name, and / as its home", {
  skip: withoutRoot,
}, (t) => {
  withoutHome(t);
  process.setegid?.(UNKNOWN);
  process.seteuid?.(UNKNOWN);
  t.after(() => {
    process.seteuid?.(0);
    process.setegid?.(0);
  });
  assert.deepEqual(ownAccount(), { uid: UNKNOWN, gid: UNKNOWN, name: "12345" });
  assert.deepEqual(ownUser(), { name: "12345", home: "/" });
  assert.equal(createConfigWorld(createAccounts()).home, "/");
});
