// LOG-007: full, nearly full, and large enough; limits, and logs without one.

import { test } from "node:test";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { assertLinear } from "../../../../fakes/doctor-repairs.ts";
import { checkOf, type Facts, rows } from "../rows.ts";

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

const SMALL = { totalBytes: 0.5 * GB, freeBytes: 0.4 * GB };

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
    "limits beyond the size of the disk",
    disk(SMALL),
    { severity: "info", evidence: /^maxbytes × \(backups \+ 1\) of 2 logs: 1\.1GB$/m },
  ],
  [
    "limits beyond it, of logs that have grown",
    {
      on: host(SMALL)
        .file(LOG, "", { bytes: 0.02 * GB })
        .file(`${LOG}.1`, "", { bytes: 0.05 * GB }),
      text: TEXT,
    },
    { severity: "warning" },
  ],
  [
    "the limit of a log of several programs",
    disk({ totalBytes: 1.2 * GB, freeBytes: GB }, SHARED),
    null,
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
    {
      severity: "warning",
      symptom: /^For \[program:web\], AUTO logging used for stdout_logfile without/,
      line: 6,
    },
  ],
]);

test("LOG-007: a thousand programs take ten times the questions of a hundred", () => {
  assertLinear(
    checkOf("LOG-007"),
    () => host(),
    (index) => `[program:p${index}]\ncommand=/usr/bin/tsv\nstdout_logfile=/var/log/p${index}.log\n`,
  );
});
