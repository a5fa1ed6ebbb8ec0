// The record of running programs as a file.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createRecordFile } from "../../../../src/host/files/record-file.ts";

test("a record is read; none and a foreign one are no record; what cannot be read is an error", async (t) => {
  const directory = mkdtempSync("/tmp/tsv-record-");
  t.after(() => rmSync(directory, { recursive: true }));
  const path = `${directory}/d.programs`;
  const file = createRecordFile(path);
  assert.deepEqual(await file.read(), { ok: true, value: null });
  assert.equal(await file.write("text"), null);
  assert.deepEqual(await file.read(), { ok: true, value: "text" });
  chmodSync(path, 0o622);
  assert.deepEqual(await file.read(), { ok: true, value: null });
  await file.remove();
  writeFileSync(`${directory}/other`, "text", { mode: 0o600 });
  symlinkSync("other", path);
  assert.deepEqual(await file.read(), { ok: true, value: null });
  const below = `${directory}/other/d.programs`;
  assert.deepEqual(await createRecordFile(below).read(), { ok: false, error: `${below}: ENOTDIR` });
});
