// The archive as tar(1) reads it, and files that it never replaces.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { tar, writeBundle } from "../../../src/doctor/host/bundle-file.ts";
import { DoctorHost } from "../../fakes/doctor-host.ts";

const PLACE = mkdtempSync("/tmp/tsv-bundle-");
after(() => rmSync(PLACE, { recursive: true }));

function source() {
  const host = new DoctorHost().file(
    `/etc/tsv/${"long-name/".repeat(20)}é.conf`,
    "[program:a]\ncommand=a\n",
  );
  const text = `[supervisord]\n[include]\nfiles=${"long-name/".repeat(20)}é.conf\n`;
  const diagnosis = { findings: [], unknown: [], skipped: [], checked: [] };
  return { facts: host.facts(text), diagnosis };
}

describe("writeBundle", () => {
  test("writes an archive that tar reads, for its owner alone, with names of any length", () => {
    const path = join(PLACE, "a.tar.gz");
    const written = writeBundle(path, source());
    assert.ok(written.ok, written.ok ? "" : written.error);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const listed = execFileSync("tar", ["tzf", path], {
      encoding: "utf8",
      env: { LC_ALL: "C.UTF-8" },
    });
    assert.deepEqual(
      listed.trim().split("\n"),
      written.value.names.map((name) => `tsv-bundle/${name}`),
    );
    const readme = execFileSync("tar", ["xzOf", path, "tsv-bundle/README.txt"], {
      encoding: "utf8",
    });
    assert.match(readme, /^This is a support bundle/);
    assert.deepEqual(readdirSync(PLACE), ["a.tar.gz"]);
  });

  test("replaces nothing, and follows no symlink", () => {
    const mine = join(PLACE, "mine.txt");
    const link = join(PLACE, "link");
    writeFileSync(mine, "mine");
    symlinkSync(join(PLACE, "new"), link);
    for (const taken of [mine, PLACE, link]) {
      const refused = writeBundle(taken, source());
      assert.ok(!refused.ok && refused.error === `${taken} already exists; use another file`);
    }
    assert.equal(readFileSync(mine, "utf8"), "mine");
    assert.ok(!existsSync(join(PLACE, "new")));
  });

  test("a missing directory is reported, and not created", () => {
    const refused = writeBundle(join(PLACE, "none", "x.tar.gz"), source());
    assert.ok(!refused.ok && /no such file or directory$/.test(refused.error));
    assert.ok(!existsSync(join(PLACE, "none")));
  });
});

test("sizes around a block come out as they went in", () => {
  const entries = [0, 1, 511, 512, 513].map((size) => ({
    name: `x/${size}`,
    bytes: new Uint8Array(size).fill(65),
    modifiedMs: 0,
  }));
  const path = join(PLACE, "sizes.tar");
  writeFileSync(path, tar(entries));
  const listed = execFileSync("tar", ["tvf", path], { encoding: "utf8" });
  assert.deepEqual(
    listed
      .trim()
      .split("\n")
      .map((line) => Number(line.split(/ +/)[2])),
    [0, 1, 511, 512, 513],
  );
});
