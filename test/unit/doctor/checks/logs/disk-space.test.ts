// LOG-007: full, nearly full, and large enough; limits, and logs without one.

import { test } from "node:test";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear } from "../../../../fakes/doctor-repairs.ts";
import { checkOf, type Facts, rows } from "../rows.ts";
import { runningTsv } from "./running.ts";

const GB = 1024 ** 3;
const LOG = "/var/log/web.log";
const AUTO =
  "[supervisord]\nlogfile=/var/log/d.log\n[program:web]\ncommand=/usr/bin/tsv\nstderr_logfile=NONE\n";
const TEXT = `${AUTO}stdout_logfile=${LOG}\n`;
const ENDLESS = "stdout_logfile_maxbytes=0\n";
const SHARED = `[program:b]\ncommand=/usr/bin/tsv\nstdout_logfile=${LOG}\nstderr_logfile=${LOG}\n`;

function host(system: Parameters<DoctorHost["mount"]>[1] = {}): DoctorHost {
  const half = { totalBytes: 100 * GB, freeBytes: 50 * GB };
  return new DoctorHost().mount("/var/log", { ...half, ...system });
}

/** Logs on such a file system. */
function disk(system: Parameters<DoctorHost["mount"]>[1], more = ""): Facts {
  return { on: host(system), text: TEXT + more };
}

/** A log without a limit, of this size. */
function endless(bytes: number, on = host()): Facts {
  return { on: on.file(LOG, "", { bytes }), text: TEXT + ENDLESS };
}

/** No space, and the daemon has a log open that was removed. */
function removed(): Facts {
  const on = host({ freeBytes: 0 });
  on.files.set(700, [{ fd: 7, target: "/var/log/old.log", deleted: true }]);
  return { on, text: TEXT, ...runningTsv({ pid: 700 }) };
}

rows("LOG-007", [
  [
    "no space",
    { on: host({ freeBytes: 0 }).file(LOG, "", { bytes: 2 * GB }), text: TEXT },
    { severity: "error", subject: "/var/log", class: "C" },
  ],
  ["4 % of the space", disk({ freeBytes: 4 * GB }), { severity: "warning" }],
  ["6 % of the space", disk({ freeBytes: 6 * GB }), null],
  ["4 % of a large disk", disk({ totalBytes: 4000 * GB, freeBytes: 150 * GB }), null],
  ["1 % of the inodes", disk({ freeInodes: 10, totalInodes: 1000 }), { severity: "warning" }],
  ["no count of inodes", disk({ type: "btrfs", freeInodes: 0, totalInodes: 0 }), null],
  ["a read-only file system", disk({ freeBytes: 0, options: ["ro"] }), null],
  [
    "almost no space, and limits beyond the size of the disk",
    disk({ totalBytes: 0.5 * GB, freeBytes: 0.01 * GB }),
    { evidence: /limits of 2 logs, maxbytes × \(backups \+ 1\), add up to 1\.1GB$/m },
  ],
  [
    "the limit of a log of several programs counts once",
    disk({ totalBytes: 1.2 * GB, freeBytes: 0.02 * GB }, SHARED),
    { evidence: /^(?!.*add up)/s },
  ],
  [
    "a removed log that the daemon has open",
    removed(),
    { evidence: /\/var\/log\/old\.log open, removed/, commands: /^kill -USR2 700 /m },
  ],
  ["a small one", endless(GB / 2), null],
  [
    "one that logrotate looks after",
    endless(11 * GB, host().file("/etc/logrotate.d/web", "/var/log/*.log {\n  copytruncate\n}\n")),
    null,
  ],
  [
    "AUTO logs without a limit",
    { on: host(), text: AUTO + ENDLESS },
    { severity: "warning", symptom: /^AUTO logging used for stdout_logfile without/, line: 6 },
  ],
]);

test("LOG-007: a thousand programs take ten times the questions of a hundred", () => {
  assertLinear(
    checkOf("LOG-007"),
    () => host(),
    (index) => `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/p${index}.log\n`,
  );
});
