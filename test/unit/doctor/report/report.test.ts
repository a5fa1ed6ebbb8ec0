// What people see of a diagnosis.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import type { CodedFinding, Diagnosis } from "../../../../src/doctor/model.ts";
import { shellWord } from "../../../../src/doctor/repairs/shell-quoting.ts";
import {
  type Again,
  editsText,
  findingText,
  type Look,
  outcomeLine,
  reportText,
  verdict,
} from "../../../../src/doctor/report/report.ts";

const PLAIN: Look = { unicode: false, colours: false, verbose: false, quiet: false };

const AGAIN: Again = { needsSudo: false, words: "", fix: "--fix" };

const FINDING: CodedFinding = {
  code: "SOCK-003",
  area: "socket",
  severity: "error",
  subject: "/run/x.sock",
  symptom: "unix:///run/x.sock refused connection",
  cause: "A daemon ended without removing its socket.",
  evidence: ["/run/x.sock is a socket, root:root 0700", "ECONNREFUSED"],
  place: { file: "/etc/x.conf", line: 3, section: "unix_http_server", key: "file" },
  repair: {
    class: "A",
    advice: "Remove the stale socket",
    commands: ["rm /run/x.sock"],
    steps: [
      {
        step: { kind: "remove-stale", path: "/run/x.sock" },
        now: "a socket",
        will: "removed",
        edited: null,
        mayFail: false,
      },
    ],
  },
};

const CHECKED = [
  { code: "SOCK-003", area: "socket" },
  { code: "CONF-001", area: "config" },
] as const;

function diagnosis(...findings: readonly CodedFinding[]): Diagnosis {
  return { findings, unseen: [], checked: CHECKED };
}

describe("a report", () => {
  test("has one line for each area where nothing is wrong", () => {
    assert.equal(reportText(diagnosis(), PLAIN), "ok socket\nok config\n");
    assert.equal(reportText(diagnosis(), { ...PLAIN, quiet: true }), "");
    assert.equal(verdict(diagnosis(), AGAIN), "No problems found.\n");
  });

  test("says what, why, what was seen, where and what to do", () => {
    assert.equal(
      reportText(diagnosis(FINDING), PLAIN),
      `xx socket    1 error
  xx SOCK-003 /run/x.sock
            unix:///run/x.sock refused connection
      why   A daemon ended without removing its socket.
      seen  /run/x.sock is a socket, root:root 0700
            ECONNREFUSED
      where /etc/x.conf:3
      fix   Remove the stale socket (--fix does it)
            rm /run/x.sock
ok config
`,
    );
    assert.equal(verdict(diagnosis(FINDING), AGAIN), "1 error. Next: tsv doctor --fix\n");
  });

  test("is silent about what is only worth knowing, unless asked", () => {
    const info: CodedFinding = { ...FINDING, severity: "info" };
    assert.equal(reportText(diagnosis(info), PLAIN), "ok socket\nok config\n");
    assert.match(reportText(diagnosis(info), { ...PLAIN, verbose: true }), /1 remark/);
    assert.equal(verdict(diagnosis(info), AGAIN), "No problems found.\n");
  });

  test("says once what could not be seen, and who could", () => {
    const what = "whose port 80 is";
    const unseen = [
      { code: "SOCK-003", area: "socket", what },
      { code: "SOCK-008", area: "socket", what },
    ] as const;
    const said = reportText({ ...diagnosis(), unseen }, PLAIN);
    assert.equal(said.split("could not see").length, 2);
    const again = { ...AGAIN, needsSudo: true };
    assert.match(verdict({ ...diagnosis(), unseen }, again), /Next: sudo tsv doctor$/m);
    assert.match(verdict({ ...diagnosis(), unseen }, AGAIN), /could not be seen\.$/m, "root");
  });

  test("ends with a command that can be pasted", () => {
    const words = "--config /etc/x.conf socket";
    const told = (again: Partial<Again>): string =>
      verdict(diagnosis(FINDING), { ...AGAIN, words, ...again });
    assert.match(told({}), /Next: tsv doctor --config \/etc\/x\.conf socket --fix$/m);
    const asUser = told({ needsSudo: true, fix: "--fix --yes" });
    assert.match(asUser, /Next: sudo tsv doctor --config \/etc\/x\.conf socket --fix --yes$/m);
  });

  test("does not send in circles after --fix, and names the worst", () => {
    const warning: CodedFinding = { ...FINDING, code: "BOOT-009", severity: "warning" };
    assert.equal(
      verdict(diagnosis(warning, FINDING), { ...AGAIN, fix: null }),
      '1 error, 1 warning. Next: see "fix" above, or tsv doctor --explain SOCK-003\n',
    );
  });

  test("uses signs and colours where the terminal shows them", () => {
    const look = { ...PLAIN, unicode: true, colours: true };
    assert.match(reportText(diagnosis(FINDING), look), /\x1b\[31m✗\x1b\[0m socket/);
  });

  test("breaks long sentences, and never a command", () => {
    const long = { ...FINDING, cause: "word ".repeat(60).trim() };
    const lines = reportText(diagnosis(long), PLAIN).split("\n");
    assert.ok(lines.every((line) => line.length <= 100));
  });

  test("shows an edit line by line, and no password", () => {
    const step = {
      step: {
        kind: "file",
        path: "/etc/x.conf",
        text: "[a]\nx=2\npassword=geheim\n",
        mode: 0o644,
        owner: { user: "root", group: "root" },
        what: "configuration",
      },
      now: "",
      will: "",
      edited: { path: "/etc/x.conf", text: "[a]\nx=1\n" },
      mayFail: false,
    } as const;
    const edit = { ...FINDING, repair: { ...FINDING.repair, steps: [step] } };
    assert.match(editsText(edit), /-x=1\n.*\+x=2\n/);
    assert.doesNotMatch(editsText(edit), /geheim/);
    assert.match(editsText(edit), /\+password=/);
  });
});

describe("what others have named", () => {
  const evil = "/home/pi/\x1b]0;x\x07\nrm -rf ~\u202e";

  test("does nothing to a terminal", () => {
    const finding: CodedFinding = {
      ...FINDING,
      ...{ subject: evil, symptom: evil, cause: evil, evidence: [evil] },
      place: { file: evil, line: 1, section: null, key: null },
      repair: { ...FINDING.repair, advice: evil, commands: [`# in ${evil} write: x=y`] },
    };
    const text = findingText(finding, PLAIN) + outcomeLine(finding, "fixed", PLAIN);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    assert.doesNotMatch(text, /^rm/m);
    assert.match(text, /\/home\/pi\/\\x1b\]0;x\\x07\\x0arm/);
  });

  test("is a word of a shell, spelt where it has to be", () => {
    for (const word of [evil, "it's", "a\\'b\x01", "$(id)", "\u0085", "plain/x"]) {
      const quoted = shellWord(word);
      assert.doesNotMatch(quoted, /[\p{Cc}\u202e]/u);
      const read = spawnSync("bash", ["-c", `printf %s ${quoted}`], {
        env: { ...process.env, LC_ALL: "C.UTF-8" },
      });
      assert.equal(read.stdout.toString(), word);
    }
  });
});

test("a diff hides the values of variables also on lines that continue others", () => {
  const old = '[program:b]\nenvironment=A="swordfish1",\n    B="swordfish2"\nautostrat=true\n';
  const text = old.replace("autostrat", "autostart");
  const step = { kind: "file", path: "/etc/x.conf", text, mode: 0o600, what: "" } as const;
  const owner = { user: "root", group: "root" };
  const edited = { path: "/etc/x.conf", text: old };
  const planned = { step: { ...step, owner }, now: "", will: "", edited, mayFail: false };
  const shown = editsText({ ...FINDING, repair: { ...FINDING.repair, steps: [planned] } });
  assert.doesNotMatch(shown, /swordfish/);
  assert.match(shown, /-autostrat=true\n {4}\+autostart=true/);
});
