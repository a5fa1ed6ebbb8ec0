// Orphans that a service recognises: by root's word, never by anything that another user can claim.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import { gone } from "../../rig/gone.ts";
import { isAlive } from "../../rig/is-alive.ts";
import { NOBODY, withoutStranger } from "../../rig/stranger.ts";
import { sampleService, templates } from "../../unit/install/services/samples.ts";

const skip = { skip: withoutStranger };
const WORD = "01234567-89ab-cdef-0123-456789abcdef";

interface Host {
  readonly directory: string;
  readonly name: string;
  readonly wordFile: string;
  /** Runs the service's script, with a daemon that ends at once. @returns its word, and seconds */
  start(): { readonly word: string; readonly seconds: number };
}

function host(t: TestContext): Host {
  const directory = mkdtempSync("/tmp/tsv-init-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, "run"));
  const name = `tsv-${randomBytes(4).toString("hex")}`;
  const executable = join(directory, "tsv");
  writeFileSync(executable, '#!/bin/sh\necho "word $TSV_SERVICE_WORD"\n', { mode: 0o755 });
  const service = sampleService({
    ...{ name, executable, config: join(directory, "conf"), group: "root" },
    layout: { runDirectory: join(directory, "run/tsv"), logDirectory: join(directory, "log") },
  });
  const { files } = INIT_SYSTEMS.runit.service(service, templates);
  const script = files.find(({ path }) => path.endsWith("/run"))?.text ?? "";
  assert.notEqual(script, "");
  const file = join(directory, "script");
  writeFileSync(file, script, { mode: 0o755 });
  return {
    ...{ directory, name, wordFile: join(directory, `run/${name}.word`) },
    start() {
      const began = performance.now();
      const { stdout } = spawnSync(file, { encoding: "utf8", timeout: 60_000 });
      const word = /word (\S+)/.exec(stdout)?.[1] ?? "";
      return { word, seconds: (performance.now() - began) / 1000 };
    },
  };
}

/** A program whose parent has ended, and that ignores SIGTERM. @returns its pid */
async function orphan(t: TestContext, env: NodeJS.ProcessEnv, uid = NOBODY): Promise<number> {
  const script = "(trap '' TERM; echo $$; exec sleep 3000 </dev/null >/dev/null 2>&1) & exit";
  const child = spawn("sh", ["-c", script.replace("$$", "$(sh -c 'echo $PPID')")], {
    ...{ uid, gid: uid, env: { PATH: process.env["PATH"], ...env } },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += String(bytes);
  });
  await once(child, "close");
  const pid = Number(text);
  assert.ok(pid > 1 && isAlive(pid), text);
  t.after(() => {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  return pid;
}

test("a user's process that only claims to be left over holds up no start", skip, async (t) => {
  const { name, wordFile, start } = host(t);
  writeFileSync(wordFile, `${WORD}\n`, { mode: 0o600 });
  const claims = await orphan(t, { TSV_SERVICE: name });
  const guess = await orphan(t, { TSV_SERVICE: name, TSV_SERVICE_WORD: `${WORD}0` });
  const { word, seconds } = start();
  assert.ok(seconds < 8, `${seconds} s`);
  assert.ok(isAlive(claims) && isAlive(guess));
  assert.match(word, /^[0-9a-f-]{36}$/);
  assert.equal(readFileSync(wordFile, "utf8"), `${word}\n`);
  assert.deepEqual([lstatSync(wordFile).uid, lstatSync(wordFile).mode & 0o777], [0, 0o600]);
});

test(
  "processes with the word of the previous start are ended, whatever their user",
  skip,
  async (t) => {
    const { name, start } = host(t);
    const { word } = start();
    const left = await orphan(t, { TSV_SERVICE: name, TSV_SERVICE_WORD: word });
    assert.notEqual(start().word, word);
    await gone(left);
  },
);

test("a word is believed only in a file of root's", skip, async (t) => {
  for (const lure of ["theirs", "link", "pattern"]) {
    const { name, directory, wordFile, start } = host(t);
    const other = join(directory, "other");
    writeFileSync(other, lure === "pattern" ? ".*\n" : `${WORD}\n`);
    chownSync(other, lure === "pattern" ? 0 : NOBODY, NOBODY);
    if (lure === "link") symlinkSync(other, wordFile);
    else {
      writeFileSync(wordFile, readFileSync(other));
      if (lure === "theirs") chownSync(wordFile, NOBODY, NOBODY);
    }
    const claims = await orphan(t, { TSV_SERVICE: name, TSV_SERVICE_WORD: WORD });
    const { seconds, word } = start();
    assert.ok(seconds < 8 && isAlive(claims), lure);
    assert.equal(readFileSync(wordFile, "utf8"), `${word}\n`);
    assert.equal(lstatSync(wordFile).isFile() && lstatSync(wordFile).uid, 0);
    assert.notEqual(readFileSync(other, "utf8"), `${word}\n`);
  }
});
