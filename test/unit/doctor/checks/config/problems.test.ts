// What the checks of problems add to `tsv check`: severity, cause, evidence, and repairs by doctor. The fixes themselves are
// tested in test/unit/core/config/lint/fixes.test.ts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import type { Check } from "../../../../../src/doctor/checks/check.ts";
import { PROBLEM_CHECKS } from "../../../../../src/doctor/checks/config/problems.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { CONF, findings, fix, fixed, said } from "./looking.ts";

function checkOf(code: string): Check {
  const check = PROBLEM_CHECKS.find((one) => one.code === code);
  assert.ok(check, code);
  return check;
}

const D = "[supervisord]\n";
const A = `${D}[program:a]\n`;

/** A text, the severity and the class of the repair of each finding. */
const ROWS: readonly (readonly [code: string, text: string, ...found: string[]])[] = [
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
    ...["error C", "warning C", "info C", "warning C"],
  ],
  ["CONF-014", `${A}command=a\nautostrat=no\n`, "warning B"],
  ["CONF-014", `${A}command=a\nautostart=no\nautostrat=no\n`, "warning C"],
  [
    "CONF-014",
    `${A}command=a\n00=/tmp\nmy_own_note=x\n[tool:black]\nx=1\n`,
    ...Array(3).fill("info C"),
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

describe("problems of tsv check", () => {
  for (const [code, text, ...found] of ROWS) {
    test(`${code} of ${JSON.stringify(text)}: ${found.join(", ")}`, () => {
      const all = findings(checkOf(code), text);
      assert.deepEqual(
        all.map(({ severity, repair }) => `${severity} ${repair.class}`),
        found,
      );
      const [first] = all;
      if (first?.repair.class === "B" && all.length === 1) fixed(checkOf(code), text);
      assert.ok(first?.cause.endsWith("."));
    });
  }

  test("a sound file has none", () => {
    for (const check of PROBLEM_CHECKS) {
      assert.deepEqual(findings(check, `${A}command=a\nautostart=true\n`), [], check.code);
    }
  });

  test("possible secrets are not shown", () => {
    const text = `${A}command=a --password=hunter2% postgres://u:hunter2%@h\nenvironment=TOKEN="hunter2%" x\n[inet_http_server]\nport=1\nusername=a\npassword=hunter2%\n`;
    const bad = `${A}command=a\npassword hunter2\nDB_PASSWORD: "hunter2`;
    for (const found of [text, bad].flatMap((one) =>
      PROBLEM_CHECKS.flatMap((check) => findings(check, one)),
    )) {
      const { repair, ...rest } = found;
      const { advice, commands } = repair;
      assert.doesNotMatch(JSON.stringify({ ...rest, advice, commands }), /hunter2/);
    }
  });
});

test("CONF-002 is corrected in an included file", () => {
  const host = new DoctorHost().file("/etc/tsv/conf.d/a.conf", "\ufeff[program:a]\ncommand=a\n");
  const main = `${D}[include]\nfiles=conf.d/*.conf\n`;
  const [finding] = findings(checkOf("CONF-002"), main, host);
  assert.equal(finding?.place?.file, "/etc/tsv/conf.d/a.conf");
  fix(host, finding);
  assert.deepEqual(findings(checkOf("CONF-002"), main, host), []);
});

test("CONF-004 converts a file that cannot be read as text, or prints the command", () => {
  const bytes = (text: string): DoctorHost =>
    new DoctorHost().bytes(CONF, Buffer.from(text, "latin1"));
  const host = bytes("[supervisord]\n; caf\xe9\n");
  const [finding] = findings(checkOf("CONF-004"), null, host);
  assert.deepEqual(finding?.evidence, ["line 2, in a comment"]);
  fix(host, finding);
  assert.equal(host.readText(CONF), "[supervisord]\n; café\n");
  const [left] = findings(checkOf("CONF-004"), null, bytes("[supervisord]\nidentifier=\xe9\n"));
  assert.equal(left?.repair.class, "C");
  assert.match(left.repair.commands[0] ?? "", /^iconv -f WINDOWS-1252 /);
});

test("CONF-005 leaves a file alone that was named and is meant to be included", () => {
  const config = { chosenBy: "option" } as const;
  const text = "[program:a]\ncommand=a\n";
  const [finding] = findings(checkOf("CONF-005"), text, new DoctorHost(), { config });
  assert.deepEqual([finding?.severity, finding?.repair.class], ["info", "C"]);
});

test("CONF-009 says which variable the daemon lacks, and whether this shell has it", () => {
  const caller = { environment: { API_URL: "x" } };
  const text = `${A}command=a %(ENV_API_URL)s\n`;
  const [finding] = findings(checkOf("CONF-009"), text, new DoctorHost(), { caller });
  assert.equal(finding?.repair.class, "C");
  assert.equal(finding.cause, "The environment of the daemon has no API_URL.");
  assert.deepEqual(finding.evidence, ["API_URL is set in this shell, but not for the daemon"]);
});

describe("CONF-010", () => {
  const S = `${D}[include]\n`;
  const INCLUDE = checkOf("CONF-010");

  test("an empty directory is how a fresh installation looks", () => {
    const host = new DoctorHost().directory("/etc/tsv/conf.d");
    const found = findings(INCLUDE, `${S}files=conf.d/*.conf\n`, host);
    assert.deepEqual(
      found.map(({ severity }) => severity),
      ["info"],
    );
  });

  test("a missing directory or file is reported with its line", () => {
    const [finding] = findings(INCLUDE, `${S}files=/nowhere/*.conf\n`);
    assert.deepEqual([finding?.severity, finding?.place?.line], ["warning", 3]);
    assert.equal(finding?.cause, "The directory /nowhere does not exist.");
    const [file] = findings(INCLUDE, `${S}files=/tmp/x.conf\n`);
    assert.equal(file?.cause, "The file does not exist.");
  });

  test("an included file includes nothing", () => {
    const host = new DoctorHost().file("/etc/tsv/a.conf", "[include]\nfiles=b.conf\n");
    const [finding] = findings(INCLUDE, `${S}files=a.conf\n`, host);
    assert.equal(finding?.cause, "Only the main file can include others.");
  });

  test("a directory that this user cannot list is not reported as empty", () => {
    const host = new DoctorHost().directory("/etc/tsv/conf.d", { mode: 0o700 });
    host.uid = 1000;
    host.hidden.add("/etc/tsv/conf.d");
    host.file(CONF, `${S}files=conf.d/*.conf\n`);
    const [first] = said(INCLUDE, host.facts());
    assert.ok(first !== undefined && "unknown" in first);
  });
});
