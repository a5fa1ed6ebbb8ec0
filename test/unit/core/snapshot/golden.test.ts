// Snapshots of released versions: every later version reads them, and loses nothing that they contain.
//
// test/golden/snapshot-<version>.json is a list of snapshots as that version writes them. Before the release of a version,
// `WRITE_GOLDEN=1 node test/run.mjs unit/core/snapshot` writes its file anew. After it, the file does not change.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { decodeSnapshot, encodeSnapshot } from "../../../../src/core/snapshot/snapshot.ts";
import { fc } from "../../../property.ts";
import { snapshot } from "./arbitrary.ts";

const DIRECTORY = "test/golden";

/** Kinds that the snapshots of a release must contain together, among others. */
const KINDS = [
  ...["STOPPED", "WAITING", "BLOCKED", "SPAWNING", "STARTING", "READYING", "FAILING", "RUNNING"],
  ...["BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"],
  ...["program", "fcgi", "eventlistener", "unix", "inet", "ACKNOWLEDGED", "READY", "BUSY"],
];

if (process.env["WRITE_GOLDEN"] !== undefined) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const samples = fc.sample(snapshot, { seed: 10, numRuns: 200 });
  const kinds = new Set<string>();
  const lines = samples
    .map((each) => encodeSnapshot({ ...each, version }))
    .sort((left, right) => left.length - right.length)
    .filter((line) => {
      const before = kinds.size;
      for (const [kind] of line.matchAll(/"kind":"[\w-]+"/g)) kinds.add(kind);
      return kinds.size > before;
    });
  writeFileSync(`${DIRECTORY}/snapshot-${version}.json`, `[\n${lines.join(",\n")}\n]\n`);
}

/** The paths of all values of `written` that `read` lacks or has changed. */
function lost(written: unknown, read: unknown, path: string): readonly string[] {
  if (typeof written !== "object" || written === null) return written === read ? [] : [path];
  if (typeof read !== "object" || read === null) return [path];
  const values = read as Readonly<Record<string, unknown>>;
  return Object.entries(written).flatMap(([name, value]) =>
    lost(value, values[name], `${path}.${name}`),
  );
}

const files = readdirSync(DIRECTORY).filter((name) => /^snapshot-.*\.json$/.test(name));

test("there is a golden snapshot of 0.1.0", () => {
  assert.ok(files.includes("snapshot-0.1.0.json"));
});

for (const file of files) {
  test(`${file} is read as it was written`, () => {
    const text = readFileSync(`${DIRECTORY}/${file}`, "utf8");
    for (const written of JSON.parse(text) as readonly object[]) {
      const decoded = decodeSnapshot(JSON.stringify(written));
      assert.ok(decoded.ok, decoded.ok ? "" : decoded.error);
      const [problem = null] = lost(written, JSON.parse(encodeSnapshot(decoded.value)), "");
      assert.equal(problem, null);
    }
    for (const kind of KINDS) assert.ok(text.includes(`"kind":"${kind}"`), kind);
  });
}
