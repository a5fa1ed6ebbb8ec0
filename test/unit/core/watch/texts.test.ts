import assert from "node:assert/strict";
import { test } from "node:test";
import { changedText, reportLines } from "../../../../src/core/watch/texts.ts";

test("a file is named as the user would, in the directory of the program or by its path", () => {
  for (const directory of ["/srv/app", "/srv/app/"])
    assert.equal(changedText("/srv/app/src/a.js", { directory }), "src/a.js changed");
  assert.equal(changedText("/srv/apps/a.js", { directory: "/srv/app" }), "/srv/apps/a.js changed");
  assert.equal(changedText("/srv/a.js", { directory: null }), "/srv/a.js changed");
  const text = changedText(`/srv/\n\x1b[31m${"x".repeat(500)}/a.js`, { directory: null });
  assert.match(text, /^…x+\/a\.js changed$/);
  assert.ok(!/\p{Cc}/u.test(changedText("/srv/\n\x1b[31m", { directory: null })));
});

test("what is not watched says why, and what helps, in 80 columns", () => {
  const failed = (errno: string) =>
    reportLines({ kind: "failed", index: 0, path: "/srv/a", errno }, "web");
  const many = reportLines({ kind: "too-many", index: 0, most: 10_000 }, "web");
  const all = ["ENOENT", "EACCES", "ENOSPC", "EMFILE", "ELOOP"].flatMap(failed);
  for (const line of [...all, ...many]) assert.ok(line.length <= 80, line);
  assert.match(failed("ENOSPC")[1] ?? "", /^web: .*watch_ignore=.*fs\.inotify\.max_user_watches/);
  assert.match(failed("EMFILE")[1] ?? "", /fs\.inotify\.max_user_instances/);
  assert.deepEqual(failed("ELOOP"), ["web: /srv/a is not watched: ELOOP"]);
});
