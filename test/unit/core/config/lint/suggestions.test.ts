// What `tsv check` says to write instead of a wrong value.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import { OPTIONS } from "../../../../../src/core/config/options/table.ts";
import type { ValueKind } from "../../../../../src/core/config/value-types.ts";
import { fakeWorld } from "../fake-world.ts";

const ACCOUNTS = {
  "/etc/passwd": "root:x:0:0::/root:/bin/sh\n# a comment:\nwww-data:x:33:33::/:/bin/sh\n+::::::\n",
  "/etc/group": "root:x:0:\nwww-data:x:33:\nadm:x:4:root\n",
};

/** What is said of an option. @param more options beside it */
function said(section: string, key: string, value: string, more = ""): string {
  const isDaemon = section === "supervisord";
  const user = isDaemon && key === "user" ? "" : "user=root\n";
  const header = isDaemon ? "" : `[${section}]\n`;
  const text = `[supervisord]\n${user}${header}${more}${key}=${value}\n`;
  return checkConfig("/c", fakeWorld({ "/c": text, ...ACCOUNTS }))
    .filter((problem) => problem.key === key)
    .map(formatProblem)
    .join("\n");
}

/** No value of any of these kinds. Other kinds take all texts. */
const BAD: Partial<Readonly<Record<ValueKind, string>>> = {
  "absolute paths": "a/b",
  name: "a:b",
  path: "/none/x",
  logfile: "/none/x",
  "env files": "?",
  "variable patterns": "$A",
  dependencies: "a b c:d",
};
const ANY_TEXT: readonly ValueKind[] = ["string", "list", "environment"];

for (const { section, key, kind } of OPTIONS) {
  // None of them is of a daemon.
  const isOfClient = ["supervisorctl", "include", "group", "ctlplugin"].includes(section);
  if (isOfClient || ANY_TEXT.includes(kind)) continue;
  const header = /^(?:supervisord|unix_.*|inet_.*)$/.test(section) ? section : `${section}:a`;
  test(`a wrong ${key} of [${section}] is answered with what may be written`, () => {
    const line = said(header, key, BAD[kind] ?? "no/such:value");
    assert.match(line, /error: /);
    assert.match(
      line,
      /\b(?:write|it is|create|this host has no|a whole number|not an absolute path|with running, ready|because of character)\b/,
    );
  });
}

for (const [section, key, value, meant] of [
  ["program:a", "user", "www-dta", "www-data"],
  ["supervisord", "user", "www-dta", "www-data"],
  ["program:a", "stdout_logfile_owner", "www-dta", "www-data"],
  ["program:a", "stdout_logfile_owner", "root:amd", "adm"],
  ["unix_http_server", "chown", "www-dta", "www-data"],
  ["unix_http_server", "chown", "root:wwwdata", "root:www-data"],
  ["unix_http_server", "chown", "www-dta:amd", "www-data:adm"],
  ["fcgi-program:a", "socket_owner", "rot", "root"],
] as const) {
  test(`${key}=${value} of [${section}] means ${meant}`, () => {
    const line = said(section, key, value, "file=/tmp/x\nsocket=unix:///tmp/x\n");
    assert.ok(line.endsWith(` (did you mean ${meant}?)`), line);
  });
}

for (const [section, key, value, meant] of [
  ["group:g", "programs", "wbe", "programs=web"],
  ["eventlistener:l", "events", "TICK_50", "events=TICK_5"],
] as const) {
  test(`${key}=${value} of [${section}] is answered with the fix that check offers`, () => {
    const text = `[supervisord]\nuser=root\n[program:web]\ncommand=a\n[${section}]\ncommand=a\n`;
    const world = fakeWorld({ "/c": `${text}${key}=${value}\n` });
    const [problem] = checkConfig("/c", world).filter((each) => each.key === key);
    assert.equal(problem?.suggestion, `write ${meant}`);
    assert.equal(problem.fix?.advice, `Write ${meant}`);
  });
}

test("an account that resembles none of the host is to be created", () => {
  assert.match(
    said("program:a", "user", "postgres"),
    /\(create the user, or name one that exists\)$/,
  );
  const owner = said("unix_http_server", "chown", "rot:dockers", "file=/tmp/x\n");
  assert.match(owner, /\(this host has no user rot and no group dockers: create it, or name one/);
});

for (const [section, key, sample] of [
  ["supervisord", "umask", "022"],
  ["program:a", "umask", "022"],
  ["unix_http_server", "chmod", "0700"],
  ["fcgi-program:a", "socket_mode", "0700"],
] as const) {
  test(`${key} of [${section}] is written in octal, as ${sample}`, () => {
    const line = said(section, key, "rw", "socket=unix:///tmp/x\n");
    assert.ok(line.endsWith(` (write it in octal, as ${sample})`), line);
  });
}
