// Sections [notify:x].

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  hoursText,
  parseHours,
  parseMailAddresses,
} from "../../../../src/core/config/alert-values.ts";
import { effectiveText, readEffective } from "../../../../src/core/config/effective.ts";
import { redactConfig } from "../../../../src/doctor/redact/config.ts";
import { fc } from "../../../property.ts";
import { errorOf, fakeWorld, readText } from "./fake-world.ts";

const receiversOf = (lines: string) => readText(lines).receivers;
const problemOf = (lines: string, daemon = "user=root") =>
  errorOf(`[supervisord]\n${daemon}\n${lines}\n`);

test("a configuration without such sections has no receivers", () => {
  assert.deepEqual(receiversOf(""), []);
});

test("a receiver has defaults for everything but its target", () => {
  assert.deepEqual(receiversOf("[notify:ops]\nurl=https://example.com/x\n"), [
    {
      ...{ name: "ops", url: "https://example.com/x", urlFile: null, tokenFile: null },
      ...{ format: "json", chat: null, command: null, user: null, mail: null },
      on: ["fatal", "unhealthy", "restarts", "failed", "recovered"],
      ...{ programs: ["*"], restarts: { count: 5, seconds: 600 }, repeat: 0 },
      ...{ quiet: null, timeout: 10 },
    },
  ]);
});

test("all options are read; a file is meant from the directory of the daemon", () => {
  const [one] = receiversOf(
    "[notify:tg]\nurl_file=tg.url\nformat=telegram\nchat=-1\non=fatal, failed\nprograms=a:*,b\n" +
      "restarts=3/1h\nrepeat=1d\nquiet=22:00-07:00\ntimeout=30s",
  );
  assert.equal(one?.urlFile?.endsWith("/tg.url"), true);
  assert.deepEqual(one?.on, ["fatal", "failed"]);
  assert.deepEqual(one?.quiet, { from: 1320, to: 420 });
  assert.deepEqual([one?.repeat, one?.timeout, one?.chat], [86_400, 30, "-1"]);
});

test("mistakes are errors, because a receiver with a mistake would get nothing", () => {
  for (const [lines, rule, key] of [
    ["", "missing-option", null],
    ["url=https://a/\nmail=root", "combination", "mail"],
    ["url=ftp://a/", "value", "url"],
    ["url=nonsense", "value", "url"],
    ["url_file=", "value", "url_file"],
    ["url=https://a/\nformat=teams", "value", "format"],
    ["url=https://a/\nformat=telegram", "combination", "format"],
    ["url=https://a/\nchat=5", "combination", "chat"],
    ["mail=root\nformat=slack", "combination", "format"],
    ["mail=root\ntoken_file=/etc/t", "combination", "token_file"],
    ["mail=-oQ/tmp", "value", "mail"],
    ["mail=a@b, c d@e", "value", "mail"],
    ["mail=,", "value", "mail"],
    ['command="a', "value", "command"],
    ["url=https://a/\nuser=root", "combination", "user"],
    ["mail=root\non=", "value", "on"],
    ["mail=root\non=fatal,broken", "value", "on"],
    ["mail=root\nprograms=", "value", "programs"],
    ["mail=root\nquiet=25:00-07:00", "value", "quiet"],
    ["mail=root\nquiet=07:00-07:00", "value", "quiet"],
    ["mail=root\ntimeout=0", "out-of-range", "timeout"],
    ["mail=root\ntimeout=1h", "out-of-range", "timeout"],
    ["mail=root\nrestarts=0/1m", "value", "restarts"],
  ] as const) {
    const problem = problemOf(`[notify:x]\n${lines}`);
    assert.deepEqual([problem.rule, problem.key], [rule, key], lines);
  }
  const many = Array.from({ length: 33 }, (_, i) => `[notify:r${i}]\nmail=root\n`).join("");
  assert.equal(problemOf(many).section, "notify:r32");
  for (const name of ["", "a b", "a:b", "x".repeat(65)]) {
    assert.equal(problemOf(`[notify:${name}]\nmail=root`).rule, "value", name);
  }
});

test("a command runs as root only where the configuration says so", () => {
  const problem = problemOf("[notify:x]\ncommand=/bin/page", "");
  assert.deepEqual([problem.rule, problem.key], ["missing-option", "command"]);
  assert.equal(receiversOf("[notify:x]\ncommand=/bin/page\nuser=root").length, 1);
});

test("a wrong URL is not in the message", () => {
  assert.equal(problemOf("[notify:x]\nurl=hooks.example/T0/s3cret").text.includes("s3cret"), false);
});

test("the URL is hidden in the effective configuration and in bundles", () => {
  const text = "[notify:x]\nurl=https://hooks.example/T0/abc?d=e\ntoken_file=/etc/t\n";
  const world = fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${text}` });
  const sections = readEffective("/etc/s.conf", world);
  assert.ok(sections.ok);
  const shown = effectiveText(sections.value, "/etc", false);
  assert.match(shown, /^url=https:\/\/hooks\.example\/<redacted>/m);
  assert.match(shown, /^token_file=\/etc\/t/m);
  assert.match(redactConfig(text), /^url=<redacted>$/m);
  assert.match(redactConfig("[program:x]\nurl=http://a/b\n"), /^url=http:\/\/a\/b$/m);
});

test("hours are written as they are read", () => {
  const minutes = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(minutes, minutes, (from, to) => {
      const read = parseHours(hoursText({ from, to }));
      if (from === to) assert.equal(read.ok, false);
      else assert.deepEqual(read, { ok: true, value: { from, to } });
    }),
  );
});

test("no address has what would be an option of sendmail, or another header", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseMailAddresses(text);
      for (const address of read.ok ? read.value : [])
        assert.doesNotMatch(address, /^-|[\s,<>"\0]/);
    }),
  );
});
