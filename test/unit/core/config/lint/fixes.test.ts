// The fixes of problems: what they write, what they leave to a person, and that nothing is wrong afterwards.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { err, ok } from "../../../../../src/core/base/result.ts";
import { expand } from "../../../../../src/core/config/expand.ts";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { editText } from "../../../../../src/core/config/lint/edits.ts";
import { planFixes } from "../../../../../src/core/config/lint/fix-plan.ts";
import { repairPercent } from "../../../../../src/core/config/lint/fix-values.ts";
import { decodeUtf8 } from "../../../../../src/core/config/py-text.ts";
import type { CheckProblem } from "../../../../../src/core/config/rules.ts";
import type { ConfigWorld } from "../../../../../src/core/config/world.ts";
import { fc } from "../../../../property.ts";
import { fakeWorld } from "../fake-world.ts";

const MAIN = "/etc/s.conf";
type Files = Readonly<Record<string, string>>;

function problemsOf(
  code: string,
  text: string,
  files: Files = {},
  changes: Partial<ConfigWorld> = {},
): readonly CheckProblem[] {
  const world = fakeWorld({ [MAIN]: text, ...files }, changes);
  return checkConfig(MAIN, world).filter((problem) => problem.code === code);
}

/** Makes the first fix of a code; a second check finds no problem of this code. */
function fixed(code: string, text: string, files: Files = {}): string {
  const fix = problemsOf(code, text, files).find((problem) => problem.fix !== null)?.fix;
  assert.ok(fix, "there is a fix");
  const after = editText(text, fix.edits);
  assert.deepEqual(problemsOf(code, after, files), [], after);
  return after;
}

/** Lines of [program:a], and what becomes of them. */
const LINES: readonly (readonly [code: string, before: string, after: string])[] = [
  ["CONF-006", `command=sh -c 'a ; b "c" ; d' ; e 'f`, `command=sh -c 'a; b "c"; d' ; e 'f`],
  ["CONF-006", 'command=sh -c "a ; \\"b"', 'command=sh -c "a; \\"b"'],
  ["CONF-007", "command=a\nautostart=true;no", "command=a\nautostart=true ;no"],
  ["CONF-007", "command=a\nstartsecs = 5#five", "command=a\nstartsecs = 5 #five"],
  ["CONF-007", "command=a\nuser: web;him", "command=a\nuser: web ;him"],
  ["CONF-007", "command=a\nstdout_logfile=/tmp/a;log", "command=a\nstdout_logfile=/tmp/a ;log"],
  ["CONF-007", "command=a\ndirectory=/tmp;here", "command=a\ndirectory=/tmp ;here"],
  ["CONF-008", 'command=a\nstartsecs="5"', "command=a\nstartsecs=5"],
  ["CONF-008", "command=a\nautostart='true' ; why", "command=a\nautostart=true ; why"],
  ["CONF-008", 'command=a\nstdout_logfile="/tmp/a.log"', "command=a\nstdout_logfile=/tmp/a.log"],
  ["CONF-008", 'command=a\nuser="web"', "command=a\nuser=web"],
  ["CONF-008", 'command=a\ndirectory="/tmp"', "command=a\ndirectory=/tmp"],
  ["CONF-008", "command=a\nstopsignal='INT'", "command=a\nstopsignal=INT"],
  ["CONF-008", 'command="/bin/app --name \\"x y\\""', 'command=/bin/app --name "x y"'],
  ["CONF-009", "command=date +%Y-%m", "command=date +%%Y-%%m"],
  ["CONF-009", "command=app 100%", "command=app 100%%"],
  ["CONF-009", "command=date +%s", "command=date +%%s"],
  ["CONF-009", "command=%(program_name)_x", "command=%(program_name)s_x"],
  ["CONF-009", "command=%(programname)s %%", "command=%(program_name)s %%"],
  ["CONF-009", "command=a\nstdout_logfile=/tmp/%Y", "command=a\nstdout_logfile=/tmp/%%%%Y"],
  ["CONF-009", "command=a\nstdout_logfile=/tmp/%%Y", "command=a\nstdout_logfile=/tmp/%%%%Y"],
  [
    "CONF-009",
    'command=a\nenvironment=A="50%",B="%(here)s"',
    'command=a\nenvironment=A="50%%",B="%(here)s"',
  ],
  [
    "CONF-012",
    'command=a\nenvironment=A="1",\n  B="2"\nuser=web\nenvironment=A="3"',
    'command=a\nuser=web\nenvironment=A="3"',
  ],
  [
    "CONF-012",
    "command=a\nnumprocs=2\nprocess_name=%(process_num).0s",
    "command=a\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)02d",
  ],
  ["CONF-013", "command=a\nautostart=ture", "command=a\nautostart=true"],
  ["CONF-013", "command=a\nautorestart=always", "command=a\nautorestart=true"],
  ["CONF-013", "command=a\nstopsignal=SIGTREM", "command=a\nstopsignal=TERM"],
  ["CONF-013", "command=a\nstartsecs=10s", "command=a\nstartsecs=10"],
  [
    "CONF-013",
    "command=a\nstdout_logfile_maxbytes=1,024",
    "command=a\nstdout_logfile_maxbytes=1024",
  ],
  [
    "CONF-013",
    "command=a\nstopasgroup=true\nkillasgroup=false",
    "command=a\nstopasgroup=true\nkillasgroup=true",
  ],
  ["CONF-013", "command=a\nautostart true", "command=a\nautostart=true"],
  ["CONF-013", "command=a\nprocess_name=a b", "command=a\nprocess_name=a_b"],
  [
    "CONF-013",
    "command=a\nnumprocs=2",
    "process_name=%(program_name)s_%(process_num)02d\ncommand=a\nnumprocs=2",
  ],
  [
    "CONF-013",
    "command=a\nready_check=notify\n[program:b]\ncommand=b\ndepends_on=a:service_healthy",
    "command=a\nready_check=notify\n[program:b]\ncommand=b\ndepends_on=a:ready",
  ],
  ["CONF-014", "command=a\nmax_memroy=400M", "command=a\nmax_memory=400M"],
  ["CONF-014", "command=a\nrunas=root", "command=a\nuser=root"],
  ["CONF-014", "command=a\ncwd=/tmp", "command=a\ndirectory=/tmp"],
  ["CONF-014", "command=a\nAutoStrat = no ; why", "command=a\nautostart = no ; why"],
  [
    "CONF-015",
    "command=/bin/app \\\n    --port 80 \\\n    --verbose\nuser=web",
    "command=/bin/app\n    --port 80\n    --verbose\nuser=web",
  ],
  ["CONF-016", "command=cd /srv && ./run", "command=/bin/sh -c 'cd /srv && exec ./run'"],
  ["CONF-016", "command=/b > /tmp/l 2>&1", "command=/bin/sh -c 'exec /b > /tmp/l 2>&1'"],
  ["CONF-016", "command=/b --home $HOME", "command=/bin/sh -c 'exec /b --home $HOME'"],
  ["CONF-016", `command=/b "\${PORT}"`, `command=/bin/sh -c 'exec /b "\${PORT}"'`],
  ["CONF-016", "command=~/b %(process_num)d", "command=/bin/sh -c 'exec ~/b %(process_num)d'"],
  ["CONF-016", "command=FOO=bar /b", "command=/usr/bin/env FOO=bar /b"],
  ["CONF-016", "command=FOO=b /b > /l", "command=/bin/sh -c 'FOO=b /b > /l'\nstopasgroup=true"],
  ["CONF-016", "command=true; /b 1", "command=/bin/sh -c 'true; exec /b 1'"],
  ["CONF-016", "command=cd /srv; /b 1; true", "command=/bin/sh -c 'cd /srv; /b 1; true'"],
  ["CONF-016", "command=cd&&/b 1", "command=/bin/sh -c 'cd&&exec /b 1'"],
  [
    "CONF-016",
    "command=a\nready_check=exec:true; true",
    "command=a\nready_check=exec:/bin/sh -c 'true; true'",
  ],
  ["CONF-016", "command=/b && exit 3", "command=/bin/sh -c '/b && exit 3'"],
  [
    "CONF-016",
    "command=a\nhealth_check=exec:curl -f localhost || exit 1",
    "command=a\nhealth_check=exec:/bin/sh -c 'curl -f localhost || exit 1'",
  ],
  [
    "CONF-016",
    "command=a\nready_check=exec:test -d $HOME",
    "command=a\nready_check=exec:/bin/sh -c 'test -d $HOME'",
  ],
  ["CONF-016", "command=/b | /c", "command=/bin/sh -c '/b | /c'\nstopasgroup=true"],
];

const D = "[supervisord]\nuser=root\n";

/** Whole files. */
const TEXTS: readonly (readonly [code: string, before: string, after: string])[] = [
  ["CONF-002", "\ufeff[supervisord]\r\n; é\r\n", "[supervisord]\r\n; é\r\n"],
  ["CONF-003", "[supervisord]\r\nuser=root\r\n", D],
  ["CONF-005", "[x]\ny=1\n", "[x]\ny=1\n\n[supervisord]\n"],
  ["CONF-005", "[Supervisord] ; main\numask=022\n", "[supervisord] ; main\numask=022\n"],
  ["CONF-005", "[superviserd]\n", "[supervisord]\n"],
  ["CONF-005", "[supervisorctl]\n", "[supervisorctl]\n\n[supervisord]\n"],
  ["CONF-008", `${D}loglevel="info"\n`, `${D}loglevel=info\n`],
  [
    "CONF-008",
    `${D}[supervisorctl]\nserverurl='unix:///run/x'\n`,
    `${D}[supervisorctl]\nserverurl=unix:///run/x\n`,
  ],
  ["CONF-013", `${D}loglevel=warning\n`, `${D}loglevel=warn\n`],
  ["CONF-013", `${D}[program:my app]\ncommand=a\n`, `${D}[program:my_app]\ncommand=a\n`],
  [
    "CONF-013",
    `${D}[program:web]\ncommand=a\n[group:g]\nprograms=wbe\n`,
    `${D}[program:web]\ncommand=a\n[group:g]\nprograms=web\n`,
  ],
  [
    "CONF-013",
    `${D}[eventlistener:e]\ncommand=e\nevents=TICK_5,PROCES_STATE\n`,
    `${D}[eventlistener:e]\ncommand=e\nevents=TICK_5,PROCESS_STATE\n`,
  ],
  ["CONF-014", `${D}[progam:x] ; x\ncommand=a\n`, `${D}[program:x] ; x\ncommand=a\n`],
  ["CONF-014", `${D}[Program:x]\ncommand=a\n`, `${D}[program:x]\ncommand=a\n`],
  [
    "CONF-018",
    `${D}[rpcinterface:t]\nsupervisor.rpcinterface_factory = supervisor_twiddler.rpcinterface:make_twidler_rpcinterface\n`,
    `${D}[rpcinterface:t]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\n`,
  ],
];

const A = `${D}[program:a]\n`;

describe("a fix", () => {
  for (const [code, before, after] of LINES) {
    test(`${code}: ${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
      assert.equal(fixed(code, `${A}${before}\n`), `${A}${after}\n`);
    });
  }

  for (const [code, before, after] of TEXTS) {
    test(`${code}: ${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
      assert.equal(fixed(code, before), after);
    });
  }

  test("includes the directory beside the file, with the suffix of its files", () => {
    const text = `${D}[include]\n`;
    for (const suffix of ["conf", "ini"]) {
      const files = { [`/etc/conf.d/a.${suffix}`]: "[program:a]\ncommand=a\n" };
      assert.equal(fixed("CONF-010", text, files), `${text}files=conf.d/*.${suffix}\n`);
    }
    assert.equal(problemsOf("CONF-010", text)[0]?.fix, null);
  });

  test("keeps secrets out of its advice", () => {
    const text = `${A}command=a --password=hunter2% x\nenvironment=KEY="hunter2%"\n[inet_http_server]\nport=1\nusername=a\npassword=hunter2%\n`;
    for (const { fix } of problemsOf("CONF-009", text)) {
      assert.doesNotMatch(fix?.advice ?? "", /hunter2/);
    }
  });
});

/** Lines that a person has to correct. */
const LEFT: readonly (readonly [code: string, lines: string])[] = [
  ["CONF-006", "command=sh -c 'a #b'"],
  ["CONF-006", "command=sh -c 'a ; b"],
  ["CONF-009", "command=a %(ENV_NONE)s"],
  ["CONF-012", "command=a\n[program:a]\nuser=web"],
  ["CONF-012", "command=a\n[program:b]\ncommand=b\n[group:a]\nprograms=b"],
  ["CONF-013", "command=a\nstartsecs=soon"],
  ["CONF-013", "command=a\n[inet_http_server]\nport=nine"],
  ["CONF-013", "command=a\n[inet_http_server]\nport=9001\nusername=a"],
  ["CONF-013", "command=a\n[eventlistener:e]\ncommand=e"],
  ["CONF-013", "command=a\n[fcgi-program:f]\ncommand=f"],
  ["CONF-013", "command=a\nenvironment=A"],
  ["CONF-013", "command=a\numask=09"],
  ["CONF-013", "command=a\nnonsense"],
  ["CONF-014", "command=a\nautostart=true\nautostrat=false"],
  ["CONF-014", "command=a\n[programs]"],
  ["CONF-014", "command=a\nmin_uptime=5000"],
  ["CONF-014", "command=a\nmem_limit=512"],
  ["CONF-014", "command=a\nkill_timeout=1600"],
  ["CONF-014", "command=a\nrestart=true"],
  ["CONF-014", "command=a\nmy_own_note=x\n[tool:black]\nx=1"],
  ["CONF-016", "command=echo 'a' && b"],
  ["CONF-016", "command=/bin/app &"],
  ["CONF-018", "command=a\n[rpcinterface:x]\nsupervisor.rpcinterface_factory=my.code:make"],
];

describe("there is no fix", () => {
  for (const [code, lines] of LEFT) {
    test(`of ${code} for ${JSON.stringify(lines)}`, () => {
      const found = problemsOf(code, `${A}${lines}\n`);
      assert.ok(found.length > 0);
      assert.deepEqual(
        found.map(({ fix }) => fix),
        found.map(() => null),
      );
    });
  }
});

/** Lines that are right. */
const RIGHT: readonly string[] = [
  "command=sh -c 'a; b' ; it's mine\nuser=root ; don't",
  'command=a\nenvironment=A="b;c"\n[inet_http_server]\nport=1\nusername=a\npassword=b;c',
  'command=a\nenvironment="A"="b"\n[program:b]\ncommand="/bin/a" \'b\'\n[program:c]\ncommand="x"',
  "command=a\n[inet_http_server]\nport=1\nusername=a\npassword='x'",
  "command=a %%s %(program_name)s %(process_num)02d %(ENV_COLOUR)s\nprocess_name=%(program_name)s",
  'command=sh -c "a \\\n  b"',
  "command=sh -c 'a \\\n  b'",
  "command=/bin/app a\\ b\n  --port 80",
  "command=/bin/sh -c 'cd /srv && exec ./run $HOME'",
  'command=bash -lc "a | b"',
  "command=find . -exec rm {} \\;",
  "command=awk -F '|' '{print $1}'",
  'command=nginx -g "daemon off;"',
  "command=app --filter a=>b --price $5 'x$y' --x=a&b",
  "command=/usr/bin/env PORT=1 /bin/sh -c 'a && exec b'",
  "command=app --hosts * /srv/*.x",
  "command=a\ndependent_startup=true\n[rpcinterface:x]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\nz=1",
  "command=a\n[rpcinterface:y]\nsupervisor.rpcinterface_factory=/srv/y.mjs:make",
];

describe("no problem is seen", () => {
  for (const lines of RIGHT) {
    test(`in ${JSON.stringify(lines)}`, () => {
      const found = checkConfig(MAIN, fakeWorld({ [MAIN]: `${A}${lines}\n` }));
      const ofText = found.filter(({ code, rule }) => code.startsWith("CONF") && rule !== "value");
      assert.deepEqual(ofText, []);
    });
  }

  test("in names that contain a comment sign, quotes or spaces, if a file is called so", () => {
    const files = { "/srv/a;b/x": "", "/opt/my app/run": "", "/var/log/a.log": "" };
    const glued = `${A}command=a\ndirectory=/srv/a;b\n`;
    assert.deepEqual(problemsOf("CONF-007", glued, files), []);
    const quoted = `${A}command="/opt/my app/run"\n`;
    assert.deepEqual(problemsOf("CONF-008", quoted, files), []);
    const pattern = `${A}command=tail -F /var/log/*.log\n`;
    assert.equal(problemsOf("CONF-016", pattern, files).length, 1);
  });

  test("in a section that is repeated in another file, unless it is a program", () => {
    const main = `${A}command=a\n[include]\nfiles=b.conf\n`;
    const other = "[supervisord]\nloglevel=debug\n[program:b]\ncommand=b\n";
    assert.deepEqual(problemsOf("CONF-012", main, { "/etc/b.conf": other }), []);
    const [twice] = problemsOf("CONF-012", main, {
      "/etc/b.conf": "[program:a]\ncommand=b\n",
    });
    assert.deepEqual([twice?.file, twice?.line], ["/etc/b.conf", 1]);
    assert.match(twice?.message ?? "", /is also in \/etc\/s\.conf line 3/);
  });
});

describe("a file that is not UTF-8", () => {
  /** Problems of a file with these bytes. */
  function ofBytes(bytes: Uint8Array): readonly CheckProblem[] {
    const decoded = decodeUtf8(bytes);
    const readText: ConfigWorld["readText"] = () =>
      decoded.ok ? decoded : err({ code: "EILSEQ", detail: decoded.error });
    return problemsOf("CONF-004", "", {}, { readText, readEnvFile: () => ok(bytes) });
  }

  test("is converted if only comments are affected; lines that are UTF-8 stay", () => {
    const latin = Buffer.from("[supervisord]\n; caf\xe9\n", "latin1");
    const [problem] = ofBytes(Buffer.concat([latin, Buffer.from("; naïve\n")]));
    assert.match(problem?.message ?? "", /^'utf-8' codec can't decode byte 0xe9 in position 19/);
    assert.equal(problem?.line, 2);
    assert.equal(editText("", problem.fix?.edits ?? []), "[supervisord]\n; café\n; naïve\n");
  });

  test("is converted from UTF-16, which has a byte order mark", () => {
    const [problem] = ofBytes(Buffer.from("\ufeff[supervisord]\n", "utf16le"));
    assert.equal(editText("", problem?.fix?.edits ?? []), "[supervisord]\n");
  });

  test("is left to a person if a value is affected", () => {
    const [problem] = ofBytes(Buffer.from("[supervisord]\nidentifier=caf\xe9\n", "latin1"));
    assert.deepEqual([problem?.line, problem?.fix], [2, null]);
  });
});

test("a repaired value can be expanded, and a correct sign stays", () => {
  const names = new Map([["here", "/x"]]);
  const value = fc.array(fc.constantFrom("%", "%%", "%(here)s", "%(here)", "a", "s", " ", "d"));
  fc.assert(
    fc.property(value, (pieces) => {
      const known = { known: ["here"], isTwice: false };
      const repaired = repairPercent(pieces.join(""), known);
      assert.ok(expand(repaired, names, "x").ok, repaired);
      assert.equal(repairPercent(repaired, known), repaired);
    }),
  );
});

describe("a plan of fixes", () => {
  const planned = (files: Files, ...named: readonly string[]) =>
    planFixes(named.length === 0 ? [MAIN] : named, fakeWorld(files));

  test("makes all fixes of all files, also those that another one reveals", () => {
    const main = "\ufeff[supervisord]\nuser=root\nloglevel=warning\n[include]\nfiles=a.conf\n";
    const other = "[progam:a]\ncommand=/bin/a | /bin/b\nstartsecs='5s'\n";
    const plan = planned({ [MAIN]: main, "/etc/a.conf": other });
    assert.deepEqual(
      plan.map(({ file, main: checked, after }) => [file, checked, after]),
      [
        [MAIN, MAIN, main.slice(1).replace("warning", "warn")],
        [
          "/etc/a.conf",
          MAIN,
          "[program:a]\ncommand=/bin/sh -c '/bin/a | /bin/b'\nstopasgroup=true\nstartsecs=5\n",
        ],
      ],
    );
    assert.equal(plan[0]?.before, main);
    assert.ok(plan[1]?.advice.includes("Remove the quotes"));
  });

  test("leaves notes alone, and a sound file", () => {
    const fragment = "[program:a]\ncommand=a\r\n";
    assert.deepEqual(planned({ [MAIN]: fragment, "/etc/g.conf": D }, MAIN, "/etc/g.conf"), []);
  });

  test("ends, whatever the text", () => {
    const line = fc.constantFrom(...LINES.flatMap(([, before]) => before.split("\n")), "[x", "%");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = `${A}${lines.join("\n")}\n`;
        const [fixed] = planned({ [MAIN]: text });
        const after = fixed?.after ?? text;
        assert.deepEqual(planned({ [MAIN]: after }), [], after);
      }),
      { numRuns: 200 },
    );
  });
});

test("fixes of an option that is repeated thousands of times have as many edits as it has lines", () => {
  const count = 3000;
  const text = `[supervisord]\n[program:a]\n${"command=a\n".repeat(count)}`;
  const world = fakeWorld({ "/etc/s.conf": text });
  const fixes = checkConfig("/etc/s.conf", world).flatMap(({ fix }) => fix?.edits ?? []);
  assert.ok(fixes.length < 3 * count, `${fixes.length} edits`);
});

describe("thousands of names that are wrong", () => {
  const count = 3000;
  const programs = (rest: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => `[program:prog${n}]\ncommand=a\n${rest(n)}`).join("");

  test("have a fix for the first ones, because a suggestion takes time", () => {
    const text = `[supervisord]\n${programs((n) => `depends_on=porg${n}\n`)}`;
    const world = fakeWorld({ "/etc/s.conf": text });
    const found = checkConfig("/etc/s.conf", world).filter(
      ({ rule }) => rule === "unknown-program",
    );
    assert.equal(found.length, count);
    assert.equal(found.filter(({ fix }) => fix !== null).length, 20);
  });

  test("in one list have none", () => {
    const names = (most: number): string =>
      Array.from({ length: most }, (_, n) => `porg${n}`).join();
    const fixOf = (most: number): string | undefined => {
      const text = `[supervisord]\n${programs(() => "")}[group:g]\nprograms=${names(most)}\n`;
      const world = fakeWorld({ "/etc/s.conf": text });
      return checkConfig("/etc/s.conf", world).find(({ rule }) => rule === "unknown-program")?.fix
        ?.advice;
    };
    assert.match(fixOf(20) ?? "", /^Write programs=prog0,prog1,/);
    assert.equal(fixOf(count), undefined);
  });
});
