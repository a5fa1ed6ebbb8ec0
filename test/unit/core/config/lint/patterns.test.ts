// Advice about the programs of users and receivers of alerts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const PROGRAMS =
  "[program:db]\ncommand=/bin/db\n" +
  "[program:web]\ncommand=/bin/web\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)d\n" +
  "[program:a]\ncommand=/bin/a\n[group:pool]\nprograms=a\n";

const SECTIONS = ["[user:ann]\npassword=p", "[notify:ops]\nmail=root"];

/** The suggestions about programs= of a section. */
function suggestions(section: string, programs: string, defined: string) {
  const lines = `[supervisord]\nuser=root\n${section}\nprograms=${programs}\n${defined}`;
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": lines })).flatMap(
    ({ rule, key, suggestion }) =>
      rule === "matches-no-program" && key === "programs" ? [suggestion] : [],
  );
}

for (const section of SECTIONS) {
  const suggested = (programs: string, defined = PROGRAMS) =>
    suggestions(section, programs, defined);

  test(`${section.replace(/\n.*/s, "")}: a pattern that matches no program is warned of`, () => {
    assert.deepEqual(suggested("web"), ["write web:*"]);
    assert.deepEqual(suggested("db, a, w?b, nope"), [
      ...["write *:a", "write w?b:*", "correct or remove it"],
    ]);
    assert.deepEqual(suggested("nope:*"), ["correct or remove it"]);
    for (const sound of ["*", "db", "web:*", "web:web_1", "pool:a", "*:a"]) {
      assert.deepEqual(suggested(sound), [], sound);
    }
    assert.deepEqual(suggested("*", ""), ["correct or remove it"]);
  });
}
