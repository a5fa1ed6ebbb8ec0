// Values in the syntax of shells, units and XML: whatever they hold, they are read back as they were.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { shellWord } from "../../../../src/core/base/shell-word.ts";
import { renderText, Written } from "../../../../src/core/base/template.ts";
import {
  isWritable,
  unitCommand,
  unitSetting,
  unitWord,
  xmlText,
} from "../../../../src/install/services/service-text.ts";
import { fc } from "../../../property.ts";

const writable = fc.string({ minLength: 1 }).filter(isWritable);

/** How systemd reads an item: quotes, backslashes, `%%` (systemd.syntax(7)). */
function readUnitWord(word: string): string {
  const inner = /^"(.*)"$/s.exec(word)?.[1];
  return inner === undefined ? word : inner.replace(/\\(["\\])/g, "$1").replaceAll("%%", "%");
}

void test("plain words stay bare", () => {
  for (const word of ["/usr/local/bin/tsv", "a=b", "x@y:z,1+2-3_4.5"]) {
    assert.equal(shellWord(word), word);
    assert.equal(unitWord(word), word);
  }
});

void test("a shell reads every word unchanged", () => {
  const words = fc.sample(writable, { numRuns: 200, seed: 7 });
  words.push("it's", "$HOME", "`id`", "a\\", "-n", "*", "~", "!", "#", "''", "\\'");
  const printed = execFileSync("/bin/sh", [
    "-c",
    `printf '%s\\n' ${words.map(shellWord).join(" ")}`,
  ]);
  assert.deepEqual(printed.toString().split("\n").slice(0, -1), words);
});

void test("a unit's words are read unchanged, and none ends its line", () => {
  fc.assert(
    fc.property(writable, (text) => {
      assert.equal(readUnitWord(unitWord(text)), text);
      assert.doesNotMatch(unitWord(text), /\n/);
      assert.equal(unitSetting(text).replaceAll("%%", "%"), text);
    }),
  );
  assert.equal(unitCommand(["/a $b", "100% $HOME", "c"]), '"/a $b" "100%% $$HOME" c');
});

void test("XML text contains no special character", () => {
  fc.assert(fc.property(writable, (text) => !/[<>"']|&(?!#\d+;)/.test(xmlText(text))));
  assert.equal(xmlText(`<a & "b">`), "&#60;a &#38; &#34;b&#34;&#62;");
});

void test("control characters cannot be written anywhere", () => {
  for (const text of ["", "a\nb", "a\0", "\u007f", "\t"]) assert.equal(isWritable(text), false);
});

void test("a text template escapes every value but those that are written already", () => {
  const view = { a: "x y", b: new Written("x y"), c: 5 };
  assert.equal(
    renderText("{{a}}|{{b}}|{{c}}", view, (text) => `<${text}>`),
    "<x y>|x y|<5>",
  );
  assert.throws(() => renderText("{{{a}}}", view, (text) => text), /raw/);
  assert.throws(() => renderText("{{> p}}", view, (text) => text, { p: "{{&a}}" }), /raw/);
});
