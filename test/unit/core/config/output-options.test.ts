// log_format, log_timestamp, log_rate_limit, and the targets @stdout, @stderr and @journal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wireOptions } from "../../../../src/core/config/options/wire.ts";
import { configView } from "../../../../src/core/web/config-view.ts";
import { errorOf, readText } from "./fake-world.ts";

const P = "[program:p]\ncommand=p\n";

function processOf(text: string) {
  const [process] = readText(`${P}${text}`).groups[0]?.processes ?? [];
  assert.ok(process !== undefined);
  return process;
}

test("lines are written as they come unless the configuration says otherwise", () => {
  const { logFormat, logTimestamp, logRateLimit } = processOf("");
  assert.deepEqual([logFormat, logTimestamp, logRateLimit], ["raw", null, null]);
});

test("formats, times and limits are read", () => {
  const text = "log_format=JSON\nlog_timestamp=unix\nlog_rate_limit=1000/s\n";
  const { logFormat, logTimestamp, logRateLimit } = processOf(text);
  assert.deepEqual([logFormat, logTimestamp], ["json", "unix"]);
  assert.deepEqual(logRateLimit, { count: 1000, seconds: 1 });
  assert.deepEqual(processOf("log_rate_limit=50000/10s\n").logRateLimit, {
    count: 50_000,
    seconds: 10,
  });
});

test("targets of output are no files (log-targets)", () => {
  const process = processOf("stdout_logfile=@stdout\nstderr_logfile=@Journal\n");
  assert.deepEqual(process.stdout.logfile, { kind: "stdout" });
  assert.deepEqual(process.stderr.logfile, { kind: "journal" });
  const file = processOf("stdout_logfile=/tmp/@stdout\nstderr_logfile=@stdouts\n");
  assert.deepEqual(file.stdout.logfile, { kind: "file", path: "/tmp/@stdout" });
  assert.deepEqual(file.stderr.logfile, { kind: "file", path: "@stdouts" });
});

test("clients and the web page see a target as it is written", () => {
  const process = processOf("stdout_logfile=@stdout\nlog_rate_limit=1000/1s\n");
  const told = wireOptions(process).find(({ key }) => key === "stdout_logfile");
  assert.equal(told?.value, "@stdout");
  const set = configView(process).set.map(({ key, value }) => `${key}=${value}`);
  assert.ok(set.includes("stdout_logfile=@stdout"));
  assert.ok(set.includes("log_rate_limit=1000/1s"));
});

test("a target of stderr that redirect_stderr takes away is pointed out", () => {
  const { notices } = readText(`${P}redirect_stderr=true\nstderr_logfile=@stderr\n`);
  assert.deepEqual(
    notices.map(({ text }) => text),
    [
      "For [program:p], redirect_stderr=true but stderr_logfile has also been set to @stderr, it has been ignored",
    ],
  );
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ["log_format", "xml", /'xml': it is raw, prefix, json or logfmt/],
  ["log_timestamp", "yes", /'yes': it is none, time, iso, iso-ms, utc or unix/],
  ["log_rate_limit", "1000", /'1000': write 1000\/s .* or 5000\/10s/],
  ["log_rate_limit", "0/s", /'0\/s'/],
  ["log_rate_limit", "5/0s", /'5\/0s'/],
];

for (const [key, value, message] of REFUSED) {
  test(`refuses ${key}=${value}, and says what is allowed`, () => {
    const error = errorOf(`[supervisord]\n${P}${key}=${value}\n`);
    assert.match(error.text, message);
    assert.deepEqual([error.line, error.key], [4, key]);
  });
}

test("refuses records without a time", () => {
  const error = errorOf(`[supervisord]\n${P}log_format=logfmt\nlog_timestamp=none\n`);
  assert.match(error.text, /^log_format=logfmt always has a time/);
  assert.equal(error.key, "log_timestamp");
});
