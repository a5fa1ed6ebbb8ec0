// Who may name which executable.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type NamedPathRules,
  namedPathProblem,
  type PathCaller,
} from "../../../../src/core/upgrade/dry-run.ts";
import { fc } from "../../../property.ts";

const RULES: NamedPathRules = { uid: 1000, paths: ["/usr/bin/tsv", "/opt/tsv-2/tsv"] };
const TCP: PathCaller = { user: null };
const by = (uid: number): PathCaller => ({ user: { uid } });

test("root, the daemon's own user and the daemon itself name any path", () => {
  for (const caller of [by(0), by(1000), null]) {
    assert.equal(namedPathProblem("/srv/tsv", caller, RULES), null);
  }
});

test("clients of other users and over TCP can name only listed paths, exactly as written", () => {
  for (const caller of [by(1001), by(65534), by(-1), TCP]) {
    for (const path of RULES.paths) assert.equal(namedPathProblem(path, caller, RULES), null);
    const others = ["/srv/tsv", "/opt/tsv-2/tsv/", "/opt/tsv-2/../tsv-2/tsv", "/opt/tsv-2", "tsv"];
    for (const path of others) {
      assert.equal(
        namedPathProblem(path, caller, RULES),
        `only root and uid 1000 may name ${path}, over a unix socket, unless upgrade_paths= in [supervisord] lists it`,
      );
    }
  }
});

test("for a daemon of root, only root is its own user", () => {
  const rules = { uid: 0, paths: [] };
  assert.equal(namedPathProblem("/srv/tsv", by(0), rules), null);
  assert.match(namedPathProblem("/srv/tsv", by(1000), rules) ?? "", /^only root may name \/srv/);
});

test("a path of any length makes a short text", () => {
  const text = namedPathProblem(`/${"x".repeat(1e6)}`, TCP, RULES) ?? "";
  assert.ok(text.length < 400, `${text.length} characters`);
});

test("a client of another user never gets a path that is not listed", () => {
  const caller = fc.option(fc.integer({ min: 1001 }), { nil: null });
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), caller, (path, paths, uid) => {
      const stranger = uid === null ? TCP : by(uid);
      const problem = namedPathProblem(path, stranger, { uid: 1000, paths });
      assert.equal(problem === null, paths.includes(path));
    }),
  );
});
