// What the checks of problems add to `tsv check`: severity, cause, evidence, and repairs by doctor. The fixes themselves are
// tested in test/unit/core/config/lint/fixes.test.ts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { PROBLEM_CHECKS } from "../../../../../src/doctor/checks/config/problems.ts";
import type { RepairClass, Severity } from "../../../../../src/doctor/model.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { asUser } from "../logs/running.ts";
import { type Facts, found, rows } from "../rows.ts";

const CONF = "/etc/tsv/tsv.conf";

const D = "[supervisord]\n";
const A = `${D}[program:a]\n`;

/** A text, the severity and the class of the repair of each finding. */
const ROWS: readonly (readonly [
  code: string,
  text: string,
  ...found: `${Severity} ${RepairClass}`[],
])[] = [
  ["CONF-002", "\ufeff; mine\n[supervisord]\n", "error B"],
  ["CONF-003", "[supervisord]\r\n", "info B"],
  ["CONF-005", "[program:a]\ncommand=a\n", "error B"],
  ["CONF-006", `${A}command=sh -c 'a ; b'\n`, "warning B"],
  ["CONF-006", `${A}command=sh -c 'a #b'\n`, "warning C"],
  ["CONF-007", `${A}command=a\nautostart=true;no\n`, "error B"],
  ["CONF-007", `${A}command=a\ndirectory=/tmp;no\n`, "warning B"],
  ["CONF-008", `${A}command=a\ndirectory="/tmp"\n`, "warning B"],
  ["CONF-008", `${A}command="/bin/a b"\n`, "error B"],
  ["CONF-009", `${A}command=date +%Y\n`, "error B"],
  ["CONF-010", `${D}[include]\n`, "error C"],
  ["CONF-012", `${A}command=a\nuser=pi\nuser=pi\nuser=root\n`, "warning B"],
  ["CONF-012", `${A}command=a\n[program:a]\nuser=root\n`, "warning C"],
  [
    "CONF-013",
    `${A}command=a\nstartsecs=x\nstopsignal=0\nkillasgroup=true\nredirect_stderr=1\nstderr_logfile=/tmp/e\n`,
    ...(["error C", "warning C", "info C", "warning C"] as const),
  ],
  ["CONF-014", `${A}command=a\nautostrat=no\n`, "warning B"],
  ["CONF-014", `${A}command=a\nautostart=no\nautostrat=no\n`, "warning C"],
  [
    "CONF-014",
    `${A}command=a\n00=/tmp\nmy_own_note=x\n[tool:black]\nx=1\n`,
    ...(["info C", "info C", "info C"] as const),
  ],
  ["CONF-015", `${A}command=/bin/a \\\n  b\n`, "warning B"],
  ["CONF-016", `${A}command=cd /srv && ./run\n`, "warning B"],
  ["CONF-016", `${A}command=/bin/app &\n`, "warning C"],
  ["CONF-018", `${D}[rpcinterface:x]\nsupervisor.rpcinterface_factory=my.code:make\n`, "warning C"],
  [
    "CONF-018",
    `${D}[ctlplugin:q]\nsupervisor.ctl_factory=supervisor_quick:make_quick_controllerplugin\n`,
    "warning C",
  ],
  [
    "CONF-018",
    `${D}[eventlistener:e]\ncommand=e\nevents=TICK_5\nresult_handler=my:handler\n`,
    "error C",
  ],
];

for (const [code, text, ...all] of ROWS) {
  const expected = all.map((one) => {
    const [severity, as] = one.split(" ") as [Severity, RepairClass];
    const isFixed = as === "B" && all.length === 1;
    return { severity, class: as, cause: /\.$/, ...(isFixed ? { fixed: true as const } : {}) };
  });
  rows(code, [[JSON.stringify(text), { text, on: new DoctorHost() }, expected]]);
}

test("a sound file has no problem", () => {
  for (const check of PROBLEM_CHECKS) {
    const text = `${A}command=a\nautostart=true\n`;
    assert.deepEqual(found(check, { text }), [], check.code);
  }
});

test("possible secrets are not shown", () => {
  const text = `${A}command=a --password=hunter2% postgres://u:hunter2%@h\nenvironment=TOKEN="hunter2%" x\n[inet_http_server]\nport=1\nusername=a\npassword=hunter2%\n`;
  const bad = `${A}command=a\npassword hunter2\nDB_PASSWORD: "hunter2`;
  for (const check of PROBLEM_CHECKS) {
    for (const one of [text, bad].flatMap((shown) => found(check, { text: shown }))) {
      assert.ok("repair" in one);
      const { repair, ...rest } = one;
      const { advice, commands } = repair;
      assert.doesNotMatch(JSON.stringify({ ...rest, advice, commands }), /hunter2/);
    }
  }
});

rows("CONF-002", []);

/** A configuration in Latin-1. */
function latin(text: string): Facts {
  return { on: new DoctorHost().bytes(CONF, Buffer.from(text, "latin1")) };
}

rows("CONF-004", [
  [
    "a comment that is not UTF-8",
    latin("[supervisord]\n; caf\xe9\n"),
    { writes: { [CONF]: /^\[supervisord\]\n; café\n$/ } },
  ],
  [
    "a value that is not UTF-8",
    latin("[supervisord]\nidentifier=\xe9\n"),
    { class: "C", commands: /^iconv -f WINDOWS-1252 / },
  ],
]);

rows("CONF-005", [
  [
    "a file that was named and is meant to be included",
    { text: "[program:a]\ncommand=a\n", config: { chosenBy: "option" } },
    { severity: "info", class: "C" },
  ],
]);

rows("CONF-009", [
  [
    "a variable that the daemon lacks, and this shell has",
    { text: `${A}command=a %(ENV_API_URL)s\n`, caller: { environment: { API_URL: "x" } } },
    {
      class: "C",
      cause: "The environment of the daemon has no API_URL.",
      evidence: ["API_URL is set in this shell, but not for the daemon"],
    },
  ],
]);

/** The main file includes these. */
function including(files: string, on = new DoctorHost()): Facts {
  return { on, text: `${D}[include]\nfiles=${files}\n` };
}

rows("CONF-010", [
  [
    "an empty directory, as after an installation",
    including("conf.d/*.conf", new DoctorHost().directory("/etc/tsv/conf.d")),
    { severity: "info" },
  ],
  ["a missing file", including("/tmp/x.conf"), { cause: "The file does not exist." }],
  [
    "an included file that includes others",
    including("a.conf", new DoctorHost().file("/etc/tsv/a.conf", "[include]\nfiles=b.conf\n")),
    { cause: "Only the main file can include others." },
  ],
]);

test("CONF-010: a directory that the caller cannot list is not reported as empty", () => {
  const on = asUser(new DoctorHost().directory("/etc/tsv/conf.d"), "/etc/tsv/conf.d");
  const check = PROBLEM_CHECKS.find(({ code }) => code === "CONF-010");
  assert.ok(check !== undefined);
  const [first] = found(check, including("conf.d/*.conf", on));
  assert.ok(first !== undefined && "unknown" in first);
});
