// Advice about the programs of users.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const PROGRAMS =
  "[program:db]\ncommand=/bin/db\n" +
  "[program:web]\ncommand=/bin/web\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)d\n" +
  "[program:a]\ncommand=/bin/a\n[group:pool]\nprograms=a\n";

/** The suggestions about programs= of a user. */
function suggestions(programs: string, defined = PROGRAMS): readonly (string | null)[] {
  const user = `[user:ann]\npassword=p\nprograms=${programs}\n`;
  const world = fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${user}${defined}` });
  return checkConfig("/etc/s.conf", world).flatMap(({ rule, key, suggestion }) =>
    rule === "matches-no-program" && key === "programs" ? [suggestion] : [],
  );
}

test("a pattern that matches no program is warned of, with the pattern that would", () => {
  assert.deepEqual(suggestions("web"), ["write web:*"]);
  assert.deepEqual(suggestions("db, a, w?b, nope"), [
    ...["write *:a", "write w?b:*", "correct or remove it"],
  ]);
  assert.deepEqual(suggestions("nope:*"), ["correct or remove it"]);
  for (const sound of ["*", "db", "web:*", "web:web_1", "pool:a", "*:a"]) {
    assert.deepEqual(suggestions(sound), [], sound);
  }
  assert.deepEqual(suggestions("*", ""), ["correct or remove it"]);
});
