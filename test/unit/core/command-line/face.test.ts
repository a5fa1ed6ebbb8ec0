// Which face the words of a command line call for, and which bundle it is in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { VERBS } from "../../../../src/core/base/verbs.ts";
import { bundleOf, callOf } from "../../../../src/core/command-line/face.ts";

const called = (argv0: string, ...args: string[]) => {
  const call = callOf(argv0, args);
  return [call.face, bundleOf(call), call.args.join(" "), call.program];
};

void test("is one of Supervisor's programs by the name it is called by, wherever it lies", () => {
  assert.deepEqual(called("/usr/bin/supervisord", "-n"), [
    "supervisord",
    "daemon",
    "-n",
    "/usr/bin/supervisord",
  ]);
  assert.deepEqual(called("supervisorctl", "status"), [
    "supervisorctl",
    "ctl",
    "status",
    "supervisorctl",
  ]);
  assert.equal(callOf("echo_supervisord_conf", []).face, "sample-config");
  assert.equal(callOf("./pidproxy", ["a"]).face, "pidproxy");
  assert.equal(callOf("supervisor_stdout", []).face, "stdout-listener");
  assert.equal(callOf("/opt/supervisord/tsv", ["daemon"]).program, "tsv daemon");
});

void test("is otherwise tsv, with a verb as its first word", () => {
  assert.deepEqual(called("tsv", "daemon", "-c", "x"), [
    "supervisord",
    "daemon",
    "-c x",
    "tsv daemon",
  ]);
  assert.deepEqual(called("tsv-1.2", "ctl", "pid"), ["supervisorctl", "ctl", "pid", "tsv ctl"]);
  assert.deepEqual(called("tsv", "status", "web"), ["verb", "ctl", "status web", "tsv status"]);
  assert.deepEqual(called("tsv", "doctor", "--fix"), ["doctor", "tsv", "--fix", "tsv doctor"]);
  assert.deepEqual(called("tsv", "read-config"), ["read-config", "daemon", "", "tsv read-config"]);
  for (const word of ["version", "--version", "-v", "-V"])
    assert.equal(callOf("tsv", [word]).face, "version");
  assert.deepEqual(called("tsv", "version", "--json"), ["tsv", "tsv", "version --json", "tsv"]);
  for (const args of [[], ["help"], ["--help"], ["-h"], ["help", "help"], ["help", "nosuch"]])
    assert.equal(callOf("tsv", args).face, "help");
  assert.equal(callOf("tsv", ["check", "x"]).face, "tsv");
  assert.equal(callOf("tsv", ["no-such-verb"]).face, "unknown");
  assert.equal(callOf("tsv", ["-c"]).face, "refused");
  assert.deepEqual(called("tsv", "-c", "x", "stop", "w")[2], "stop -c x w");
});

void test("has the face of a verb explain it", () => {
  assert.deepEqual(called("tsv", "help", "start"), ["verb", "ctl", "start --help", "tsv start"]);
  assert.deepEqual(called("tsv", "help", "daemon")[2], "--help");
  assert.deepEqual(called("tsv", "help", "version").slice(0, 3), ["tsv", "tsv", "version --help"]);
});

void test("every verb that help lists has a face", () => {
  for (const { name, runner } of VERBS) {
    const { face } = callOf("tsv", [name]);
    assert.equal(face === "verb", runner === "ctl", name);
    assert.equal(face === "tsv", ["check", "export", "passwd", "sample-conf"].includes(name), name);
  }
});
