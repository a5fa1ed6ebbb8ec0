import assert from "node:assert/strict";
import { test } from "node:test";
import { changedText, reportText } from "../../../../src/core/watch/texts.ts";

test("a file is named as the user would, in the directory of the program or by its path", () => {
  for (const directory of ["/srv/app", "/srv/app/"])
    assert.equal(changedText("/srv/app/src/a.js", { directory }), "src/a.js changed");
  assert.equal(changedText("/srv/apps/a.js", { directory: "/srv/app" }), "/srv/apps/a.js changed");
  assert.equal(changedText("/srv/a.js", { directory: null }), "/srv/a.js changed");
  const text = changedText(`/srv/\n\x1b[31m${"x".repeat(500)}/a.js`, { directory: null });
  assert.match(text, /^…x+\/a\.js changed$/);
  assert.ok(!/\p{Cc}/u.test(changedText("/srv/\n\x1b[31m", { directory: null })));
});

test("what is not watched says why, and what helps", () => {
  const failed = (errno: string) =>
    reportText({ kind: "failed", index: 0, path: "/srv/a", errno }, "web");
  assert.match(failed("ENOSPC"), /^web: \/srv\/a .*watch_ignore=.*fs\.inotify\.max_user_watches/);
  assert.match(failed("EMFILE"), /fs\.inotify\.max_user_instances/);
  assert.match(failed("ELOOP"), /: ELOOP$/);
});
