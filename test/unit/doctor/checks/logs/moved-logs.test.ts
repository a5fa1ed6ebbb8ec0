// LOG-008: logs that were renamed or removed under the daemon, and rules of logrotate that will do so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRules } from "../../../../../src/doctor/checks/logs/moved-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { fc } from "../../../../property.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { runningTsv } from "./running.ts";

const LOG = "/var/log/web.log";
const TEXT = `[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${LOG}\nstderr_logfile=NONE\n`;

/** What the daemon has open besides its own log; true: the file is deleted. */
function open(...files: readonly (readonly [target: string, deleted?: boolean])[]): Facts {
  const on = new DoctorHost();
  const all = [["/var/log/d.log"] as const, ...files];
  on.files.set(
    700,
    all.map(([target, deleted = false], index) => ({ fd: 6 + index, target, deleted })),
  );
  return { on, text: TEXT, ...runningTsv() };
}

function renamed(to: string): Row {
  return [`renamed to ${to}`, open([to]), { evidence: /^descriptor 7 is now / }];
}

/** A rule of logrotate. */
function rule(text: string, path = "/etc/logrotate.d/web"): Facts {
  const facts = open();
  return { ...facts, on: facts.on?.file(path, text) ?? new DoctorHost() };
}

rows("LOG-008", [
  renamed(`${LOG}-20260102`),
  renamed(`${LOG}.old`),
  ["a log under its own name", open([LOG]), null],
  ["one whose older copy is open too", open([LOG], [`${LOG}.1`]), null],
  [
    "open files that the caller cannot see",
    { text: TEXT, ...runningTsv() },
    { unknown: "which logs the daemon with pid 700 has open (needs root)" },
  ],
  ["copytruncate", rule("/var/log/*.log {\n  copytruncate\n}\n"), null],
  ["USR2", rule(`${LOG} {\n  postrotate\n    kill -USR2 $(cat /x.pid)\n  endscript\n}\n`), null],
  ["a rule for other files", rule("/var/log/*/web.log {\n  weekly\n}\n"), null],
  [
    "a copy that logrotate passes over",
    rule(`${LOG} {\n  weekly\n}\n`, "/etc/logrotate.d/web.dpkg-old"),
    null,
  ],
  [
    "copytruncate for every rule",
    {
      ...open(),
      on: new DoctorHost()
        .file("/etc/logrotate.conf", "weekly\ncopytruncate\ninclude /etc/logrotate.d\n")
        .file("/etc/logrotate.d/web", `${LOG} {\n  rotate 4\n}\n`),
      daemon: null,
    },
    null,
  ],
]);

test("no text breaks the reader of rules, and every rule has names and a line", () => {
  const piece = fc.constantFrom(
    ...["/a/*.log", '"/b c"', "{", "}", "\n", " ", "#", "weekly", "copytruncate", "'", "\t"],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join("");
      for (const { line } of parseRules(text, "/etc/logrotate.d/x", false)) {
        assert.ok(line >= 0 && line <= text.split("\n").length);
      }
    }),
  );
});

test("names may stand in one line, in several, and in quotes", () => {
  const text = '/a.log /b.log\n"/c d.log" {\n  weekly\n}\n\n/e.log\n{\n copytruncate\n}\n';
  assert.deepEqual(
    parseRules(text, "f", false).map(({ patterns, line, isSafe }) => [patterns, line, isSafe]),
    [
      [["/a.log", "/b.log", "/c d.log"], 1, false],
      [["/e.log"], 6, true],
    ],
  );
});

test("a star stays within a directory", () => {
  const [rule] = parseRules("/var/log/*.log {\n}\n", "f", false);
  const names = ["web.log", "app/web.log", "web.log.1"];
  assert.deepEqual(
    names.map((name) => rule?.matches(`/var/log/${name}`)),
    [true, false, false],
  );
});

test("a setting for all rules counts unless a rule resets it", () => {
  const found = parseRules("/a {\n}\n/b {\n nocopytruncate\n}\n", "f", true);
  assert.deepEqual(
    found.map(({ isSafe }) => isSafe),
    [true, false],
  );
});
