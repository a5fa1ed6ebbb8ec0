// The help of every verb has one form and fits a terminal of 80 columns.

import assert from "node:assert/strict";
import { VERBS } from "../../src/core/base/verbs.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const COLUMNS = 80;

function assertFits(text: string, of: string): void {
  for (const line of text.split("\n")) {
    assert.ok(line.length <= COLUMNS, `${of}: ${line.length} columns: ${line}`);
  }
}

for (const { name } of VERBS) {
  e2e(`tsv ${name} -h has usage, options, examples and exit statuses`, async (rig) => {
    const { stdout, stderr, status } = await rig.tsv(name, "-h");
    assert.deepEqual([status, stderr], [0, ""]);
    const parts = Array.from(stdout.matchAll(/^(Usage|Options|Examples|Exit status):/gm));
    assert.deepEqual(
      parts.map(([, part]) => part),
      ["Usage", "Options", "Examples", "Exit status"],
      stdout,
    );
    const usage = stdout.slice(0, stdout.indexOf("\n\n"));
    assert.ok(usage.includes(`tsv ${name}`), usage);
    assertFits(stdout, name);
    if (name !== "help") assert.equal((await rig.tsv("help", name)).stdout, stdout);
  });
}

e2e("the other pages of help fit as well", async (rig) => {
  for (const words of [["help"], ["help", "conf"], ["help", "conf", "program"]]) {
    assertFits((await rig.tsv(...words)).stdout, words.join(" "));
  }
  for (const program of ["supervisord", "supervisorctl", "pidproxy"] as const) {
    const { stdout } = await rig.run(TSV_BY_NAME, program, ["-h"]);
    assert.match(stdout, /^Usage: /m);
    assertFits(stdout, program);
  }
});

e2e("output that cannot be written is one error, without a stack trace", async (rig) => {
  const commands = [
    ...VERBS.map(({ name }) => `${name} -h`),
    ...["-h", "help", "help conf", "version", "version --json", "sample-conf", "check none.conf"],
    ...["completion bash", "doctor --list", "why -h", "pidproxy"],
  ];
  const error = "Error: cannot write to standard output: no space left on device\n";
  for (const command of commands) {
    const script = `exec ${TSV} ${command} > /dev/full`;
    const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
    assert.deepEqual([command, stderr, status], [command, error, 1]);
  }
  // A command that fails anyway keeps its status.
  const config = rig.configure("[program:up]\ncommand=true\n");
  const script = `exec ${TSV} why none --json -c ${config} > /dev/full`;
  const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
  const unknown = await rig.tsv("why", "none", "--json", "-c", config);
  assert.deepEqual([stderr, status], [error, unknown.status]);
});
