// The grammars of files and texts, compared with the Python code that defines them: same values, same error texts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { pyRepr } from "../../../src/core/base/py-repr.ts";
import { expand } from "../../../src/core/config/expand.ts";
import { OPTIONS } from "../../../src/core/config/options/table.ts";
import { parseIni } from "../../../src/core/config/raw.ts";
import { fc } from "../../property.ts";
import { answer, compare, inBothUnicodes, sample, textOf, wellFormed } from "./compare.ts";
import { missingOracle } from "./oracle.ts";

const missing = missingOracle();
const skip = missing === null ? false : `compared with nothing: ${missing}`;

describe("compared with Python", { skip }, () => {
  test("documents have the same sections, values and syntax errors", () => {
    const pieces = [
      "[a]",
      "[b c]",
      "[DEFAULT]",
      "[a.b]",
      "[x]y]",
      "[]",
      "[__proto__]",
      "key",
      "Key2",
      "1",
      "=",
      ":",
      " = ",
      " ",
      "  ",
      "\t",
      "\n",
      "\n",
      "\n",
      "\n ",
      "\n  ",
      "\r\n",
      "\r",
      ";",
      "#",
      " ;",
      " # c",
      "value",
      '"q q"',
      "'s'",
      "\\",
      "true",
      "%(here)s",
      "é",
      "中文",
      "\ufeff",
      "\u2028",
      "\x1c",
      "\x85",
      "\u00a0",
      "\u3000",
    ];
    const lines = fc.constantFrom(
      "[s]",
      "[t] ; c",
      "  [u]",
      "k=v",
      "K : v",
      "k=",
      "k = a ; b",
      "k=a;b;c ;d #e",
      "k=;x",
      "k= #x",
      "\tk=v",
      "  more",
      "    even more",
      "",
      "  ",
      "; c",
      "  # c",
      "bad",
      "=bad",
      "[a]]b]",
      "k[]=1",
      "__proto__=x",
      "k='{\"a\":1}'",
      "k=null",
    );
    const documents = [
      ...sample(textOf(pieces, 30), 3000),
      ...sample(
        fc.array(lines, { maxLength: 14 }).map((parts) => `${parts.join("\n")}\n`),
        6000,
      ),
      ...sample(
        fc
          .string({ unit: "binary", maxLength: 40 })
          .map((s) => `[s]\nk=${inBothUnicodes(wellFormed(s))}`),
        500,
      ),
    ];
    const questions = documents.map((text) => ({ op: "ini", text }));
    compare("documents", questions, ({ text }) => {
      const parsed = parseIni(text, "f.conf");
      if (!parsed.ok) return { error: parsed.error.text };
      const pairs = (name: string): string[][] =>
        Array.from(parsed.value.sections.get(name)?.options.values() ?? [], (o) => [
          o.key,
          o.value,
        ]);
      const names = Array.from(parsed.value.sections.keys()).filter((name) => name !== "DEFAULT");
      return { value: { sections: names.map((n) => [n, pairs(n)]), defaults: pairs("DEFAULT") } };
    });
  });

  test("the options that are marked as tsv's own are those that Supervisor does not read", () => {
    const source = readFileSync("/usr/lib/python3/dist-packages/supervisor/options.py", "utf8");
    const isRead = (key: string): boolean => {
      // Those of channels are put together there: "%s_logfile_maxbytes".
      const name = key.replace(/^std(?:out|err)_/, "").replaceAll(".", "\\.");
      return new RegExp(`["'](?:(?:stdout|stderr|%s)_)?${name}["']`).test(source);
    };
    // Supervisor reads these in other sections alone.
    const isElsewhere = (section: string, key: string): boolean =>
      ["user", "notify", "fleet"].includes(section) ||
      (section === "program" && key.startsWith("socket")) ||
      (section === "supervisord" && key === "history");
    const wrong = OPTIONS.filter(
      ({ section, key, isOwn = false }) => (isRead(key) && !isElsewhere(section, key)) === isOwn,
    );
    assert.deepEqual(
      wrong.map(({ section, key }) => `${section}.${key}`),
      [],
    );
  });

  test("string literals are printed the same", () => {
    const texts = [
      ...sample(fc.string({ unit: "binary", maxLength: 12 }), 1500),
      ...sample(textOf(["'", '"', "\\", "\n", "a", "\x7f", "\xad", "\u2028", "é"], 8), 500),
    ].map((text) => inBothUnicodes(wellFormed(text)));
    compare(
      "literals",
      texts.map((text) => ({ op: "repr", text })),
      ({ text }) => ({ value: pyRepr(text) }),
    );
  });

  test("expansions give the same text or the same complaint", () => {
    const pieces = [
      "%%",
      "%(",
      "%(a)",
      "%(n)",
      "%(x)",
      "s",
      "d",
      "05d",
      "r",
      "a",
      "(",
      ")",
      "-8",
      "+",
      " ",
      "#",
      "0",
      "3",
      ".2",
      "*",
      "x",
      "X",
      "o",
      "c",
      "e",
      "f",
      "g",
      "G",
      "l",
      "q",
      "%",
      "text",
      "é",
      "%(n)d",
      "%(n)03d",
      "%(a)s",
      "%(a(b))s",
    ];
    const names = { a: "Ab'c", n: 42, "a(b)": "nested" };
    const texts = sample(textOf(pieces, 7), 6000)
      // A bare %s is the one deliberate difference: Python prints its whole dictionary.
      .filter((text) => !hasBare(text));
    const questions = texts.map((text) => ({ op: "expand", text, names, where: "s.o" }));
    const known = new Map<string, string | number>(Object.entries(names));
    compare("expansions", questions, ({ text }) => answer(expand(text, known, "s.o")));
  });
});

/** Whether some conversion has no name, which is where Python would insert its dictionary. */
function hasBare(text: string): boolean {
  return /(?:^|[^%])(?:%%)*%[-+ #0]*\d*(?:\.\d*)?[hlL]?[sra]/.test(text);
}
