// The data of ICU in the executable: thinned, and what tsv uses of it works as in the Node that it comes from.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../e2e/rig/places.ts";

const load = (name: string) => import(pathToFileURL(join(ROOT, "packaging/standalone", name)).href);

/** Header and table of a package with these items, of 16 bytes each, behind some bytes of a binary. */
function packageOf(names: readonly string[]): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt16LE(header.length, 0);
  header.set([0xda, 0x27], 2);
  header.write("CmnD", 12);
  const texts = Buffer.from(names.map((name) => `icudt1l/${name}\0`).join(""), "latin1");
  const table = Buffer.alloc(4 + 8 * names.length);
  table.writeUInt32LE(names.length, 0);
  let nameAt = table.length;
  const dataAt = table.length + texts.length;
  for (const [index, name] of names.entries()) {
    table.writeUInt32LE(nameAt, 4 + 8 * index);
    table.writeUInt32LE(dataAt + 16 * index, 8 + 8 * index);
    nameAt += name.length + 9;
  }
  const items = names.map((_, index) => Buffer.alloc(16, index + 1));
  return Buffer.concat([Buffer.from("CmnD no header"), header, table, texts, ...items]);
}

describe("thinning", () => {
  const REMOVED = ["af.res", "de_DE.res", "coll/zh.res", "brkitr/cjdict.dict", "zone/es_419.res"];
  const KEPT = [
    ...["root.res", "pool.res", "en.res", "en_US.res", "zone/en_001.res", "zone/root.res"],
    ...["res_index.res", "zoneinfo64.res", "metaZones.res", "ibm-943_P15A-2003.cnv", "uts46.nrm"],
  ];
  const FILL = Array.from({ length: 100 }, (_, index) => `unit${index}.icu`);
  const names = [...REMOVED, ...KEPT, ...FILL, "zu.res"].sort();

  test("empties the items of other languages, and leaves the others where they were", async () => {
    const { thinIcu } = await load("icu.mjs");
    const before = packageOf(names);
    const after = Buffer.from(before);
    thinIcu(after);
    const toc = 14 + 32;
    const left = Array.from({ length: after.readUInt32LE(toc) }, (_, index) => {
      const [nameAt, data] = [4, 8].map((at) => toc + after.readUInt32LE(toc + at + 8 * index));
      assert.ok(nameAt !== undefined && data !== undefined);
      assert.deepEqual(after.subarray(data, data + 16), before.subarray(data, data + 16));
      return after.toString("latin1", nameAt + 8, after.indexOf(0, nameAt));
    });
    assert.deepEqual(left, [...KEPT, ...FILL].sort());
    const items = before.length - 16 * names.length;
    for (const name of REMOVED) {
      const at = items + 16 * names.indexOf(name);
      assert.ok(
        after.subarray(at, at + 16).every((byte) => byte === 0),
        name,
      );
    }
  });

  test("refuses a binary in which it finds no data", async () => {
    const { thinIcu } = await load("icu.mjs");
    assert.throws(() => thinIcu(packageOf(["root.res"])), /contains no data of ICU/);
  });
});

/** What tsv uses, and what its plugins may; in English, since other languages are removed. */
const USED = `
const time = (timeZone) => new Intl.DateTimeFormat("en", { timeZone, dateStyle: "full", timeStyle: "full" }).format(1772363047123);
const words = new Intl.Segmenter("en", { granularity: "word" });
const characters = new Intl.Segmenter("en", { granularity: "grapheme" });
console.log(JSON.stringify([
  Intl.supportedValuesOf("timeZone").length,
  ...["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "UTC"].map(time),
  new Date(1772363047123).getTimezoneOffset(), new Date(1772363047123).getHours(),
  "stra\\u00dfe".toUpperCase(), "I".toLocaleLowerCase("tr"), "e\\u0301".normalize("NFC"), "\\ufb01".normalize("NFKC"),
  new URL("http://b\\u00fccher.example/").host, require("node:url").domainToUnicode("xn--bcher-kva.example"),
  /\\p{Emoji_Presentation}/u.test("\\u{1f600}"), /\\p{Script=Han}/u.test("\\u6f22"), /\\p{Mn}/u.test("\\u0301"),
  [...words.segment("one two")].length, [...characters.segment("\\u{1f468}\\u200d\\u{1f469}e\\u0301")].length,
  ...["windows-1252", "utf-16le", "shift_jis", "gb18030", "iso-8859-2"].map((name) => new TextDecoder(name).decode(Buffer.from([0xe9, 0x41]))),
  ["b", "a", "\\u00e4", "Z"].sort(new Intl.Collator("en").compare), (1234.5).toLocaleString("en"), "a".localeCompare("B"),
  new Intl.RelativeTimeFormat("en").format(-1, "day"), new Intl.PluralRules("en").select(1),
]));`;

for (const zone of ["UTC", "Asia/Tokyo"]) {
  test(`the thinned Node does in ${zone} what the whole one does`, async (t) => {
    const { baseRuntime, hasBase } = await load("base.mjs");
    if (!hasBase(process.arch)) return t.skip(`no Node is carried on ${process.arch}`);
    const { original, stripped } = baseRuntime(process.arch);
    const [whole, thinned, german] = [
      [original, "C"],
      [stripped, "C"],
      [stripped, "de_DE.UTF-8"],
    ].map(([node = "", locale]) => {
      const env = { TZ: zone, LC_ALL: locale };
      const { stdout, stderr, status } = spawnSync(node, ["-e", USED], { env, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    });
    assert.deepEqual(thinned, whole);
    assert.deepEqual(german, whole);
  });
}
