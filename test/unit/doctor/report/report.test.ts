// The text of a diagnosis.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import type { AnswerKind } from "../../../../src/doctor/facts/doctor-facts.ts";
import type { CodedFinding, Diagnosis } from "../../../../src/doctor/model.ts";
import { shellWord } from "../../../../src/doctor/repairs/commands.ts";
import { commandLines, type Look } from "../../../../src/doctor/report/lines.ts";
import {
  editsText,
  findingText,
  outcomeLine,
  reportText,
} from "../../../../src/doctor/report/report.ts";
import {
  type Again,
  describeExamination,
  headText,
  verdict,
} from "../../../../src/doctor/report/summary.ts";
import { answer, CONFIG, host } from "../checks/socket/rig.ts";

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

const INFO: CodedFinding = { ...FINDING, severity: "info" };
const WARNING: CodedFinding = { ...FINDING, code: "BOOT-009", severity: "warning" };
const VERBOSE = { ...PLAIN, verbose: true };
const SKIPPED = { area: "socket", why: "the configuration has errors" } as const;
const UNKNOWN = { code: "SOCK-003", area: "socket", what: "whose port 80 is" } as const;

describe("a report", () => {
  test("has symptom, cause, evidence, place and fix, then what follows from it", () => {
    const root: CodedFinding = { ...FINDING, code: "CONF-013", area: "config" };
    const later: CodedFinding = { ...FINDING, code: "SOCK-001", follows: ["CONF-013"] };
    const lines = `
            unix:///run/x.sock refused connection
      why   A daemon ended without removing its socket.
      seen  /run/x.sock is a socket, root:root 0700
            ECONNREFUSED
      where /etc/x.conf:3
`;
    const fix = `      fix   Remove the stale socket (tsv doctor --fix does this)
            rm /run/x.sock
`;
    assert.equal(
      reportText(diagnosis(root, later), VERBOSE),
      `xx socket    1 error
xx config    1 error
  xx CONF-013 /run/x.sock${lines}${fix}
Consequences of the above:
  xx SOCK-001 /run/x.sock${lines}      after CONF-013, which must be fixed first
${fix}`,
    );
  });

  test("shows what is the same for several programs once, and everything with --verbose", () => {
    const about = (subject: string, line: number): CodedFinding => ({
      ...FINDING,
      subject,
      symptom: `stopping ${subject} leaves its children running`,
      place: { file: "/etc/x.conf", line, section: subject, key: "command" },
    });
    const both = diagnosis(about("web", 3), about("queue", 7));
    const short = reportText(both, PLAIN);
    assert.match(short, /xx SOCK-003 queue\n +the same, at \/etc\/x\.conf:7 \(--verbose shows all/);
    assert.equal(short.split("Remove the stale socket").length, 2);
    assert.equal(reportText(both, VERBOSE).split("Remove the stale socket").length, 3);
  });

  const HEADS: readonly (readonly [what: string, Diagnosis, Look, text: string])[] = [
    ["a line for each area", diagnosis(), PLAIN, "ok socket\nok config\n"],
    ["nothing with --quiet", diagnosis(), { ...PLAIN, quiet: true }, ""],
    ["no notes", diagnosis(INFO), PLAIN, "ok socket\nok config\n"],
    [
      "no tick for an area that was skipped",
      { ...diagnosis(), skipped: [SKIPPED] },
      PLAIN,
      "-- socket    skipped: the configuration has errors\nok config\n",
    ],
  ];
  for (const [what, found, look, text] of HEADS) {
    test(`has ${what}`, () => assert.equal(reportText(found, look), text));
  }

  test("shows notes with --verbose, signs and colours where the terminal does, lines as wide as it", () => {
    assert.match(reportText(diagnosis(INFO), VERBOSE), /1 note/);
    const look = { ...PLAIN, unicode: true, colours: true };
    assert.match(reportText(diagnosis(FINDING), look), /\x1b\[31m✗\x1b\[0m socket/);
    const long = { ...FINDING, cause: "word ".repeat(60).trim() };
    const lines = reportText(diagnosis(long), PLAIN).split("\n");
    assert.ok(lines.every((line) => line.length <= 80));
  });

  test("does not say that no daemon runs where a server refuses this user", () => {
    const daemonFor = (kind: AnswerKind): string => {
      const parts = { servers: [answer(kind)], caller: { uid: 65534 } };
      return describeExamination(host().facts(CONFIG, parts)).daemon;
    };
    for (const kind of ["denied", "unauthorized"] as const) {
      assert.equal(daemonFor(kind), "unknown, because its server refuses this user");
    }
    assert.equal(daemonFor("missing"), "none runs with this configuration");
  });

  test("begins with what was examined, and says once what could not be checked of it", () => {
    const about = {
      configuration: "/etc/x.conf (named with --config)",
      daemon: "none runs with this configuration",
      others: ["another daemon runs: a tsv daemon, pid 9 of pi"],
      isDown: true,
    };
    assert.equal(
      headText(about, { ...diagnosis(), unknown: [UNKNOWN, UNKNOWN] }, PLAIN),
      `config    /etc/x.conf (named with --config)
daemon    none runs with this configuration
          another daemon runs: a tsv daemon, pid 9 of pi
unknown   whose port 80 is
`,
    );
  });
});

describe("the verdict", () => {
  const words = "--config /etc/x.conf socket";
  const unknown = { ...diagnosis(), unknown: [UNKNOWN] };
  const skipped = { ...diagnosis(), skipped: [SKIPPED] };
  const all = { ...diagnosis(), skipped: [SKIPPED, { ...SKIPPED, area: "config" }] as const };
  const unchecked = "; some things could not be checked";
  const because = "skipped, because the configuration has errors.";
  const next = "\nNext: tsv doctor";
  const ROWS: readonly (readonly [Diagnosis, again: Partial<Again & typeof UP>, text: string])[] = [
    [diagnosis(), {}, "No problems found."],
    [diagnosis(INFO), {}, "No problems found."],
    [diagnosis(FINDING), {}, `1 error.${next} --fix`],
    [diagnosis(FINDING), { words }, `1 error.${next} ${words} --fix`],
    [
      diagnosis(FINDING),
      { words, needsSudo: true, fix: "--fix --yes" },
      `1 error.\nNext: sudo tsv doctor ${words} --fix --yes`,
    ],
    // It does not send in circles after --fix, and names the worst.
    [
      diagnosis(WARNING, FINDING),
      { fix: null },
      `1 error, 1 warning.${next} --explain SOCK-003, or see "fix" above`,
    ],
    [unknown, {}, `No problems found${unchecked}.`],
    [unknown, { needsSudo: true }, `No problems found${unchecked}.\nNext: sudo tsv doctor`],
    [
      diagnosis(),
      { isDown: true },
      `No problems found, but no daemon runs with this configuration.${next} socket`,
    ],
    [skipped, {}, `No problems found in the other areas: socket ${because}${next}`],
    [all, {}, `Nothing could be checked: socket, config ${because}${next}`],
  ];
  for (const [found, { isDown = false, ...again }, text] of ROWS) {
    test(`says ${JSON.stringify(text)}`, () => {
      assert.equal(verdict(found, { ...AGAIN, ...again }, { isDown }), `${text}\n`);
    });
  }
});

describe("a diff", () => {
  const shown = (before: string, text: string): string => {
    const owner = { user: "root", group: "root" };
    const step = { kind: "file", path: "/etc/x.conf", text, mode: 0o600, owner, what: "" } as const;
    const edited = { path: "/etc/x.conf", text: before };
    const planned = { step, now: "", will: "", edited, mayFail: false };
    return editsText({ repair: { ...FINDING.repair, steps: [planned] } }, { columns: 80 });
  };

  test("shows an edit line by line, and no password", () => {
    const text = shown("[a]\nx=1\n", "[a]\nx=2\npassword=geheim\n");
    assert.match(text, /-x=1\n.*\+x=2\n/);
    assert.match(text, /\+password=/);
    assert.doesNotMatch(text, /geheim/);
  });

  test("hides the values of variables also on lines that continue others", () => {
    const old = '[program:b]\nenvironment=A="swordfish1",\n    B="swordfish2"\nautostrat=true\n';
    const text = shown(old, old.replace("autostrat", "autostart"));
    assert.match(text, /-autostrat=true\n {4}\+autostart=true/);
    assert.doesNotMatch(text, /swordfish/);
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
