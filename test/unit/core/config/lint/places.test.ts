// Lines and causes in the output of `tsv check` and of a daemon that refuses a configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  checkConfig,
  formatProblem,
  refusedConfig,
} from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

function check(text: string): string[] {
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text })).map(formatProblem);
}

const S = "[supervisord]\nuser=root\n";

describe("a place and a cause", () => {
  for (const [text, said] of [
    [
      "[program:a]\ncommand=/bin/a\nredirect_stderr=true\nstderr_logfile=/tmp/x\n",
      "/etc/s.conf:6: warning: [program:a] stderr_logfile: redirect_stderr=true but",
    ],
    [
      "[program:a]\ncommand=/bin/a\nstdout_logfile_maxbytes=0\n",
      "/etc/s.conf:5: warning: [program:a] stdout_logfile_maxbytes: AUTO logging used",
    ],
    [
      "[program:a]\ncommand=/bin/a\nstdout_logfile=syslog\n",
      "/etc/s.conf:5: warning: [program:a] stdout_logfile: stdout_logfile=syslog but",
    ],
    [
      "[unix_http_server]\nfile=/tmp/s\nchown=nosuch:staff\n",
      "(this host has no user nosuch: create it, or name one that exists)",
    ],
    ["[unix_http_server]\nfile=/tmp/s\nchown=web:nosuch\n", "(this host has no group nosuch:"],
    ["[program:a]\ncommand=/bin/a\nenvironment=A=don't\n", "(an apostrophe is a quote here:"],
  ] as const) {
    test(`${text.split("\n").at(-2)} has both`, () => {
      const problems = check(S + text);
      assert.ok(
        problems.some((problem) => problem.includes(said)),
        problems.join("\n"),
      );
    });
  }

  test("an unknown user of the daemon has its line", () => {
    const world = fakeWorld({ "/etc/s.conf": "[supervisord]\nuser=nosuch\n" });
    const [problem] = checkConfig("/etc/s.conf", world);
    assert.deepEqual([problem?.line, problem?.key], [2, "user"]);
  });

  test("a header without its bracket is named as one", () => {
    assert.deepEqual(check("[supervisord\nuser=root\n").slice(0, 1), [
      "/etc/s.conf:1: error: this section header has no ]: [supervisord (write [supervisord])",
    ]);
  });
});

describe("a configuration that a daemon refuses", () => {
  const refused = (text: string): string | null => {
    const world = fakeWorld({ "/etc/s.conf": text });
    return refusedConfig("/etc/s.conf", world)?.message ?? null;
  };

  test("is described by its first error and the number of errors", () => {
    const bad = `${S}[program:a]\ncommand=/bin/a\nstartsecs=x\nnumprocs=y\n`;
    assert.match(
      refused(bad) ?? "",
      /^\/etc\/s\.conf:5: \[program:a\] startsecs: .* \(the first of 2 errors\)$/,
    );
    assert.match(refused(bad.replace("=y", "=1")) ?? "", /'x' is not a whole number$/);
    assert.equal(refused(S), null);
  });

  test("is not described by variables that only the daemon has, if there are other errors", () => {
    const text = `${S}[program:a]\ncommand=/bin/a %(ENV_NONE)s\nstartsecs=x\n`;
    assert.match(refused(text) ?? "", /^\/etc\/s\.conf:5: .*'x' is not a whole number$/);
  });
});
