// Which links of users root follows to a log. That posix/guarded.c decides so is tested in integration/logs/links.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LinkOnTheWay, refusalOf } from "../../../../src/core/logs/guarded-links.ts";

const LINK: LinkOnTheWay = {
  uid: 33,
  holder: { uid: 33, mode: 0o755 },
  led: { uid: 33, isFile: true },
  ledIn: 0,
  isLast: true,
};

test("root's own links are followed, wherever they are and lead", () => {
  const holder = { uid: 1000, mode: 0o1777 };
  assert.equal(refusalOf({ ...LINK, uid: 0, holder, led: null }), null);
});

test("a user's symlink is followed to files and directories of that user", () => {
  assert.equal(refusalOf(LINK), null);
  assert.equal(refusalOf({ ...LINK, led: { uid: 33, isFile: false }, isLast: false }), null);
  for (const uid of [0, 1000]) {
    assert.equal(refusalOf({ ...LINK, led: { uid, isFile: true } }), "foreign");
  }
  assert.equal(refusalOf({ ...LINK, led: null }), "foreign");
});

test("and to a file in a directory of that user's, who could have moved it: also to one that root is to make", () => {
  assert.equal(refusalOf({ ...LINK, led: { uid: 0, isFile: true }, ledIn: 33 }), null);
  assert.equal(refusalOf({ ...LINK, led: null, ledIn: 33 }), null);
  const directory = { uid: 0, isFile: false };
  assert.equal(refusalOf({ ...LINK, led: directory, ledIn: 33 }), "foreign");
  assert.equal(refusalOf({ ...LINK, led: directory, ledIn: 33, isLast: false }), "foreign");
  assert.equal(refusalOf({ ...LINK, led: null, ledIn: null }), "foreign");
});

test("in a world-writable directory only the owner's symlinks are followed", () => {
  assert.equal(refusalOf({ ...LINK, holder: { uid: 0, mode: 0o1777 } }), "sticky");
  assert.equal(refusalOf({ ...LINK, holder: { uid: 33, mode: 0o1777 } }), null);
  for (const mode of [0o1775, 0o777]) {
    assert.equal(refusalOf({ ...LINK, holder: { uid: 0, mode } }), null);
  }
});
