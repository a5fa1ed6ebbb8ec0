// The option tty: its effects, and the options that exclude it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import { errorOf, readText } from "./fake-world.ts";

const P = "[program:p]\ncommand=p\n";

test("a program has a terminal with tty=true, and pipes otherwise (terminal-option)", () => {
  assert.equal(readText(P).groups[0]?.processes[0]?.tty, false);
  const terminal = readText(`${P}tty=true\n`).groups[0]?.processes[0];
  assert.equal(terminal?.tty, true);
  assert.equal(terminal?.redirectStderr, true, "a terminal has one stream");
  assert.deepEqual(terminal?.stderr.logfile, { kind: "none" });
});

test("a log that stderr can no longer have is pointed out", () => {
  const { notices } = readText(`${P}tty=true\nstderr_logfile=/tmp/e\n`);
  assert.deepEqual(
    notices.map(({ level, text }) => `${level} ${text}`),
    [
      "WARN For [program:p], tty=true, so that there is one stream, but stderr_logfile has also been set to a " +
        "filename, the filename has been ignored",
    ],
  );
});

test("a program that was given a terminal, or lost it, has changed", () => {
  const groups = [P, `${P}tty=true\n`].map((text) => readText(text).groups);
  const [pipes = [], terminal = []] = groups;
  assert.deepEqual(diffGroups(pipes, terminal).changed, ["p"]);
  assert.deepEqual(diffGroups(pipes, pipes).changed, []);
});

const refused: readonly (readonly [string, RegExp, number])[] = [
  ["[program:p]\ncommand=p\ntty=perhaps\n", /not a valid boolean value: 'perhaps'/, 4],
  [
    "[eventlistener:l]\ncommand=l\nevents=EVENT\ntty=true\n",
    /^\[eventlistener:l\] section sets tty=true .* eventlistener protocol/,
    5,
  ],
  [
    "[fcgi-program:f]\ncommand=f\nsocket=tcp://127.0.0.1:9\ntty=on\n",
    /^\[fcgi-program:f\] section sets tty=true .* FastCGI socket/,
    5,
  ],
  [
    "[fcgi-program:f]\ncommand=f\nsocket=tcp://127.0.0.1:9\ntty=on\n[group:g]\nprograms=f\n",
    /^\[fcgi-program:f\] section sets tty=true/,
    5,
  ],
];

for (const [text, message, line] of refused) {
  test(`refuses ${JSON.stringify(text)} and says where`, () => {
    const error = errorOf(`[supervisord]\n${text}`);
    assert.match(error.text, message);
    assert.deepEqual([error.file, error.line, error.key], ["/etc/s.conf", line, "tty"]);
  });
}
