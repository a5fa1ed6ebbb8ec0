// Files of the configuration: none (CONF-001), one that is not included (CONF-011), and one that is newer than the running
// configuration (CONF-017).

import type { CheckProblem } from "../../../../../src/core/config/rules.ts";
import type { DoctorFacts } from "../../../../../src/doctor/facts/doctor-facts.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { asUser } from "../logs/running.ts";
import { type Facts, type Row, rows } from "../rows.ts";

const CONF = "/etc/tsv/tsv.conf";

const MISSING: CheckProblem = {
  ...{ file: CONF, line: null, section: null, key: null, suggestion: null, fix: null },
  ...{ severity: "error", rule: "no-file", code: "CONF-001" },
  message: `could not find config file ${CONF}`,
};

/** The file is named with --config. */
function named(on: DoctorHost): Facts {
  return { on, config: { path: CONF, chosenBy: "option", problems: [MISSING] } };
}

rows("CONF-001", [
  [
    "no configuration at all",
    {},
    {
      severity: "error",
      symptom: "No config file found at default paths",
      evidence: ["ENOENT: /etc/tsv/tsv.conf"],
    },
  ],
  ["a missing file", named(new DoctorHost()), { cause: "The file does not exist." }],
  [
    "a dangling symlink",
    named(new DoctorHost().link(CONF, "/gone")),
    { cause: "It is a symlink to /gone, which does not exist." },
  ],
  [
    "a directory",
    named(new DoctorHost().directory(CONF)),
    { cause: "It is a directory, not a file." },
  ],
  [
    "a file that the caller cannot read",
    named(asUser(new DoctorHost().file(CONF, "", { mode: 0o600 }))),
    { unknown: `the contents of ${CONF} (needs root)` },
  ],
]);

const DIRECTORY = "/etc/tsv/conf.d";
const MAIN = "[supervisord]\n[include]\nfiles=conf.d/*.conf\n";
const PROGRAM = "[program:a]\ncommand=a\n";

function beside(name: string, text = PROGRAM): Facts {
  return { on: new DoctorHost().file(`${DIRECTORY}/${name}`, text), text: MAIN };
}

const linked = (): DoctorHost => new DoctorHost().directory(DIRECTORY).file("/srv/a.ini", PROGRAM);
const RENAMED = ["web.ini", "web.conf.txt", ".web.conf", "web.CONF", "web.cfg"];
const KEPT = [
  ...["web.conf~", "web.conf.bak", "web.ini.disabled", "web.conf.dpkg-old", ".web.conf.swp"],
  ...["README", "web.conf"],
];

rows("CONF-011", [
  ...RENAMED.map((name): Row => {
    // No mv(1): should the new name become a symlink to a directory, it would move the file into it.
    const steps = ["file /etc/tsv/conf.d/web.conf", `remove /etc/tsv/conf.d/${name}`];
    return [name, beside(name), { class: "B", steps }];
  }),
  ...KEPT.map((name): Row => [name, beside(name), null]),
  [
    "a copy of a file that is included",
    {
      on: new DoctorHost()
        .file(`${DIRECTORY}/a.conf`, PROGRAM)
        .file(`${DIRECTORY}/a.conf.txt`, PROGRAM),
      text: MAIN,
    },
    null,
  ],
  [
    "a copy of it with one more program",
    {
      on: new DoctorHost()
        .file(`${DIRECTORY}/a.conf`, PROGRAM)
        .file(`${DIRECTORY}/b.ini`, `${PROGRAM}[program:more]\ncommand=/bin/true\n`),
      text: MAIN,
    },
    { class: "B" },
  ],
  ["a file without programs", beside("x.ini", "[php]\na=1\n"), null],
  ["a main file", beside("x.ini", `[supervisord]\n${PROGRAM}`), null],
  [
    "a file whose new name exists",
    {
      on: new DoctorHost()
        .file(`${DIRECTORY}/a.ini`, PROGRAM)
        .file(`${DIRECTORY}/a.conf`, "[program:b]\ncommand=b\n"),
      text: MAIN,
    },
    { class: "C" },
  ],
  [
    "a symlink",
    { on: linked().link(`${DIRECTORY}/a.ini`, "/srv/a.ini"), text: MAIN },
    { class: "C" },
  ],
  [
    "a matching directory",
    { on: new DoctorHost().directory(`${DIRECTORY}/old.conf`), text: MAIN },
    {
      cause: "It is a directory, not a file.",
      advice: /or rename it so that it does not match$/,
    },
  ],
  [
    "a file that the caller cannot read, and the daemon may",
    {
      on: asUser(new DoctorHost().file(`${DIRECTORY}/a.conf`, PROGRAM), `${DIRECTORY}/a.conf`),
      text: MAIN,
      config: { daemonUid: 0 },
    },
    { unknown: `the contents of ${DIRECTORY}/a.conf (needs root)` },
  ],
]);

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE = 60_000;
const TEXT = "[supervisord]\n[program:a]\ncommand=a\n[program:b]\ncommand=b\n";
const TWIDDLER =
  "[rpcinterface:twiddler]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\n";

/**
 * A daemon that began an hour ago and has these groups, their programs started so many minutes ago.
 * @param edited how many minutes ago the file was written
 */
function running(
  groups: Readonly<Record<string, number>>,
  edited: number,
  text = TEXT,
  known: DoctorFacts["known"] = null,
): Facts {
  const on = new DoctorHost().file(CONF, text, { modifiedMs: NOW - edited * MINUTE });
  const daemon = { kind: "tsv", pid: 5, startedMs: NOW - 60 * MINUTE };
  const programs = Object.entries(groups).map(([group, minutes]) => ({
    ...{ group, name: group, state: "RUNNING", start: (NOW - minutes * MINUTE) / 1000 },
  }));
  return { on, daemon, programs, known } as unknown as Facts;
}

const SECOND = 1 / 60;

rows("CONF-017", [
  [
    "a new group, which alone is added",
    running({ a: 59 }, 5),
    [
      {
        severity: "warning",
        subject: "b",
        steps: [`command /usr/bin/tsv ctl -c ${CONF} update b`],
      },
      { severity: "info", subject: CONF },
    ],
  ],
  [
    "a group that was removed by hand, with an older file",
    running({ a: 59 }, 70),
    { severity: "info", steps: [] },
  ],
  [
    "a file that was written in the second in which its program started",
    running({ a: 5, b: 5 }, 5 - SECOND / 2),
    null,
  ],
  ["a file that was written two seconds later", running({ a: 5, b: 5 }, 5 - 2 * SECOND), [{}]],
  [
    "programs that are older than their file, which is reported once",
    running({ a: 59, b: 59 }, 5),
    [{ severity: "info", subject: CONF, evidence: / 5 min ago, after a, b had started$/ }],
  ],
  [
    "of two programs, one that is older than their file",
    running({ a: 59, b: 2 }, 5),
    [{ subject: CONF, evidence: /, after a had started$/ }],
  ],
  ["a daemon that matches the files", running({ a: 59, b: 59 }, 70), null],
  ["programs that are newer than their file", running({ a: 1, b: 2 }, 5), null],
  [
    "a program that was added at run time",
    running({ a: 59, b: 59, own: 9 }, 70, TEXT + TWIDDLER),
    null,
  ],
]);
