// Options of programs that depend on each other: terminals, schedules, and where output goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { OptionRow } from "../../../../src/core/config/options/entry.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { wireOptions } from "../../../../src/core/config/options/wire.ts";
import { defaultOf } from "../../../../src/core/config/reading.ts";
import { parseValue } from "../../../../src/core/config/values.ts";
import { processConfig } from "../../../../src/core/snapshot/config.ts";
import { configView } from "../../../../src/core/web/config-view.ts";
import { errorOf, fakeWorld, readText } from "./fake-world.ts";

const P = "[program:p]\ncommand=p\n";

function program(options: string): ProcessConfig {
  const [process] = readText(P + options).groups[0]?.processes ?? [];
  assert.ok(process !== undefined);
  return process;
}

const LISTENER = "[eventlistener:l]\ncommand=l\nevents=EVENT\n";
const FCGI = "[fcgi-program:f]\ncommand=f\nsocket=tcp://127.0.0.1:9\n";

/** Sections whose last option but those of other sections is refused. */
const REFUSED: readonly (readonly [section: string, option: string, message: RegExp])[] = [
  [LISTENER, "tty=true", /^\[eventlistener:l\] section sets tty=true .* eventlistener protocol/],
  [FCGI, "tty=on", /^\[fcgi-program:f\] section sets tty=true .* FastCGI socket/],
  [FCGI, "tty=on\n[group:g]\nprograms=f", /^\[fcgi-program:f\] section sets tty=true/],
  [P, "schedule=0 25 * * *", /'0 25 \* \* \*': the hour is 25, and goes from 0 to 23/],
  [P, "schedule=", /not a valid schedule: ''/],
  [LISTENER, "schedule=@daily", /sets schedule .* has to run all the time/],
  [P, "rlimit_nofiles=1", /^there is no limit rlimit_nofiles: did you mean rlimit_nofile\?/],
  [P, "cpu_max=50%%%", /^Format string|cpu_max|not a valid limit/],
  [
    P,
    "numprocs=3\nprocess_name=%(process_num)d\nnumprocs_max=2",
    /^numprocs=3 is more than numprocs_max=2/,
  ],
  [P, "enabled=perhaps", /not a valid boolean value: 'perhaps'/],
  [P, "log_timestamp=none\nlog_format=logfmt", /^log_format=logfmt always has a time/],
];

for (const [section, options, message] of REFUSED) {
  test(`refuses ${JSON.stringify(section + options)} and says where`, () => {
    const error = errorOf(`[supervisord]\n${section}${options}\n`);
    assert.match(error.text, message);
    const line = section.split("\n").length + 1;
    assert.deepEqual(
      [error.file, error.line, error.key],
      ["/etc/s.conf", line, options.split("=")[0]],
    );
  });
}

test("a percent sign at the end of cpu_max is no expansion (cgroup-limits)", () => {
  const wanted = { quota: 150_000, period: 100_000 };
  assert.deepEqual(program("cpu_max=150%\n").cpuMax, wanted);
  assert.deepEqual(program("cpu_max=150%%\n").cpuMax, wanted);
  assert.equal(program("").cpuMax, null);
});

test("a program has a terminal with tty=true, and pipes otherwise (terminal-option)", () => {
  assert.equal(program("").tty, false);
  const { tty, redirectStderr, stderr } = program("tty=true\n");
  assert.deepEqual([tty, redirectStderr, stderr.logfile], [true, true, { kind: "none" }]);
  const [pipes, terminal] = ["", "tty=true\n"].map((options) => readText(P + options).groups);
  assert.deepEqual(diffGroups(pipes ?? [], terminal ?? []).changed, ["p"]);
});

test("a log that stderr can no longer have is pointed out", () => {
  for (const [options, text] of [
    [
      "tty=true\nstderr_logfile=/tmp/e\n",
      "tty=true, so that there is one stream, but stderr_logfile has also been set to a filename, the filename has been ignored",
    ],
    [
      "redirect_stderr=true\nstderr_logfile=@stderr\n",
      "redirect_stderr=true but stderr_logfile has also been set to @stderr, it has been ignored",
    ],
  ] as const) {
    const { notices } = readText(P + options);
    assert.deepEqual(
      notices.map(({ level, text }) => `${level} ${text}`),
      [`WARN For [program:p], ${text}`],
    );
  }
});

function scheduled(options: string): object {
  const { type, autostart, autorestart, overlap, catchUp } = program(options);
  return { type, autostart, autorestart, overlap, catchUp };
}

test("with a schedule a program is oneshot, and nothing else starts it", () => {
  assert.deepEqual(scheduled("schedule=@daily\n"), {
    ...{ type: "oneshot", autostart: false, autorestart: "never" },
    ...{ overlap: "skip", catchUp: "none" },
  });
});

test("options that are given win, and without a schedule nothing is different", () => {
  const given =
    "type=simple\nautostart=true\nautorestart=unexpected\noverlap=queue\ncatch_up=once\n";
  assert.deepEqual(scheduled(`schedule=@daily\n${given}`), {
    ...{ type: "simple", autostart: true, autorestart: "unexpected" },
    ...{ overlap: "queue", catchUp: "once" },
  });
  assert.deepEqual(scheduled(""), {
    ...{ type: "simple", autostart: true, autorestart: "unexpected" },
    ...{ overlap: "skip", catchUp: "none" },
  });
});

test("an expression that is never due is warned of", () => {
  const text = `[supervisord]\n${P}schedule=0 0 30 2 *\n[program:q]\ncommand=q\nschedule=0 0 29 2 *\n`;
  const problems = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text }));
  const found = problems.filter(({ rule }) => rule === "never-due");
  assert.deepEqual(
    found.map(({ severity, code, line, section }) => ({ severity, code, line, section })),
    [{ severity: "warning", code: "CONF-013", line: 4, section: "program:p" }],
  );
});

test("lines are written as they come unless the configuration says otherwise", () => {
  const { logFormat, logTimestamp, logRateLimit } = program("");
  assert.deepEqual([logFormat, logTimestamp, logRateLimit], ["raw", null, null]);
});

test("formats, times and limits are read", () => {
  const text = "log_format=JSON\nlog_timestamp=unix\nlog_rate_limit=1000/s\n";
  const { logFormat, logTimestamp, logRateLimit } = program(text);
  assert.deepEqual([logFormat, logTimestamp], ["json", "unix"]);
  assert.deepEqual(logRateLimit, { count: 1000, seconds: 1 });
});

test("targets of output are no files (log-targets)", () => {
  const process = program("stdout_logfile=@stdout\nstderr_logfile=@Journal\n");
  assert.deepEqual(process.stdout.logfile, { kind: "stdout" });
  assert.deepEqual(process.stderr.logfile, { kind: "journal" });
  const file = program("stdout_logfile=/tmp/@stdout\nstderr_logfile=@stdouts\n");
  assert.deepEqual(file.stdout.logfile, { kind: "file", path: "/tmp/@stdout" });
  assert.deepEqual(file.stderr.logfile, { kind: "file", path: "@stdouts" });
});

test("clients and the web page see a target as it is written", () => {
  const process = program("stdout_logfile=@stdout\nlog_rate_limit=1000/1s\n");
  const told = wireOptions(process).find(({ key }) => key === "stdout_logfile");
  assert.equal(told?.value, "@stdout");
  const set = configView(process).set.map(({ key, value }) => `${key}=${value}`);
  assert.ok(set.includes("stdout_logfile=@stdout"));
  assert.ok(set.includes("log_rate_limit=1000/1s"));
});

test("the defaults of options of programs are the same on all hosts", () => {
  for (const row of Object.values<OptionRow>(PROGRAM)) {
    if (row.default === undefined) continue;
    const value = parseValue(row.kind, row.default, fakeWorld({}));
    assert.deepEqual(value, { ok: true, value: defaultOf(row) }, row.key);
  }
});

test("of two bad options, in any order and from any section, the same one is reported first", () => {
  const messages = ["rlimit_core=x\nstartsecs=x\n", "startsecs=x\nrlimit_core=x\n"].flatMap(
    (options) => [
      errorOf(`[supervisord]\n${P}${options}`),
      errorOf(`[supervisord]\n[DEFAULT]\n${options}${P}`),
    ],
  );
  assert.deepEqual(
    messages.map(({ key }) => key),
    ["startsecs", "startsecs", "startsecs", "startsecs"],
  );
});

test("a directory with the logs of many programs is looked at once", () => {
  const seen: string[] = [];
  const world = fakeWorld({ "/var/log/x": "" });
  const programs = ["a", "b"].map((name) => {
    return `[program:${name}]\ncommand=p\nstdout_logfile=/var/log/${name}\n`;
  });
  readText(
    programs.join(""),
    {},
    {
      isDirectory(path) {
        seen.push(path);
        return world.isDirectory(path);
      },
    },
  );
  assert.deepEqual(seen, ["/var/log"]);
});

test("a process that was read is the same as one that another process has read and passed on", () => {
  const read = program("numprocs=2\nprocess_name=%(process_num)d\nrlimit_core=1\n");
  assert.deepEqual(processConfig.decode(processConfig.encode(read), "process"), read);
});
