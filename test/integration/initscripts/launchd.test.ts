// launchd's jobs, offline: syntax by Python's plistlib, keys and types after launchd.plist(5), and a working shell command.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { INIT_SYSTEMS } from "../../../src/install/services/registry.ts";
import {
  type SampleOptions,
  sampleService,
  templates,
} from "../../unit/install/services/samples.ts";

const PYTHON = "/usr/bin/python3";
const skip = existsSync(PYTHON) ? false : "python3 is not installed";

/** Prints a property list as JSON, strictly. */
const READ =
  "import plistlib,sys,json;print(json.dumps(plistlib.loads(sys.stdin.buffer.read(), fmt=plistlib.FMT_XML)))";

/** The types of all keys; a path is absolute. */
const TYPES = {
  Label: "string",
  ProgramArguments: "words",
  RunAtLoad: "boolean",
  KeepAlive: "object",
  ThrottleInterval: "number",
  ExitTimeOut: "number",
  ProcessType: "string",
  SoftResourceLimits: "object",
  EnvironmentVariables: "texts",
  WorkingDirectory: "path",
  StandardOutPath: "path",
  StandardErrorPath: "path",
} as const;

function typeOf(value: unknown): readonly string[] {
  const isText = (word: unknown): boolean => typeof word === "string";
  if (typeof value === "string") return value.startsWith("/") ? ["string", "path"] : ["string"];
  if (Array.isArray(value)) return value.every(isText) ? ["words"] : [];
  if (typeof value !== "object" || value === null) return [typeof value];
  return Object.values(value).every(isText) ? ["object", "texts"] : ["object"];
}

function jobOf(options: SampleOptions): { name: string; job: Record<string, unknown> } {
  const service = sampleService({ platform: "darwin", ...options });
  const [file] = INIT_SYSTEMS.launchd.service(service, templates).files;
  const { stdout, stderr } = spawnSync(PYTHON, ["-c", READ], {
    encoding: "utf8",
    input: file?.text ?? "",
  });
  assert.equal(stderr, "");
  return { name: file?.path.split("/").at(-1) ?? "", job: JSON.parse(stdout) };
}

const ODD = { executable: '/opt/<a> & "b"/it\'s', config: "/srv/a b/]]>.conf" };

for (const [what, options] of Object.entries({
  "for the machine": {},
  "of a user": { scope: "user" },
  "of another name, with odd paths": { name: "web", openFiles: 600_000, ...ODD },
} satisfies Record<string, SampleOptions>)) {
  void test(`a job ${what} has the keys and types that launchd knows`, { skip }, () => {
    const { name, job } = jobOf(options);
    for (const [key, value] of Object.entries(job)) {
      const type = TYPES[key as keyof typeof TYPES];
      assert.ok(typeOf(value).includes(type), `${key} is ${JSON.stringify(value)}, not ${type}`);
    }
    assert.equal(name, `${job["Label"]}.plist`);
    assert.deepEqual(job["KeepAlive"], { SuccessfulExit: false });
    assert.match(String(job["ProcessType"]), /^(?:Background|Standard|Adaptive|Interactive)$/);
    const { NumberOfFiles } = job["SoftResourceLimits"] as Record<string, unknown>;
    assert.equal(typeof NumberOfFiles, "number");
    assert.match((job["ProgramArguments"] as string[])[0] ?? "", /^\//);
  });
}

void test("the command of a job makes its directories and becomes the daemon", { skip }, (t) => {
  const directory = mkdtempSync("/tmp/tsv-launchd-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const executable = join(directory, "it's tsv");
  writeFileSync(executable, '#!/bin/sh\necho "$$ $GREETING" "$@"\n');
  chmodSync(executable, 0o755);
  writeFileSync(join(directory, "settings"), "GREETING='good day'\nDAEMON_OPTS='-e debug'\n");
  const { job } = jobOf({
    executable,
    scope: "user",
    config: "/a b.conf",
    layout: {
      runDirectory: join(directory, "r u n/tsv"),
      logDirectory: join(directory, "logs/tsv"),
      environmentFile: join(directory, "settings"),
    },
  });
  const [shell = "", ...words] = job["ProgramArguments"] as string[];
  const ran = spawnSync(shell, words, { encoding: "utf8" });
  assert.equal(ran.stderr, "");
  assert.equal(ran.stdout, `${ran.pid} good day daemon -n -s -c /a b.conf -e debug\n`);
  assert.ok(existsSync(join(directory, "r u n/tsv")) && existsSync(join(directory, "logs/tsv")));
});
