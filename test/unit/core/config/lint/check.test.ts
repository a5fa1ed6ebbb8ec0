// `tsv check` and the advice it gives.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { err } from "../../../../../src/core/base/result.ts";
import {
  checkConfig,
  formatProblem,
  refusedConfig,
} from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

function check(text: string, files: Readonly<Record<string, string | null>> = {}): string[] {
  const world = fakeWorld({ "/etc/s.conf": text, ...files });
  return checkConfig("/etc/s.conf", world).map(formatProblem);
}

const S = "[supervisord]\nuser=root\n";
const LEVELS = "write critical, error, warn, info, debug, trace or blather";

test("a file that cannot be read says why, and how to check it", () => {
  assert.deepEqual(check("", { "/etc/s.conf": null }), [
    "/etc/s.conf: error: could not read config file /etc/s.conf: permission denied",
  ]);
  // Its directory may not be searched.
  const world = fakeWorld({ "/etc/s.conf": null }, { uid: 1000, exists: () => false });
  assert.deepEqual(checkConfig("/etc/s.conf", world).map(formatProblem), [
    "/etc/s.conf: error: could not find config file /etc/s.conf: permission denied (check it as root: sudo tsv check /etc/s.conf)",
  ]);
});

describe("a command without a shell", () => {
  for (const command of [
    "sed s/a|b/c/ file",
    `bash -c 'env $(grep -vE "^(#.*|x)$" f) run'`,
    "app --pattern '$x'",
    "find / -name x -exec rm {} \\;",
    "app --code 'a;' b",
    "app 'x'; y",
    "app --last;",
    "app a&&b c|d",
  ]) {
    test(`reports nothing for ${command}`, () => {
      assert.deepEqual(check(`${S}[program:a]\ncommand=${command}\n`), []);
    });
  }
});

describe("an option that no section of its kind has", () => {
  for (const [section, line, meant] of [
    ["program:a", "username=www-data", /did you mean user\?/],
    ["program:a", "logfile=/x.log", /did you mean stdout_logfile\?/],
    ["program:a", "minfds=9", /move it to \[supervisord\]/],
    ["supervisord", "autorestart=true", /move it to a \[program:NAME\]/],
    ["program:a", "--port=80", /only if it is indented/],
    ["program:a", "kaputt=b", /kaputt: unknown option; ignored/],
    ["program:a", "memory_limit=400M", /did you mean max_memory\?/],
    ["program:a", "mem_limit=400m", /did you mean max_memory\?/],
    ["program:a", "MemoryMax=400M", /did you mean memory_max\?/],
    ["program:a", "depends=b", /did you mean depends_on\?/],
    ["program:a", "after=b", /did you mean depends_on\?/],
    ["program:a", "BindsTo=b", /did you mean restart_with\?/],
    ["program:a", "cron=0 3 * * *", /did you mean schedule\?/],
    ["program:a", "OnCalendar=daily", /did you mean schedule\?/],
    ["program:a", "instances=4", /did you mean numprocs\?/],
    ["program:a", "cwd=/srv", /did you mean directory\?/],
    ["program:a", "EnvironmentFile=/etc/x", /did you mean env_file\?/],
    ["program:a", "healthcheck=curl x", /did you mean health_check\?/],
    ["program:a", "kill_timeout=5", /did you mean stopwaitsecs\?/],
    ["eventlistener:a", "cwd=/srv", /did you mean directory\?/],
    ["supervisord", "log_level=debug", /did you mean loglevel\?/],
    ["supervisord", "log_file=/x.log", /did you mean logfile\?/],
  ] as const) {
    test(`${line} in [${section}] is a warning with a suggestion`, () => {
      const text =
        section === "supervisord" ? `${S}${line}\n` : `${S}[${section}]\ncommand=a\n${line}\n`;
      assert.match(check(text).join("\n"), new RegExp(`warning: .*${meant.source}`));
    });
  }
});

test("a group that exists already, and [include] in an included file, are warnings", () => {
  const nested = { "/etc/conf.d/a.conf": "[include]\nfiles=more/*.conf\n" };
  assert.deepEqual(
    check(`${S}[include]\nfiles=conf.d/*\n[program:a]\ncommand=a\n[group:a]\nprograms=\n`, nested),
    [
      "/etc/conf.d/a.conf:2: warning: [include] files: an included file cannot include further files; this has no effect (name those files in the main file's [include] section)",
      "/etc/s.conf:5: warning: group a exists already, from [group:a]; this one is dropped (give it another name)",
    ],
  );
});

test("an unset variable is one problem, at its first use, without the names of other variables", () => {
  const said = check(
    `${S}[program:a]\ncommand=/bin/a %(ENV_X)s\n[program:b]\ncommand=/bin/b %(ENV_X)s\n`,
  );
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /the environment has no X \(2 uses\) \(set X where/);
});

describe("check does not warn of", () => {
  for (const [what, lines] of [
    ["an expansion in environment=", "environment=A=%(program_name)s,B=1"],
    [
      "an option that the section does not have as a log that cannot be rotated",
      "dependent_startup=true",
    ],
    ["SIGKILL, which somebody chose", "stopsignal=KILL"],
    ["killasgroup alone, as Celery documents it", "killasgroup=true"],
  ] as const) {
    test(what, () => {
      const said = check(`${S}[program:a]\ncommand=/bin/a\n${lines}\n`);
      assert.deepEqual(
        said.filter((line) => !line.includes(": note: ")),
        [],
      );
    });
  }

  test("but a value that ends early behind an expansion is seen", () => {
    const said = check(`${S}[program:a]\ncommand=/bin/a\nenvironment=A=%(program_name)s,B=1;C=2\n`);
    assert.match(said.join("\n"), /B gets the value `1`/);
  });
});

describe("check", () => {
  test("reports no problem in a valid file", () => {
    assert.deepEqual(check(`${S}[program:a]\ncommand=/bin/cat ; a comment\n`), []);
  });

  test("reports all errors, each with its line", () => {
    assert.deepEqual(
      check(
        `${S}loglevel=loud\n[program:a]\nstartsecs=x\nuser=nosuch\n[inet_http_server]\nport=y\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n`,
      ),
      [
        `/etc/s.conf:3: error: [supervisord] loglevel: bad logging level name 'loud' (${LEVELS})`,
        "/etc/s.conf:4: error: [program:a] command: program section program:a does not specify a command",
        "/etc/s.conf:5: error: [program:a] startsecs: 'x' is not a whole number",
        "/etc/s.conf:6: error: [program:a] user: Invalid user name nosuch " +
          "(create the user, or name one that exists)",
        "/etc/s.conf:8: error: [inet_http_server] port: not a valid port number: 'y' (write a port from 1 to 65535, HOST:PORT or *:PORT)",
      ],
    );
  });

  test("reports every bad line, and continues if it is in an included file", () => {
    assert.deepEqual(
      check("[supervisord]\nuser=root\nloglevel=loud\n[include]\nfiles=a.conf\n", {
        "/etc/a.conf": "[program:a]\nfoo\nbar\n",
      }),
      [
        "/etc/a.conf:2: error: this line is neither a section header nor an option: foo (write it as name=value)",
        "/etc/a.conf:3: error: this line is neither a section header nor an option: bar (write it as name=value)",
        `/etc/s.conf:3: error: [supervisord] loglevel: bad logging level name 'loud' (${LEVELS})`,
      ],
    );
  });

  test("takes a file without [supervisord] for one that is included elsewhere", () => {
    const problems = check("[program:a]\ncommand=a\n");
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^\/etc\/s.conf: note: no \[supervisord\] section/);
    assert.match(
      check("[x]\ny=1\n")[0] ?? "",
      /error: .ini file does not include supervisord section/,
    );
  });

  for (const job of ["type=oneshot", "schedule=@daily"]) {
    test(`a shell that waits is no mistake in a job: ${job}`, () => {
      assert.deepEqual(check(`[supervisord]\n[program:a]\ncommand=sh -c "a; b"\n${job}\n`), []);
    });
  }

  const advice: readonly (readonly [string, RegExp])[] = [
    ["[program:a]\ncommand=a\n00=/tmp\n", /:5: warning: .*00: unknown option/],
    ["[program:a]\ncommand=a\n[program:b=x\n", /:5: warning: .*a section header ends with \]/],
    ["[programs]\n", /did you mean \[program:NAME\]\?/],
    ["[program:a]\ncommand=date +%Y\n", /error: .*unsupported format character 'Y'.*write %% for/],
    ["[program:a]\ncommand=a\nstdout_logfile=/dev/stdout\n", /add stdout_logfile_maxbytes=0/],
    ['[program:a]\ncommand=sh -c "a; b"\n', /add stopasgroup=true/],
    ["[program:a]\ncommand=a\nkillasgroup=true\n", /killasgroup=true without stopasgroup/],
    ["[program:a]\ncommand=a\nstopsignal=0\n", /signal 0 does nothing/],
    ["[program:a]\ncommand=a\ncommand=b\n", /:5: warning: .*already set in line 4/],
    [
      "[program:a]\ncommand=a\n[supervisord]\n",
      /:5: warning: section \[supervisord\] is also in line 1/,
    ],
    ["[program:a]\ncommand=a\nstartsecs=-1\n", /startsecs is below 0/],
    ["[program:a]\ncommand=a\nnumprocs=0\n", /numprocs is below 1/],
    [
      "[program:a]\ncommand=a\nstdout_logfile_maxbytes=-1\n",
      /maxbytes is negative \(write 0 to never rotate\)/,
    ],
    [
      "[program:a]\ncommand=a\nstdout_capture_maxbytes=-1\n",
      /maxbytes is negative \(write 0 to capture nothing\)/,
    ],
    ["[program:a]\ncommand=a\nautorestart=maybe\n", /write true, false or unexpected/],
    ["[program:a]\ncommand=a\nstopsignal=TERMINATE\n", /signal name \(write TERM, HUP/],
    ["[program:a]\ncommand=a\nstopsignal=99\n", /signal number \(write TERM, HUP/],
    [
      "[program:a]\ncommand=a\nstdout_logfile_maxbytes=1TB\n",
      /not a valid size: '1TB': write 400M, 64K, 1G or a number of bytes/,
    ],
    ["[program:a]\ncommand=a\nenvironment=A=$HOME\n", /A gets the value `\$`/],
    ["[program:a]\ncommand='a\n", /every start will fail/],
    ["[program:a]\ncommand=\n", /error: .*command is empty/],
    // duplicate-names
    [
      "[program:a]\ncommand=a\n[program:b]\ncommand=b\n[group:a]\nprograms=b\n",
      /:3: warning: .*group a exists already/,
    ],
    [
      "[include]\nfiles=none/*\n",
      /:4: note: \[include\] files: No file matches via include "\/etc\/none\/\*"/,
    ],
  ];
  for (const [text, pattern] of advice) {
    test(`says ${pattern.source} of ${JSON.stringify(text)}`, () => {
      const problems = check(S + text);
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        problems.join("\n"),
      );
    });
  }

  test("keeps quiet about the keys of plug-ins", () => {
    assert.deepEqual(
      check(
        `${S}[program:a]\ncommand=a\ndependent_startup=true\n[ctlplugin:x]\nsupervisor.ctl_factory=./z.mjs\nz=1\n`,
      ),
      [],
    );
  });
});

test("what a comment cuts off is not shown if it has a secret", () => {
  const lost = (command: string): string =>
    check(`${S}[program:a]\ncommand=${command}\n`).find((said) => said.includes(" is lost")) ?? "";
  assert.match(lost("sh -c 'a # b'"), /inside quotes; `# b'` is lost/);
  for (const command of [
    "sh -c 'a # x' --token hunter2 --api-key=hunter2",
    "sh -c 'a --token #hunter2'",
    "sh -c 'a ; b redis://u:hunter2@h'",
  ]) {
    assert.match(lost(command), /inside quotes; what follows is lost/);
    assert.doesNotMatch(lost(command), /hunter2/);
  }
});

test("a size that is refused is no warning besides", () => {
  assert.deepEqual(check("[supervisord]\nuser=root\nmax_total=-1\n"), [
    "/etc/s.conf:3: error: [supervisord] max_total: max_total must be 0 or at least 1MB, not -1",
  ]);
});

test("a wrong header is reported once, with the rule and the code of the problem", () => {
  const world = fakeWorld({ "/etc/s.conf": `${S}[program:a b]\ncommand=a\n` });
  const problems = checkConfig("/etc/s.conf", world);
  assert.deepEqual(
    problems.map(({ rule, code, line }) => [rule, code, line]),
    [["name", "CONF-013", 3]],
  );
});

describe("files of variables", () => {
  const program = (files: string): string =>
    `${S}[program:a]\ncommand=/bin/cat\nenv_file=${files}\n`;

  test("with a mistake are an error, with its place and without its text", () => {
    const [said = "", ...more] = check(program("/etc/a.env, ?/etc/none.env"), {
      "/etc/a.env": "A=1\nPASSWORD='hunter2\n",
    });
    assert.deepEqual(more, []);
    assert.equal(
      said,
      "/etc/s.conf:5: error: [program:a] env_file: /etc/a.env:2:10: the quotation that begins here has no end; every start will fail",
    );
  });

  test("with what looks like a comment behind a value say what the value is, without it", () => {
    const [said = "", ...more] = check(program("/etc/a.env, /etc/b.env"), {
      "/etc/a.env": "A=1\nDB_PASSWORD=hunter2 # change this\nB= # none\nC=x\t#y\n",
      "/etc/b.env":
        "export X='a # b'\nCOLOUR=#fff\nURL=http://h/#x\nD=a;b; c\nE=a\\ \\#b\n# x\n; y\n",
    });
    assert.deepEqual(more, []);
    assert.match(
      said,
      /^\/etc\/a\.env:2: warning: .*value of DB_PASSWORD, B, C: only a line of its/,
    );
    assert.doesNotMatch(said, /hunter2|change/);
    const [of = ""] = check(program("/etc/a.env"), { "/etc/a.env": "\n\nA=secret ; old\n" });
    assert.match(of, /^\/etc\/a\.env:3: warning: \[program:a\] env_file: the `;` behind a value/);
  });

  test("that many programs use are reported once", () => {
    const other = "[program:b]\ncommand=/bin/cat\nenv_file=/etc/a.env\n";
    const names = Array.from({ length: 9 }, (_, index) => `A${index}=1 # x\n`).join("");
    const said = check(program("/etc/a.env") + other, { "/etc/a.env": names });
    assert.equal(said.length, 1);
    assert.match(said.join(), /A0, A1, A2, A3, A4 and 4 more: /);
  });

  test("that are missing are an error, and sound ones are not", () => {
    assert.match(check(program("/etc/a.env")).join(), /error: .*\/etc\/a\.env: it does not exist/);
    assert.deepEqual(check(program("/etc/a.env"), { "/etc/a.env": "A=1\n" }), []);
  });

  /** What is said by a user about a file that it gets an error for. */
  function checkAs(uid: number, daemonUser: string, error: string): readonly string[] {
    const files = { "/etc/s.conf": program("/etc/a.env").replace("user=root\n", daemonUser) };
    const world = fakeWorld(files, { uid, readEnvFile: () => err(error) });
    return checkConfig("/etc/s.conf", world).map(
      ({ severity, rule, message }) => `${severity} ${rule} ${message}`,
    );
  }

  test("that root does not follow or may not read are an error where the daemon is root", () => {
    for (const user of ["", "user=root\n"]) {
      assert.deepEqual(checkAs(0, user, "ELOOP"), [
        "error env-file /etc/a.env: root does not follow a symlink of another user to it; every start will fail",
      ]);
      assert.match(checkAs(0, user, "EACCES").join(), /^error .* the daemon has no permission/);
    }
    assert.match(checkAs(1000, "user=web\n", "EACCES").join(), /^error .* has no permission/);
  });

  test("behind symlinks in a circle are an error for every user", () => {
    for (const uid of [0, 1000]) {
      assert.deepEqual(checkAs(uid, "user=root\n", "EMLINK").slice(0, 1), [
        "error env-file /etc/a.env: its symlinks lead in a circle; every start will fail",
      ]);
    }
  });

  test("are only noted where the daemon may see what this user does not, and the reverse", () => {
    const note = "note env-file-unseen /etc/a.env: could not look: ";
    assert.ok(checkAs(1000, "", "EACCES")[0]?.startsWith(note));
    assert.ok(checkAs(1000, "user=root\n", "EACCES").some((text) => text.startsWith(note)));
    assert.ok(checkAs(0, "user=web\n", "ELOOP")[0]?.startsWith(note));
    assert.match(checkAs(0, "user=web\n", "ENOENT").join(), /^error env-file .* does not exist/);
    const readable = fakeWorld({
      "/etc/s.conf": program("/etc/a.env").replace("=root", "=web"),
      "/etc/a.env": "A=1\n",
    });
    assert.deepEqual(
      checkConfig("/etc/s.conf", readable).map(({ severity, message }) => [severity, message]),
      [["note", "/etc/a.env: whether the daemon's user may read it is not known"]],
    );
  });
});

describe("secrets", () => {
  test("are not shown in what is wrong with them", () => {
    for (const text of [
      `${S}[program:a]\ncommand=/bin/cat\nenvironment=PASSWORD=hunter2&x,B="1"\n`,
      `${S}[program:a]\ncommand=/bin/cat\nenvironment=PASSWORD="a ;hunter2"\n`,
      `${S}[program:a]\ncommand=/bin/cat\npassword hunter2\n`,
      `${S}[program:a]\ncommand=/bin/cat --password=hunter2 'x\n`,
      `${S}[program:a]\ncommand=/bin/cat\nenvironment=A="1" hunter2\n`,
      `${S}[program:a]\ncommand=/bin/cat\nenvironment=A="%q",B="hunter2"\n`,
    ]) {
      const said = check(text);
      assert.ok(said.length > 0, text);
      assert.doesNotMatch(said.join("\n"), /hunter2/);
    }
  });
});

describe("a place and a cause", () => {
  for (const [text, said] of [
    [
      "[program:a]\ncommand=/bin/a\nredirect_stderr=true\nstderr_logfile=/tmp/x\n",
      "/etc/s.conf:6: warning: [program:a] stderr_logfile: redirect_stderr=true but",
    ],
    [
      "[program:a]\ncommand=/bin/a\nstdout_logfile_maxbytes=0\n",
      "/etc/s.conf:5: warning: [program:a] stdout_logfile_maxbytes: AUTO logging used",
    ],
    [
      "[program:a]\ncommand=/bin/a\nstdout_logfile=syslog\n",
      "/etc/s.conf:5: warning: [program:a] stdout_logfile: stdout_logfile=syslog but",
    ],
    [
      "[unix_http_server]\nfile=/tmp/s\nchown=nosuch:staff\n",
      "(this host has no user nosuch: create it, or name one that exists)",
    ],
    ["[unix_http_server]\nfile=/tmp/s\nchown=web:nosuch\n", "(this host has no group nosuch:"],
    ["[program:a]\ncommand=/bin/a\nenvironment=A=don't\n", "(an apostrophe is a quote here:"],
  ] as const) {
    test(`${text.split("\n").at(-2)} has both`, () => {
      const problems = check(S + text);
      assert.ok(
        problems.some((problem) => problem.includes(said)),
        problems.join("\n"),
      );
    });
  }

  test("an unknown user of the daemon has its line", () => {
    const world = fakeWorld({ "/etc/s.conf": "[supervisord]\nuser=nosuch\n" });
    const [problem] = checkConfig("/etc/s.conf", world);
    assert.deepEqual([problem?.line, problem?.key], [2, "user"]);
  });

  test("a header without its bracket is named as one", () => {
    assert.deepEqual(check("[supervisord\nuser=root\n").slice(0, 1), [
      "/etc/s.conf:1: error: this section header has no ]: [supervisord (write [supervisord])",
    ]);
  });
});

describe("a configuration that a daemon refuses", () => {
  const refused = (text: string): string | null => {
    const world = fakeWorld({ "/etc/s.conf": text });
    return refusedConfig("/etc/s.conf", world)?.message ?? null;
  };

  test("is described by its first error and the number of errors", () => {
    const bad = `${S}[program:a]\ncommand=/bin/a\nstartsecs=x\nnumprocs=y\n`;
    assert.match(
      refused(bad) ?? "",
      /^\/etc\/s\.conf:5: \[program:a\] startsecs: .* \(the first of 2 errors\)$/,
    );
    assert.match(refused(bad.replace("=y", "=1")) ?? "", /'x' is not a whole number$/);
    assert.equal(refused(S), null);
  });

  test("is not described by variables that only the daemon has, if there are other errors", () => {
    const text = `${S}[program:a]\ncommand=/bin/a %(ENV_NONE)s\nstartsecs=x\n`;
    assert.match(refused(text) ?? "", /^\/etc\/s\.conf:5: .*'x' is not a whole number$/);
  });
});
