// Walks along paths with links in them, as the kernel takes them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LinkWalk, MOST_LINKS } from "../../../../src/core/base/link-walk.ts";
import { fc } from "../../../property.ts";

/** Where a path leads, on a host that has these links; null for a loop. */
function leads(path: string, links: Record<string, string>): string | null {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const target = links[next];
    if (target !== undefined && !walk.follow(target)) return null;
  }
  return walk.at;
}

describe("a walk", () => {
  test("without links ends at the path itself, without dots and doubled slashes", () => {
    assert.equal(leads("/a/b/c", {}), "/a/b/c");
    assert.equal(leads("//a/./b//", {}), "/a/b");
    assert.equal(leads("/a/../../b", {}), "/b");
    for (const root of ["/", "", "/..", "."]) assert.equal(leads(root, {}), "/");
  });

  test("continues at the target of a symlink: from the root, or from the directory that contains it", () => {
    assert.equal(leads("/a/link/c", { "/a/link": "/x" }), "/x/c");
    assert.equal(leads("/a/link/c", { "/a/link": "x/y" }), "/a/x/y/c");
    assert.equal(leads("/a/link/../c", { "/a/link": "/x/y" }), "/x/c");
    assert.equal(leads("/a/link", { "/a/link": "." }), "/a");
    assert.equal(leads("/a/one", { "/a/one": "two", "/a/two": "../b" }), "/b");
  });

  test("ends where the kernel gives up", () => {
    assert.equal(leads("/a", { "/a": "a" }), null);
    const chain = (length: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length }, (_, at) => [`/${at}`, `${at + 1}`]));
    assert.equal(leads("/0", chain(MOST_LINKS)), `/${MOST_LINKS}`);
    assert.equal(leads("/0", chain(MOST_LINKS + 1)), null);
  });

  test("reports the directory of each name and the remaining path", () => {
    const walk = new LinkWalk("/a/../b");
    assert.deepEqual([walk.next(), walk.name, walk.at, walk.rest], ["/a", "a", "/", ["..", "b"]]);
    assert.deepEqual([walk.next(), walk.name, walk.at, walk.isLast], ["/", "..", "/a", false]);
    assert.deepEqual([walk.next(), walk.name, walk.at, walk.isLast], ["/b", "b", "/", true]);
    assert.ok(walk.follow("c/d"));
    assert.deepEqual([walk.isLast, walk.next(), walk.isLast], [false, "/c", false]);
    assert.deepEqual([walk.next(), walk.next(), walk.at], ["/c/d", null, "/c/d"]);
  });

  test("never leaves a dot or a doubled slash in a path", () => {
    const names = fc.array(fc.constantFrom("a", "b", ".", "..", ""), { maxLength: 8 });
    fc.assert(
      fc.property(names, names, (path, target) => {
        const walk = new LinkWalk(`/${path.join("/")}`);
        for (let next = walk.next(); next !== null; next = walk.next()) {
          assert.match(next, /^\/(?:[ab](?:\/[ab])*)?$/);
          if (next.endsWith("b")) walk.follow(target.join("/"));
        }
      }),
    );
  });
});
