// Doctor reports each problem of `tsv check` under its code, and under no other; valid files have none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { CheckProblem } from "../../../../../src/core/config/rules.ts";
import { RULE_CODES } from "../../../../../src/core/config/rules.ts";
import { CATALOGUE } from "../../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../../src/doctor/checks/examine.ts";
import type { CodedFinding } from "../../../../../src/doctor/model.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { fc } from "../../../../property.ts";
import { ROOT } from "../../../manual/root.ts";

const CONF_CHECKS = CATALOGUE.filter(({ area }) => area === "config");

/** Lines that are wrong, of programs. */
const OF_PROGRAM = [
  "autostart=ture",
  "autostart=true;no",
  'startsecs="5"',
  "startsecs=soon",
  "startretries=-1",
  "stopsignal=0",
  "killasgroup=true",
  "stopasgroup=true\nkillasgroup=false",
  "user=nosuch",
  'user="pi"',
  "umask=99999",
  "numprocs=2",
  "numprocs=0",
  "process_name=a b",
  "stdout_logfile=/nowhere/x.log",
  "stdout_logfile=/dev/stdout",
  "stdout_logfile=syslog",
  "stdout_logfile_maxbytes=0",
  "redirect_stderr=true\nstderr_logfile=/tmp/e",
  "environment=A",
  "environment=A=b c",
  "environment=A=%(ENV_NONE)s",
  "exitcodes=x",
  "autostrat=true",
  "nothing=1",
  "user=root\nuser=root",
  "no sign at all",
  "command=",
  "command='a",
  "command=date +%Y",
  "command=date +%s",
  "command=sh -c 'a ; b'",
  'command=sh -c "a; b"',
  "command=%(nothing)s",
  "tty=maybe",
];

const OTHER = [
  "[group:g]\nprograms=none",
  "[group:p0]\nprograms=p1",
  "[eventlistener:e]\ncommand=e",
  "[eventlistener:e]\ncommand=e\nevents=TICK_7",
  "[eventlistener:e]\ncommand=e\nevents=TICK_5\nresult_handler=a:b",
  "[eventlistener:e]\ncommand=e\nevents=TICK_5\nredirect_stderr=true",
  "[fcgi-program:f]\ncommand=f",
  "[fcgi-program:f]\ncommand=f\nsocket=x",
  "[inet_http_server]\nport=x",
  "[inet_http_server]\nport=9001\nusername=u",
  "[unix_http_server]\nchmod=0700",
  "[unix_http_server]\nfile=/run/x\nchmod=rwx",
  "[unix_http_server]\nfile=/run/x\nchown=nosuch",
  "[unix_http_server]\nfile=/run/x",
  "[inet_http_server]\nport=*:9001",
  "[unix_http_server]\nfile=/run/x\n[supervisorctl]\nserverurl=unix:///run/y",
  "[rpcinterface:x]",
  "[rpcinterface:x]\nsupervisor.rpcinterface_factory=my:make",
  "[progam:x]\ncommand=a",
  "[anything]",
  "[program:a b]\ncommand=a",
  "[program:p0]\nuser=root",
  "[include]",
  "[include]\nfiles=/nowhere/*.conf",
  "[include]\nfiles=conf.d/*.conf",
];

const DAEMON = [
  "[supervisord]\n",
  "[supervisord]\nloglevel=loud\n",
  "[supervisord]\nlogfile=/nowhere/x.log\n",
  "[supervisord]\nuser=nosuch\n",
  "[supervisord]\nchildlogdir=/nowhere\n",
  "[supervisord]\nminfds=-1\n",
  "[supervisord]\numask=8\n",
  "",
  "\u{feff}[supervisord]\n",
  "nonsense\n[supervisord]\n",
];

const broken = fc
  .record({
    daemon: fc.constantFrom(...DAEMON),
    programs: fc.array(fc.subarray(OF_PROGRAM, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    other: fc.subarray(OTHER, { maxLength: 3 }),
  })
  .map(({ daemon, programs, other }) => {
    const sections = programs.map((lines, index) => {
      const command = lines.some((line) => line.startsWith("command")) ? [] : ["command=/bin/cat"];
      return [`[program:p${index}]`, ...command, ...lines].join("\n");
    });
    return `${daemon}${[...sections, ...other].join("\n")}\n`;
  });

describe("every problem of a configuration", () => {
  test("is reported under its code and by no other of these checks", () => {
    fc.assert(
      fc.property(broken, (text) => {
        const host = new DoctorHost();
        host.file("/etc/tsv/conf.d/more.conf", "[program:more]\ncommand=m\nautostart=x\n");
        const facts = host.facts(text);
        const { findings, unknown } = examineHost(CONF_CHECKS, facts);
        assert.deepEqual(
          unknown.filter(({ what }) => what.includes("itself failed")),
          [],
        );
        for (const problem of facts.config.problems) {
          const about = findings.filter(({ place }) => isAt(place, problem));
          if (!problem.code.startsWith("CONF")) continue;
          assert.ok(
            about.some(({ code }) => code === problem.code),
            `${problem.code} ${problem.message}: ${about.map(({ code }) => code).join()}`,
          );
        }
        assert.deepEqual(keysOf(findings), Array.from(new Set(keysOf(findings))), "each once");
      }),
      { numRuns: 150 },
    );
  });

  for (const line of OF_PROGRAM) {
    test(`the whole catalogue reports ${JSON.stringify(line)} under one code`, () => {
      const command = line.startsWith("command") ? "" : "command=/bin/cat\n";
      checkWhole(`[supervisord]\n[program:p]\n${command}${line}\n`);
    });
  }

  for (const text of [...OTHER, ...DAEMON]) {
    test(`the whole catalogue reports ${JSON.stringify(text)} under one code`, () => {
      const isDaemon = text.includes("[supervisord]") || text === "";
      checkWhole(`${isDaemon ? "" : "[supervisord]\n"}${text}\n[program:p0]\ncommand=/bin/cat\n`);
    });
  }

  test("belongs to a code that there is", () => {
    const codes = new Set(CATALOGUE.map(({ code }) => code));
    for (const code of Object.values(RULE_CODES)) assert.ok(codes.has(code), code);
  });
});

function isAt(
  place: CodedFinding["place"],
  problem: Pick<CheckProblem, "file" | "line" | "section" | "key">,
): boolean {
  // Included files and patterns are named by the message alone; their findings know better where.
  if (problem.line === null && problem.key === null) return true;
  if (place?.file !== problem.file) return false;
  const isSame =
    problem.section !== null && place.section === problem.section && place.key === problem.key;
  return isSame || place.line === problem.line || problem.line === null;
}

function keysOf(findings: readonly CodedFinding[]): readonly string[] {
  return findings.map(({ code, subject }) => `${code} ${subject}`);
}

/** Each problem has a finding of its code at its place, and no other finding of a code that problems have. */
function checkWhole(text: string): void {
  const host = new DoctorHost()
    .file("/bin/cat", "\x7fELF", { mode: 0o755 })
    .file("/bin/date", "\x7fELF", { mode: 0o755 })
    .file("/bin/sh", "\x7fELF", { mode: 0o755 })
    .file("/dev/stdout", "", { kind: "pipe" });
  const facts = host.facts(text);
  const { findings } = examineHost(CATALOGUE, facts);
  const ofProblems = new Set<string>(Object.values(RULE_CODES));
  for (const problem of facts.config.problems) {
    const about = findings.filter(
      ({ place, code }) => ofProblems.has(code) && isAt(place, problem),
    );
    const said = `${problem.code} ${problem.message}: ${about.map(({ code, symptom }) => `${code} ${symptom}`).join(" | ")}`;
    assert.ok(
      about.some(({ code }) => code === problem.code),
      said,
    );
    const codes = new Set(
      facts.config.problems
        .filter((one) =>
          isAt({ file: one.file, line: one.line, section: null, key: null }, problem),
        )
        .map(({ code }) => code as string),
    );
    if (problem.line !== null)
      assert.ok(
        about.every(({ code }) => codes.has(code)),
        said,
      );
  }
}

describe("the examples that people copy", () => {
  test("have no finding of these checks that is more than worth knowing", () => {
    const example = (name: string): string =>
      readFileSync(join(ROOT, "test/e2e/examples", name), "utf8");
    const host = new DoctorHost()
      .directory("/var/run")
      .directory("/var/log/supervisor")
      .directory("/a")
      .directory("/opt/bin/ngrok")
      .directory("/srv/www")
      .file("/etc/supervisor/conf.d/docker-program.conf", example("docker-program.conf"))
      .file("/etc/supervisor/conf.d/ngrok_py.conf", example("raspberry-pi-ngrok_py.ini"))
      .file("/etc/supervisor/conf.d/shadowsocks-app.conf", example("shadowsocks-app.conf"));
    host.users.push({ name: "dev", uid: 1500, gid: 1500, home: "/" });
    const facts = host.facts(example("debian-supervisord.conf"));
    const { findings, unknown } = examineHost(CONF_CHECKS, facts);
    assert.ok(facts.config.daemon?.ok);
    assert.deepEqual(unknown, []);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "info"),
      [],
    );
  });
});
