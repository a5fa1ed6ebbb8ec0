// The options of programs that the clock starts: what a schedule implies, and what is refused or warned of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import { errorOf, fakeWorld, readText } from "./fake-world.ts";

const P = "[program:p]\ncommand=p\n";

function program(options: string) {
  const found = readText(P + options).groups[0]?.processes[0];
  assert.ok(found !== undefined);
  const { type, autostart, autorestart, overlap, catchUp } = found;
  return { type, autostart, autorestart, overlap, catchUp };
}

test("with a schedule a program is oneshot, and nothing else starts it", () => {
  assert.deepEqual(program("schedule=@daily\n"), {
    ...{ type: "oneshot", autostart: false, autorestart: "never" },
    ...{ overlap: "skip", catchUp: "none" },
  });
});

test("options that are given win, and without a schedule nothing is different", () => {
  const given =
    "type=simple\nautostart=true\nautorestart=unexpected\noverlap=queue\ncatch_up=once\n";
  assert.deepEqual(program(`schedule=@daily\n${given}`), {
    ...{ type: "simple", autostart: true, autorestart: "unexpected" },
    ...{ overlap: "queue", catchUp: "once" },
  });
  assert.deepEqual(program(""), {
    ...{ type: "simple", autostart: true, autorestart: "unexpected" },
    ...{ overlap: "skip", catchUp: "none" },
  });
});

for (const [options, key, message] of [
  ["schedule=0 25 * * *", "schedule", /'0 25 \* \* \*': the hour is 25, and goes from 0 to 23/],
  ["schedule=", "schedule", /not a valid schedule: ''/],
  ["overlap=maybe", "overlap", /'maybe': it is skip, queue or restart/],
  ["catch_up=all", "catch_up", /'all': it is none or once/],
] as const) {
  test(`refuses ${options} and says where`, () => {
    const error = errorOf(`[supervisord]\n${P}${options}\n`);
    assert.match(error.text, message);
    assert.deepEqual([error.file, error.line, error.key], ["/etc/s.conf", 4, key]);
  });
}

test("an event listener cannot have a schedule", () => {
  const text = "[supervisord]\n[eventlistener:l]\ncommand=l\nevents=EVENT\nschedule=@daily\n";
  assert.match(errorOf(text).text, /sets schedule .* has to run all the time/);
});

test("an expression that is never due is warned of", () => {
  const text = `[supervisord]\n${P}schedule=0 0 30 2 *\n[program:q]\ncommand=q\nschedule=0 0 29 2 *\n`;
  const problems = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text }));
  const found = problems.filter(({ rule }) => rule === "never-due");
  assert.deepEqual(
    found.map(({ severity, code, line, section }) => ({ severity, code, line, section })),
    [{ severity: "warning", code: "CONF-013", line: 4, section: "program:p" }],
  );
});
