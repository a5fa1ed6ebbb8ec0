// The text of a diagnosis.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import type { CodedFinding, Diagnosis } from "../../../../src/doctor/model.ts";
import { shellWord } from "../../../../src/doctor/repairs/commands.ts";
import { commandLines, type Look } from "../../../../src/doctor/report/lines.ts";
import {
  editsText,
  findingText,
  outcomeLine,
  reportText,
} from "../../../../src/doctor/report/report.ts";
import { type Again, headText, verdict } from "../../../../src/doctor/report/summary.ts";

const PLAIN: Look = { unicode: false, colours: false, verbose: false, quiet: false, columns: 80 };

const AGAIN: Again = { needsSudo: false, words: "", config: "", fix: "--fix" };
const UP = { isDown: false };

const FINDING: CodedFinding = {
  code: "SOCK-003",
  area: "socket",
  follows: [],
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
  return { findings, unknown: [], skipped: [], checked: CHECKED };
}

describe("a report", () => {
  test("shows what is the same for several programs once, and everything with --verbose", () => {
    const about = (subject: string, line: number): CodedFinding => ({
      ...FINDING,
      subject,
      symptom: `stopping ${subject} leaves its children running`,
      place: { file: "/etc/x.conf", line, section: subject, key: "command" },
    });
    const both = diagnosis(about("web", 3), about("queue", 7));
    const short = reportText(both, PLAIN);
    assert.match(
      short,
      /xx SOCK-003 queue\n\s+the same, at \/etc\/x\.conf:7 \(--verbose shows all/,
    );
    assert.equal(short.split("Remove the stale socket").length, 2);
    const long = reportText(both, { ...PLAIN, verbose: true });
    assert.equal(long.split("Remove the stale socket").length, 3);
  });

  test("has one line for each area where nothing is wrong", () => {
    assert.equal(reportText(diagnosis(), PLAIN), "ok socket\nok config\n");
    assert.equal(reportText(diagnosis(), { ...PLAIN, quiet: true }), "");
    assert.equal(verdict(diagnosis(), AGAIN, UP), "No problems found.\n");
  });

  test("has symptom, cause, evidence, place and fix", () => {
    assert.equal(
      reportText(diagnosis(FINDING), PLAIN),
      `xx socket    1 error
  xx SOCK-003 /run/x.sock
            unix:///run/x.sock refused connection
      why   A daemon ended without removing its socket.
      seen  /run/x.sock is a socket, root:root 0700
            ECONNREFUSED
      where /etc/x.conf:3
      fix   Remove the stale socket (tsv doctor --fix does this)
            rm /run/x.sock
ok config
`,
    );
    assert.equal(verdict(diagnosis(FINDING), AGAIN, UP), "1 error.\nNext: tsv doctor --fix\n");
  });

  test("is silent about what is only worth knowing, unless asked", () => {
    const info: CodedFinding = { ...FINDING, severity: "info" };
    assert.equal(reportText(diagnosis(info), PLAIN), "ok socket\nok config\n");
    assert.match(reportText(diagnosis(info), { ...PLAIN, verbose: true }), /1 note/);
    assert.equal(verdict(diagnosis(info), AGAIN, UP), "No problems found.\n");
  });

  test("begins with what was examined, and says once what could not be checked of it", () => {
    const what = "whose port 80 is";
    const unknown = [
      { code: "SOCK-003", area: "socket", what },
      { code: "SOCK-008", area: "socket", what },
    ] as const;
    const about = {
      configuration: "/etc/x.conf (named with --config)",
      daemon: "none runs with this configuration",
      others: ["another daemon runs: a tsv daemon, pid 9 of pi"],
      isDown: true,
    };
    assert.equal(
      headText(about, { ...diagnosis(), unknown }, PLAIN),
      `config    /etc/x.conf (named with --config)
daemon    none runs with this configuration
          another daemon runs: a tsv daemon, pid 9 of pi
unknown   whose port 80 is
`,
    );
    const again = { ...AGAIN, needsSudo: true };
    assert.match(verdict({ ...diagnosis(), unknown }, again, UP), /Next: sudo tsv doctor$/m);
    assert.match(
      verdict({ ...diagnosis(), unknown }, AGAIN, UP),
      /could not be checked\.$/m,
      "root",
    );
  });

  test("never says that nothing is wrong while no daemon runs", () => {
    const said = verdict(diagnosis(), AGAIN, { isDown: true });
    assert.match(said, /but no daemon runs with this configuration\.\nNext: tsv doctor socket$/m);
  });

  test("has no tick for an area that was skipped, and no good word when all were", () => {
    const why = "the configuration has errors";
    const skipped = [{ area: "socket", why }] as const;
    const said = reportText({ ...diagnosis(), skipped }, PLAIN);
    assert.equal(said, "-- socket    skipped: the configuration has errors\nok config\n");
    assert.match(
      verdict({ ...diagnosis(), skipped }, AGAIN, UP),
      /^No problems found in the other areas: socket skipped/,
    );
    const all = { ...diagnosis(), skipped: [...skipped, { area: "config", why }] as const };
    assert.match(verdict(all, AGAIN, UP), /^Nothing could be checked: socket, config skipped/);
  });

  test("shows what follows from other findings after them", () => {
    const later: CodedFinding = { ...FINDING, code: "SOCK-001", follows: ["CONF-013"] };
    const root: CodedFinding = { ...FINDING, code: "CONF-013", area: "config" };
    const said = reportText(diagnosis(root, later), PLAIN);
    assert.match(said, /^xx socket {4}1 error\nxx config {4}1 error\n {2}xx CONF-013/);
    assert.match(
      said,
      /\nConsequences of the above:\n {2}xx SOCK-001[\s\S]*after CONF-013, which must be fixed first/,
    );
  });

  test("ends with a command that can be pasted", () => {
    const words = "--config /etc/x.conf socket";
    const told = (again: Partial<Again>): string =>
      verdict(diagnosis(FINDING), { ...AGAIN, words, ...again }, UP);
    assert.match(told({}), /Next: tsv doctor --config \/etc\/x\.conf socket --fix$/m);
    const asUser = told({ needsSudo: true, fix: "--fix --yes" });
    assert.match(asUser, /Next: sudo tsv doctor --config \/etc\/x\.conf socket --fix --yes$/m);
  });

  test("does not send in circles after --fix, and names the worst", () => {
    const warning: CodedFinding = { ...FINDING, code: "BOOT-009", severity: "warning" };
    assert.equal(
      verdict(diagnosis(warning, FINDING), { ...AGAIN, fix: null }, UP),
      '1 error, 1 warning.\nNext: tsv doctor --explain SOCK-003, or see "fix" above\n',
    );
  });

  test("uses signs and colours where the terminal shows them", () => {
    const look = { ...PLAIN, unicode: true, colours: true };
    assert.match(reportText(diagnosis(FINDING), look), /\x1b\[31m✗\x1b\[0m socket/);
  });

  test("breaks long sentences, and never a command", () => {
    const long = { ...FINDING, cause: "word ".repeat(60).trim() };
    const lines = reportText(diagnosis(long), PLAIN).split("\n");
    assert.ok(lines.every((line) => line.length <= 80));
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
    assert.match(editsText(edit, { columns: 80 }), /-x=1\n.*\+x=2\n/);
    assert.doesNotMatch(editsText(edit, { columns: 80 }), /geheim/);
    assert.match(editsText(edit, { columns: 80 }), /\+password=/);
  });
});

describe("names chosen by others", () => {
  const evil = "/home/pi/\x1b]0;x\x07\nrm -rf ~\u202e";

  test("does nothing to a terminal", () => {
    const finding: CodedFinding = {
      ...FINDING,
      ...{ subject: evil, symptom: evil, cause: evil, evidence: [evil] },
      place: { file: evil, line: 1, section: null, key: null },
      repair: { ...FINDING.repair, advice: evil, commands: [`# in ${evil} write: x=y`] },
    };
    const text =
      findingText(finding, PLAIN) + outcomeLine({ finding, outcome: "fixed", reason: null }, PLAIN);
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
  const shown = editsText(
    { ...FINDING, repair: { ...FINDING.repair, steps: [planned] } },
    { columns: 80 },
  );
  assert.doesNotMatch(shown, /swordfish/);
  assert.match(shown, /-autostrat=true\n {4}\+autostart=true/);
});

// Commands of a repair as lines.

test("comments are wrapped as comments, and commands stay whole", () => {
  assert.deepEqual(commandLines("# in /etc/tsv.conf line 7 [program:a] write: a=b", 46), [
    "# in /etc/tsv.conf line 7 [program:a] write:",
    "#   a=b",
  ]);
  assert.deepEqual(commandLines("install -d -o nobody /srv/logs", 10), [
    "install -d -o nobody /srv/logs",
  ]);
});
