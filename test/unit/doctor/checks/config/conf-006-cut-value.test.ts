// CONF-006: values that end at a comment sign inside quotes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CUT_VALUE } from "../../../../../src/doctor/checks/config/conf-006-cut-value.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\n";

describe("CONF-006", () => {
  test("blanks before semicolons inside quotes go, and the comment behind them stays", () => {
    assert.equal(
      fixed(CUT_VALUE, `${S}command=sh -c 'a ; b "c" ; d' ; e 'f\n`),
      `${S}command=sh -c 'a; b "c"; d' ; e 'f\n`,
    );
    assert.equal(
      fixed(CUT_VALUE, `${S}command=sh -c "a ; \\"b"\n`),
      `${S}command=sh -c "a; \\"b"\n`,
    );
  });

  test("a number sign, a lost quote and a continuation line are left to a person", () => {
    for (const text of [
      "command=sh -c 'a #b'\n",
      "command=sh -c 'a ; b\n",
      "command=sh -c 'a\n  b ; c'\n",
    ]) {
      const found = findings(CUT_VALUE, S + text);
      assert.deepEqual(
        found.map(({ repair }) => repair.class),
        found.map(() => "C"),
        text,
      );
    }
  });

  test("comments that are meant are none of its business", () => {
    const text = `${S}command=sh -c 'a; b' ; it's mine\nuser=root ; don't\n`;
    assert.deepEqual(findings(CUT_VALUE, text), []);
  });
});
