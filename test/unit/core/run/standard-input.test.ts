// Which program of a run inherits standard input.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readRunConfig } from "../../../../src/core/run/config.ts";
import { readerOf } from "../../../../src/core/run/standard-input.ts";
import { fakeWorld } from "../config/fake-world.ts";

const LISTENER = "[eventlistener:mail]\ncommand=/bin/mail\nevents=EVENT\n";
const FILES = {
  "/app/Procfile": "web: serve\nworker: work\n",
  "/app/one.conf": `[supervisord]\n[program:web]\ncommand=/bin/web\n${LISTENER}`,
  "/app/two.conf":
    "[supervisord]\n[program:web]\ncommand=/bin/web\nnumprocs=2\nprocess_name=%(process_num)d\n",
  "/app/none.conf": `[supervisord]\n${LISTENER}`,
};

for (const [words, expected] of [
  [["--", "cat"], "cat:cat"],
  [["--name", "a=cat"], "a:a"],
  [["--name", "a=cat", "--", "b"], null],
  [["Procfile"], null],
  [["-m", "worker=0"], "web.1:web.1"],
  [["-m", "web=2,worker=0"], null],
  [["-c", "one.conf"], "web:web"],
  [["-c", "two.conf"], null],
  [["-c", "none.conf"], null],
] as const) {
  test(`of ${words.join(" ")} it is ${expected ?? "none"}`, () => {
    const config = readRunConfig(words, fakeWorld(FILES, { cwd: "/app" }));
    assert.ok(config.ok, config.ok ? "" : config.error.text);
    assert.equal(readerOf(config.value), expected);
  });
}
