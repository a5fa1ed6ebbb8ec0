// launchd's jobs, offline: their contents, and a working shell command.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import {
  type SampleOptions,
  sampleService,
  templates,
} from "../../unit/install/services/samples.ts";

const PYTHON = "/usr/bin/python3";
const CHECK = "test/integration/initscripts/launchd.py";
const skip = existsSync(PYTHON) ? false : "python3 is not installed";

function place(t: TestContext): string {
  const directory = mkdtempSync("/tmp/tsv-launchd-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function writeJob(directory: string, options: SampleOptions): string {
  const service = sampleService({ platform: "darwin", ...options });
  const [file] = INIT_SYSTEMS.launchd.service(service, templates).files;
  const path = join(directory, file?.path.split("/").at(-1) ?? "none");
  writeFileSync(path, file?.text ?? "");
  return path;
}

function check(path: string): string {
  const { stdout, stderr } = spawnSync(PYTHON, [CHECK, path], { encoding: "utf8" });
  return stdout + stderr;
}

const ODD = { executable: '/opt/<a> & "b"/it\'s', config: "/srv/a b/]]>.conf" };

for (const [name, options] of Object.entries({
  "for the machine": {},
  "of a user": { scope: "user" },
  "of another name, with odd paths": { name: "web", openFiles: 600_000, ...ODD },
} satisfies Record<string, SampleOptions>)) {
  void test(`a job ${name} has the keys and types that launchd knows`, { skip }, (t) => {
    assert.equal(check(writeJob(place(t), options)), "");
  });
}

void test("the check finds a wrong key, type and name", { skip }, (t) => {
  const path = writeJob(place(t), {});
  const text = readFileSync(path, "utf8");
  const wrong = text
    .replace("<key>RunAtLoad</key>", "<key>RunAtLoat</key>")
    .replace("<integer>10</integer>", "<string>10</string>")
    .replace("<string>local.tsv</string>", "<string>local.other</string>");
  writeFileSync(path, wrong);
  const said = check(path);
  for (const fault of ["RunAtLoat", "ThrottleInterval is no int", "named after"]) {
    assert.ok(said.includes(fault), `${fault} in ${said}`);
  }
});

void test("the command of a job makes its directories and becomes the daemon", { skip }, (t) => {
  const directory = place(t);
  const executable = join(directory, "it's tsv");
  writeFileSync(executable, '#!/bin/sh\necho "$$ $GREETING" "$@"\n');
  chmodSync(executable, 0o755);
  writeFileSync(join(directory, "settings"), "GREETING='good day'\nDAEMON_OPTS='-e debug'\n");
  const path = writeJob(directory, {
    executable,
    scope: "user",
    config: "/a b.conf",
    layout: {
      runDirectory: join(directory, "r u n/tsv"),
      logDirectory: join(directory, "logs/tsv"),
      environmentFile: join(directory, "settings"),
    },
  });
  const read = "import plistlib,sys,json;print(json.dumps(plistlib.load(open(sys.argv[1],'rb'))))";
  const job = JSON.parse(spawnSync(PYTHON, ["-c", read, path], { encoding: "utf8" }).stdout);
  const [shell, ...words] = job["ProgramArguments"];
  const ran = spawnSync(shell, words, { encoding: "utf8" });
  assert.equal(ran.stderr, "");
  assert.equal(ran.stdout, `${ran.pid} good day daemon -n -s -c /a b.conf -e debug\n`);
  assert.ok(existsSync(join(directory, "r u n/tsv")) && existsSync(join(directory, "logs/tsv")));
});
