// Command lines, patterns and values, compared with the Python code that defines them: same values, same error texts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getopt } from "../../../src/core/command-line/getopt.ts";
import { globMatch } from "../../../src/core/config/glob.ts";
import { splitCommand } from "../../../src/core/config/posix-lexer.ts";
import type { ValueKind } from "../../../src/core/config/value-types.ts";
import { parseValue } from "../../../src/core/config/values.ts";
import { fc } from "../../property.ts";
import { answer, compare, sample, textOf } from "./compare.ts";
import { ask, missingOracle, realWorld } from "./oracle.ts";

const missing = missingOracle();
const skip = missing === null ? false : `compared with nothing: ${missing}`;

describe("compared with Python", { skip }, () => {
  test("command lines split into the same words", () => {
    const pieces = [
      "a",
      " ",
      "  ",
      "\n",
      "'",
      '"',
      "\\",
      "$",
      "#",
      ";",
      "''",
      '""',
      "\t",
      "é",
      "--x=y",
      "$'a'",
    ];
    const questions = sample(textOf(pieces, 12), 5000).map((text) => ({ op: "split", text }));
    compare("command lines", questions, ({ text }) => answer(splitCommand(text)));
  });

  test("file name patterns match the same names", () => {
    const pieces = [
      "a",
      "b",
      "z",
      "*",
      "?",
      "[",
      "]",
      "!",
      "-",
      "^",
      "\\",
      ".",
      "[a-c]",
      "[!a]",
      "{",
      "é",
      "[]a]",
      "[z-a]",
    ];
    const names = textOf(
      ["a", "b", "c", "z", "-", "]", "[", "!", "^", ".", "\\", "é", "{", "*"],
      5,
    );
    const questions = sample(fc.tuple(textOf(pieces, 6), names), 8000).map(([pattern, name]) => {
      return { op: "glob", pattern, name };
    });
    compare("patterns", questions, ({ pattern, name }) => ({ value: globMatch(pattern, name) }));
  });

  test("options of the command line are found the same", () => {
    const words = fc.constantFrom(
      "-a",
      "-b",
      "-bX",
      "-ab",
      "-abX",
      "-z",
      "--alpha",
      "--al",
      "--beta",
      "--beta=1",
      "--bet",
      "--better=2",
      "--b",
      "--alpha=1",
      "--nope",
      "-",
      "--",
      "word",
      "",
      "--=x",
      "-?",
    );
    const specs = [
      { short: "a", long: "alpha", takesValue: false },
      { short: "b", long: "beta", takesValue: true },
      { short: null, long: "better", takesValue: true },
      { short: "?", long: null, takesValue: false },
    ];
    const questions = sample(fc.array(words, { maxLength: 5 }), 4000).map((args) => {
      return { op: "getopt", args, short: "ab:?", long: ["alpha", "beta=", "better="] };
    });
    compare("command line options", questions, ({ args }) =>
      answer(getopt(args, specs), ({ options, positionals }) => [
        options.map(({ name, value }) => [name, value]),
        positionals,
      ]),
    );
  });

  test("values convert the same or are refused in the same words", () => {
    const world = realWorld("/");
    const pieces = [
      "1",
      "0",
      "12",
      "-",
      "+",
      "_",
      " ",
      "KB",
      "mb",
      "GB",
      ".",
      "e",
      ",",
      "0o",
      "7",
      "9",
      "x",
      "é",
    ];
    const words = [
      "true",
      "Yes",
      "off",
      "unexpected",
      "info",
      "WARN",
      "TERM",
      "sigusr1",
      " hup ",
      "34",
      "35",
      "64",
      "rtmin",
      "AUTO",
      "*:80",
      ":80",
      "Host:1",
      "80",
      "a:b:99999",
      "h:",
      "",
      "a b",
      "x/y",
      "A=1,B=2",
      "A='b c'",
      "A=$X",
      "A=1,,B=2",
      'A="b\\"c";D=e',
      "A=a b",
      "A=",
      "A=b#c",
      "é=ü,b=c",
      'A="',
      "A=\\",
      "'A'=b\"c d\"",
    ];
    const kinds: readonly ValueKind[] = [
      "integer",
      "boolean",
      "octal",
      "log level",
      "signal",
      "exit codes",
      "list",
      "address",
      "name",
      "autorestart",
      "environment",
    ];
    const texts = fc.oneof(textOf(pieces, 5), fc.constantFrom(...words));
    const environment = textOf(
      ["A", "=", ",", "b", "'", '"', "\\", " ", "#", "\n", "é", "$", ";", "/", "漢", "A=1,"],
      9,
    );
    const pairs = [
      ...sample(fc.tuple(fc.constantFrom(...kinds), texts), 8000),
      ...sample(environment, 4000).map((text): [ValueKind, string] => ["environment", text]),
    ];
    const questions = pairs.map(([kind, text]) => ({ op: "value", kind, text }));
    const levels: Readonly<Record<string, number>> = {
      CRIT: 50,
      ERRO: 40,
      WARN: 30,
      INFO: 20,
      DEBG: 10,
    };
    compare("values", questions, ({ kind, text }) =>
      answer(parseValue(kind, text, world), (value) => {
        if (kind === "log level") return levels[String(value)];
        if (kind === "address" && typeof value === "object" && "host" in value)
          return [value.host, value.port];
        return value;
      }),
    );
    // size-forms: more is a size than for Supervisor.
    const sizes = sample(texts, 4000);
    const theirs = ask(sizes.map((text) => ({ op: "value", kind: "byte size", text })));
    for (const [index, text] of sizes.entries()) {
      const wanted = theirs[index] ?? {};
      if ("value" in wanted) {
        assert.deepEqual(answer(parseValue("size", text, world)), wanted, text);
      }
    }
  });
});
