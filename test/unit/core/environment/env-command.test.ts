// What an error about env_command shows of what the command said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import {
  type EnvCommand,
  type EnvCommandOutcome,
  readEnvCommand,
} from "../../../../src/core/environment/env-command.ts";

const COMMAND: EnvCommand = {
  key: processKey("web", "web"),
  user: null,
  timeoutMs: 10_000,
  candidates: [],
  argv: ["vault"],
  env: [],
  cwd: null,
  umask: null,
  softFileLimit: 1024,
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function said(
  outcome: Partial<EnvCommandOutcome>,
  stdout: string,
  stderr: string,
  given: string[],
): string {
  const ended = {
    ...{ kind: "exited", exitCode: 3, signal: null, coreDumped: false },
    ...outcome,
    ...{ stdout: bytes(stdout), stderr: bytes(stderr) },
  } as EnvCommandOutcome;
  const read = readEnvCommand(COMMAND, ended, given);
  return read.ok ? "" : read.error.text;
}

test("each line of a secret of several lines is hidden", () => {
  const secret = "first words\nsecond line kangaroo\nthird line wombat";
  const text = said({}, "", `it is ${secret}\n`, [secret]);
  assert.doesNotMatch(text, /words|kangaroo|wombat/);
});

test("what it printed is a secret, however it ended and in whatever form", () => {
  for (const outcome of [{}, { kind: "late" }, { kind: "too-much" }] as const) {
    for (const printed of [
      "TOKEN=impalaimpala\n",
      '{"password":"impalaimpala"}',
      "B C=impalaimpala",
      "TOKEN='impalaimpala",
      'A=1\nTOKEN="x y z\nimpalaimpala"\n\'',
      "impalaimpala\n'",
      "token: impalaimpala\n",
    ]) {
      const text = said(outcome, printed, "got impalaimpala\n", []);
      assert.match(text, /: got <redacted>$/, `${outcome.kind} ${printed}`);
    }
  }
});
