import assert from "node:assert/strict";
import { test } from "node:test";
import { countsFor } from "../../../../src/core/watch/ignored.ts";

const counts = countsFor(
  { ignored: ["*.tmp", "cache", "/srv/app/public/up*"] },
  { ownFiles: ["/srv/app/web.log"] },
);

for (const [path, does] of [
  ["/srv/app/app.js", true],
  ["/srv/app/.env", true],
  ["/srv/app/a.tmp", false],
  ["/srv/app/cache", false],
  ["/srv/app/cached", true],
  ["/srv/app/public/uploads", false],
  ["/srv/app/public/uploads/a.png", false],
  ["/srv/app/public/site.css", true],
  // Always.
  ["/srv/app/.git", false],
  ["/srv/app/node_modules", false],
  ["/srv/app/lib/__pycache__", false],
  ["/srv/app/.app.js.swp", false],
  ["/srv/app/app.js~", false],
  // Of tsv itself.
  ["/srv/app/web.log", false],
  ["/srv/app/web.log.1", false],
  ["/srv/app/web.log.2.gz", false],
  ["/srv/app/other.log", true],
  ["/srv/app/web-stdout---supervisor-ab12cd34.log", false],
] as const) {
  test(`${path} ${does ? "counts" : "does not count"}`, () => assert.equal(counts(path), does));
}
