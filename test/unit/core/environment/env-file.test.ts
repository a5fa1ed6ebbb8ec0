import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type EnvFileError,
  parseEnvBytes,
  parseEnvFile,
} from "../../../../src/core/environment/env-file.ts";
import { fc } from "../../../property.ts";

function read(text: string): Record<string, string> {
  const parsed = parseEnvFile(text);
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
  return Object.fromEntries(parsed.value.map(({ name, value }) => [name, value]));
}

function refused(text: string): EnvFileError {
  const parsed = parseEnvFile(text);
  assert.ok(!parsed.ok, "was accepted");
  return parsed.error;
}

describe("parseEnvFile", () => {
  it("reads names and values, and passes comments and blank lines", () => {
    assert.deepEqual(read("# a\n\n; b\n  A=1\nB = two words  \n\t# c\nC=\n"), {
      A: "1",
      B: "two words",
      C: "",
    });
    assert.deepEqual(read(""), {});
    assert.deepEqual(read("A=1"), { A: "1" });
  });

  it("keeps what only looks like a comment or a variable", () => {
    assert.deepEqual(read("A=x # y\nB=#y\nC=$HOME ${X} `id` $(id)\nD=100%\nE=%(ENV_HOME)s"), {
      A: "x # y",
      B: "#y",
      C: "$HOME ${X} `id` $(id)",
      D: "100%",
      E: "%(ENV_HOME)s",
    });
  });

  it("takes quotes off, and keeps what is in them", () => {
    assert.deepEqual(read(`A='a "b" \\ $c'\nB="a 'b' \\" \\\\ \\$c \\n"\nC="a"'b'c\nD=" "  \n`), {
      A: 'a "b" \\ $c',
      B: "a 'b' \" \\ $c \\n",
      C: "abc",
      D: " ",
    });
    assert.deepEqual(read(`A=it's\nB=say "x"\n`), { A: "it's", B: 'say "x"' });
  });

  it("reads a value of several lines", () => {
    assert.deepEqual(read('A="1\n2"\nB=\'3\r\n4\'\nC=5\\\n6\nD="7\\\n8"\n'), {
      A: "1\n2",
      B: "3\r\n4",
      C: "56",
      D: "78",
    });
  });

  it("takes a backslash as the sign that the next character is meant as it is", () => {
    assert.deepEqual(read("A=a\\b\\\\c\nB=x\\ \nC=\\'x\\'\n"), { A: "ab\\c", B: "x ", C: "'x'" });
  });

  it("reads files of Windows", () => {
    assert.deepEqual(read("\u{feff}A=1\r\nB=2 \r\n\r\n# c\r\nC=3\\\r\n4\r\n"), {
      A: "1",
      B: "2",
      C: "34",
    });
  });

  it("takes export, and names that only docker takes", () => {
    assert.deepEqual(read("export A=1\nexport\tB=2\ndiscovery.type=single-node\na-b=c\nexport=4"), {
      A: "1",
      B: "2",
      "discovery.type": "single-node",
      "a-b": "c",
      export: "4",
    });
  });

  it("tells each value's line, and lets the last of several count", () => {
    const parsed = parseEnvFile('A=1\n# x\nB="2\n3"\nA=4\n');
    assert.deepEqual(parsed.ok && parsed.value, [
      { name: "A", value: "1", line: 1 },
      { name: "B", value: "2\n3", line: 3 },
      { name: "A", value: "4", line: 5 },
    ]);
  });

  it("has variables with the names of an object's members", () => {
    const parsed = parseEnvFile("__proto__=1\nconstructor=2\n");
    assert.deepEqual(parsed.ok && parsed.value.map(({ name }) => name), [
      "__proto__",
      "constructor",
    ]);
  });

  for (const [text, line, column, reason] of [
    ["A=1\nhunter2\n", 2, 1, /no = in this line/],
    ["A=1\n  export B\nC=2", 2, 3, /no = in this line/],
    ["=x", 1, 1, /no name before the =/],
    ["export =x", 1, 8, /no name before the =/],
    ["A=1\n B C=2", 2, 3, /cannot contain white space/],
    ['A"B=2', 1, 2, /cannot contain "/],
    ["$A=2", 1, 1, /cannot contain \$/],
    ["A\u{7}=2", 1, 2, /control character/],
    ["A=1\nB=\"x\ny\nC='z'", 2, 3, /has no end/],
    ["B='x", 1, 3, /has no end/],
    ['A="x" # y', 1, 7, /a comment has a line of its own/],
    ['A="x" "y"', 1, 7, /only white space may follow/],
    ["A=x\\", 1, 4, /nothing after this backslash/],
    ["A=x\ry\n", 1, 4, /carriage return/],
    ["A=1\nB=\u{e9}\0\n", 2, 4, /NUL/],
    ["\u{feff}=x", 1, 1, /no name/],
    [`A=1\nB=${"x".repeat(128 * 1024)}`, 2, 1, /more than 128 KiB/],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))} at ${line}:${column}`, () => {
      const error = refused(text);
      assert.deepEqual([error.line, error.column], [line, column]);
      assert.match(error.reason, reason);
    });
  }

  it("takes the longest variable that a program can be given", () => {
    assert.equal(read(`B=${"x".repeat(128 * 1024 - 3)}`)["B"]?.length, 128 * 1024 - 3);
  });

  it("refuses bytes that are not UTF-8 where they are", () => {
    const parsed = parseEnvBytes(Uint8Array.of(0x41, 0x3d, 0x31, 0x0a, 0x42, 0x3d, 0xff, 0x0a));
    assert.deepEqual(parsed, { ok: false, error: { line: 2, column: 3, reason: "not UTF-8" } });
  });

  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
  const value = fc.string({ maxLength: 40, unit: "binary" }).filter((text) => {
    return !/[\0\ud800-\udfff]/.test(text);
  });

  it("reads back what is quoted, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value, fc.boolean()), { maxLength: 8 }), (pairs) => {
        const text = pairs.map(([key, content, isSingle]) =>
          isSingle && !content.includes("'")
            ? `${key}='${content}'\n`
            : `${key}="${content.replace(/["\\`$]/g, "\\$&")}"\n`,
        );
        const parsed = parseEnvFile(text.join(""));
        assert.deepEqual(
          parsed.ok && parsed.value.map((each) => [each.name, each.value]),
          pairs.map(([key, content]) => [key, content]),
        );
      }),
    );
  });

  it("ends with variables or with a place that is in the text, and shows nothing of it", () => {
    const piece = fc.constantFrom("A", "=", '"', "'", "\\", "\n", "\r\n", "\r", " ", "#", "$", "é");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const parsed = parseEnvFile(text);
        if (parsed.ok) return;
        const { line, column } = parsed.error;
        const lines = text.split("\n");
        assert.ok(line >= 1 && line <= lines.length);
        assert.ok(column >= 1 && column <= Array.from(lines[line - 1] ?? "").length + 1);
        assert.ok(!parsed.error.reason.includes("é"));
      }),
      { numRuns: 1000 },
    );
  });
});
