// Explanations of programs on hosts in memory, as people and as programs read them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CONFIG_CHECKS,
  LOG_CHECKS,
  PROGRAM_CHECKS,
} from "../../../../src/doctor/checks/catalogue.ts";
import { explain, findNamed, knownProcesses } from "../../../../src/doctor/why/explain.ts";
import type { Explanation } from "../../../../src/doctor/why/model.ts";
import { whyData, whyText } from "../../../../src/doctor/why/text.ts";
import { config, FATAL, history, host, NEW, NOW_S, run, status } from "../checks/programs/rig.ts";

const LOOK = { unicode: false, colours: false, verbose: false, quiet: false, columns: 100 };
const WEB = { group: "web", name: "web" };
const LOG = "/var/log/web.err";
const moment = (seconds: number): string => `T${seconds - NOW_S}`;

function told(
  made: ReturnType<typeof host>,
  text: string,
  parts: Parameters<ReturnType<typeof host>["facts"]>[1] = {},
): Explanation {
  const service = {
    file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false },
  };
  const facts = made.facts(text, { service, ...parts });
  return explain(WEB, facts, [...PROGRAM_CHECKS, ...LOG_CHECKS]);
}

test("the explanation of a failed program is complete and in order", () => {
  const output = "starting\nstarting\nbind: Address already in use port 80\n";
  const made = host().file(LOG, output, NEW);
  made.run(90, ["/usr/sbin/apache2"]).listen({ kind: "tcp", address: "::", port: 80, pid: 90 });
  const parts = {
    programs: [{ ...FATAL, stderrLog: LOG }],
    histories: [
      history([run({ end: NOW_S - 60 }), run({ end: NOW_S - 59 })], {
        total: 4,
        start: NOW_S - 60,
      }),
    ],
  };
  const text = whyText(told(made, config("command=sleep 5"), parts), LOOK, moment);
  assert.equal(
    text,
    `web: FATAL since T-59 (59 s)
  It failed to start 4 times in a row: it exited within 1 second (startsecs). The daemon gave up and
  will not retry.
  last start   T-60, retried after a failed start
  next start   none; start it manually
  last exits   T-59 after 0.5 s: exit status 1, and 1 time before
               (2 older runs are not recorded)
  last output  /var/log/web.err
    | starting
    |     … (2 times)
    | bind: Address already in use port 80
  meaning      the address that it wants to listen on is already in use

  xx PROG-012 web
            Address already in use: web needs port 80
      why   Another process listens on this port.
      seen  [::]:80 is in use
            pid 90: /usr/sbin/apache2
      where /etc/tsv/tsv.conf:3
      fix   Stop that process, or change the port of one of the two (by hand)
            kill 90

What to do:
  1. Stop that process, or change the port of one of the two (PROG-012)
       kill 90
  2. Then start it
       tsv start web
`,
  );
});

describe("the output explains the last run only", () => {
  const parts = (last: Parameters<typeof run>[0], changes: object = {}) => ({
    programs: [{ ...FATAL, stderrLog: LOG, stdoutLog: "/var/log/web.out", ...changes }],
    histories: [history([run(), run(last)], { state: "FATAL", ...changes })],
  });
  const meaningOf = (made: ReturnType<typeof host>, known: ReturnType<typeof parts>) =>
    told(made, config("command=sleep 5"), known).clue?.meaning ?? null;
  const denied = "PermissionError: [Errno 13] Permission denied: '/x'\n";

  test("a log that was not written since its start has nothing of it", () => {
    assert.notEqual(meaningOf(host().file(LOG, denied, NEW), parts({})), null);
    const old = { modifiedMs: (NOW_S - 61) * 1000 };
    assert.equal(meaningOf(host().file(LOG, denied, old), parts({})), null);
  });

  test("a signal of the kernel, a failed start and a program that runs have no meaning", () => {
    const made = host().file(LOG, denied, NEW);
    const segv = parts({ exitStatus: null, signal: 11 });
    assert.equal(meaningOf(made, segv), null);
    assert.equal(meaningOf(made, parts({ exitStatus: null, signal: 9 })), null);
    const never = parts({ ending: "not-spawned", spawnError: "couldn't exec x: ENOENT" });
    assert.equal(meaningOf(made, never), null);
    assert.equal(meaningOf(made, parts({ ending: "exited" }, { state: "RUNNING" })), null);
    // abort(3) follows a message.
    assert.notEqual(meaningOf(made, parts({ exitStatus: null, signal: 6 })), null);
  });

  const shared = `${denied}quiet\n${"x".repeat(99)}\n`;
  const size = shared.length;
  const outputOf = (made: ReturnType<typeof host>, part: object, changes = {}) =>
    told(
      made,
      config("command=sleep 5"),
      parts(
        {},
        { output: { stdout: null, stderr: { from: 0, to: 0, size, ...part } }, ...changes },
      ),
    ).output;

  test("a part of its log is read, if the daemon knows it", () => {
    const made = host().file(LOG, shared, NEW);
    const from = denied.length;
    const output = outputOf(made, { from, to: from + 6 });
    assert.deepEqual([output?.lines, output?.isOfLastRun], [["quiet"], true]);
    const known = parts({}, { output: { stdout: null, stderr: { from, to: from + 6, size } } });
    assert.equal(meaningOf(made, known), null);
    assert.deepEqual(outputOf(made, { from, to: from }, { stdoutLog: "" })?.lines, []);
  });

  test("a program that runs again shows the end of its log", () => {
    const made = host().file(LOG, shared, NEW);
    const output = outputOf(made, { from: 0, to: 7 }, { state: "RUNNING" });
    assert.deepEqual([output?.lines?.length, output?.isOfLastRun], [3, false]);
  });

  test("a file that is smaller than the daemon counts is another one", () => {
    const output = outputOf(host().file(LOG, "new\n", NEW), { from: 3, to: 7 });
    assert.deepEqual([output?.lines, output?.isOfLastRun], [["new"], false]);
  });

  test("the part before a rotation is in the backups", () => {
    const made = host()
      .file(LOG, "three\nfour\n", NEW)
      .file(`${LOG}.1`, "two\n")
      .file(`${LOG}.2`, "zero\none\n");
    const linesOf = (from: number, to: number) => outputOf(made, { from, to, size: 11 });
    assert.deepEqual(linesOf(-8, 6)?.lines, ["one", "two", "three"]);
    assert.deepEqual(linesOf(-8, -4)?.lines, ["one"]);
    assert.deepEqual(linesOf(-99, 0)?.lines, ["zero", "one", "two"]);
    made.nodes.delete(`${LOG}.1`);
    assert.deepEqual(linesOf(-8, 6)?.lines, ["three"]);
    assert.deepEqual(linesOf(-8, -4)?.isOfLastRun, false);
  });

  test("of a long part, the end is read from the first whole line", () => {
    const long = Array.from({ length: 4000 }, (_, index) => `line ${index}\n`).join("");
    const output = outputOf(host().file(LOG, long, NEW), { to: long.length, size: long.length });
    assert.deepEqual([output?.lines?.length, output?.lines?.at(-1)], [10, "line 3999"]);
  });

  test("the log that was written last explains it", () => {
    const made = host()
      .file(LOG, "warning: deprecated\n", { modifiedMs: NOW_S * 1000 - 5 })
      .file("/var/log/web.out", '{"level":50,"msg":"connect ECONNREFUSED 127.0.0.1:1"}\n', NEW);
    assert.match(meaningOf(made, parts({})) ?? "", /nothing listens/);
    made.file(LOG, "fatal: lost the lease\n", { modifiedMs: NOW_S * 1000 + 5 });
    assert.equal(meaningOf(made, parts({})), null);
  });
});

test("a command that the kernel rejects is not explained by its output too", () => {
  const made = host()
    .file("/opt/run", "#!/usr/bin/env node\r\n", { mode: 0o755 })
    .file(LOG, "sh: 0: Illegal option -\\r\n", NEW);
  const parts = { programs: [{ ...FATAL, stderrLog: LOG }], histories: [history([run()])] };
  const { clue, advice } = told(made, config("command=/opt/run"), parts);
  assert.equal(clue, null);
  assert.doesNotMatch(JSON.stringify(advice), /Correct command=/);
});

test("the configuration is checked with the options of the program", () => {
  const line = '2026/01/02 03:04:05 [emerg] 1#1: unknown directive "x" in /srv/n.conf:1\n';
  const parts = { programs: [{ ...FATAL, stderrLog: LOG }], histories: [history([run()])] };
  const commandsOf = (command: string) =>
    told(host().file(LOG, line, NEW), config(`command=${command}`), parts).advice[0]?.commands;
  assert.deepEqual(commandsOf("nginx -c /srv/n.conf"), ["sh -c 'nginx -c /srv/n.conf -t'"]);
  assert.deepEqual(commandsOf("sh -c 'exec nginx'"), ["sh -c 'nginx -t'"]);
});

test("an error in the configuration of another program comes last, with its line", () => {
  const text = `${config("command=sleep 5")}[program:b]\ncommand=sleep 1\nautostart=maybe\n`;
  const parts = { programs: [{ ...FATAL, stderrLog: LOG }], histories: [history([run()])] };
  const facts = host().file(LOG, "boom\n", NEW).facts(text, parts);
  const { findings, advice, notes } = explain(WEB, facts, [...CONFIG_CHECKS, ...PROGRAM_CHECKS]);
  assert.deepEqual(
    findings.map(({ area, place }) => [area, place?.file, place?.line]),
    [["config", "/etc/tsv/tsv.conf", 6]],
  );
  assert.match(advice[0]?.text ?? "", /^Read its output/);
  assert.match(advice.at(-1)?.text ?? "", /\(CONF-\d+\)$/);
  assert.deepEqual(notes, []);
});

test("an edit of the configuration is applied before the start", () => {
  const never = run({ ending: "not-spawned", end: NOW_S - 60 });
  const programs = [{ ...FATAL, start: NOW_S - 60, stderrLog: LOG }];
  const parts = { programs, histories: [history([never], { total: 1, start: NOW_S - 60 })] };
  const { advice, output } = told(host(), config("command=/no/such"), parts);
  assert.deepEqual(
    advice.map(({ commands }) => commands[0]),
    [undefined, "tsv update", "tsv start web"],
  );
  // It was never executed, so it has no log that could have been removed.
  assert.equal(output, null);
});

test("a program that runs well has nothing to be done", () => {
  const parts = {
    programs: [status({ pid: 7 })],
    histories: [history([], { state: "RUNNING", pid: 7 })],
  };
  const made = told(host(), config("command=sleep 5"), parts);
  assert.deepEqual([made.advice, made.findings, made.kill, made.notes], [[], [], null, []]);
  assert.doesNotMatch(whyText(made, LOOK, moment), /What to do/);
});

test("the limits of its cgroup that a run has reached stand behind its exit", () => {
  const ended = run({ reached: ["memory_max was reached 3 times"] });
  const parts = { programs: [status()], histories: [history([ended])] };
  const text = whyText(told(host(), config("command=sleep 5"), parts), LOOK, moment);
  assert.match(text.replace(/\s+/g, " "), /exit status 1[^;]*; memory_max was reached 3 times/);
});

test("the limits of its cgroup that a program has reached are noted", () => {
  const parts = {
    programs: [status({ pid: 7 })],
    histories: [history([], { state: "RUNNING", pid: 7 })],
  };
  const mounts = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  const made = host()
    .file("/proc/self/mountinfo", mounts)
    .file("/proc/7/cgroup", "0::/svc/program-web:web\n")
    .file("/sys/fs/cgroup/svc/program-web:web/pids.events", "max 3\n");
  const { notes } = told(made, config("command=sleep 5"), parts);
  assert.deepEqual(notes, ["pids_max was reached 3 times"]);
  // The counters of another cgroup are not those of the program.
  made.file("/proc/7/cgroup", "0::/svc/daemon\n");
  made.file("/sys/fs/cgroup/svc/daemon/pids.events", "max 3\n");
  assert.deepEqual(told(made, config("command=sleep 5"), parts).notes, []);
});

test("a daemon that answers and knows no programs is not called silent", () => {
  const url = "http://127.0.0.1:9001";
  const answer = { section: "x", url, kind: "answers", detail: "", daemon: null } as const;
  const made = told(host(), config("command=sleep 5"), { servers: [answer] });
  assert.match(made.notes.join(), /answers at http:.* no \[rpcinterface:supervisor\]/);
  assert.doesNotMatch(made.notes.join(), /does not answer|no daemon answers/);
});

test("without a daemon the configuration and the files are described, with their errors", () => {
  const made = told(host(), config("command=nope", `stderr_logfile=${LOG}`));
  assert.equal(made.state, null);
  assert.match(made.notes.join(), /no daemon answers/);
  assert.match(made.summary, /^No daemon runs/);
  assert.deepEqual(made.advice[0]?.commands, ["tsv doctor boot socket"]);
  assert.match(made.advice[1]?.commands[0] ?? "", / daemon -c \/etc\/tsv\/tsv\.conf$/);
  assert.deepEqual(
    made.findings.map(({ code }) => code),
    ["PROG-001"],
  );
});

test("a daemon without permission to query it is not reported as down", () => {
  const made = host();
  made.uid = 1000;
  const url = "unix:///run/tsv/tsv.sock";
  const denied = {
    section: "unix_http_server",
    url,
    kind: "denied",
    detail: "EACCES",
    daemon: null,
  } as const;
  const said = told(made, config("command=sleep 5"), { servers: [denied] });
  assert.match(said.summary, /could not be queried/);
  assert.deepEqual(said.advice[0]?.commands, ["sudo tsv why web"]);
});

test("a log that cannot be opened is reported under its code", () => {
  const made = host().directory("/var/log/app", { mode: 0o700 });
  const text = config("command=sleep 5", "stdout_logfile=/var/log/app", "user=pi");
  const failed = status({
    state: "FATAL",
    spawnError: "unknown error making dispatchers for 'web': EISDIR",
  });
  const findings = told(made, text, { programs: [failed] }).findings.map(({ code }) => code);
  assert.ok(
    findings.some((code) => code.startsWith("LOG-")),
    findings.join(),
  );
});

test("a program that runs well and whose output is lost on a full disk is reported so", () => {
  const full = { type: "ext4", freeBytes: 0, totalBytes: 1e9, totalInodes: 100, freeInodes: 50 };
  const made = host().directory("/srv/app").mount("/srv", full);
  const text = config("command=sleep 5", "stdout_logfile=/srv/app/web.log", "stderr_logfile=NONE");
  const findings = told(made, text, { programs: [status({ pid: 7 })] }).findings;
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["LOG-007"],
  );
});

test("errors of other programs are not reported", () => {
  const text = `${config("command=sleep 5")}[program:bad]\ncommand=nope\n`;
  const parts = { programs: [status({ pid: 7 })], histories: [history([], { state: "RUNNING" })] };
  assert.deepEqual(told(host(), text, parts).findings, []);
});

test("programs only in the daemon, and only in the configuration, are reported", () => {
  const gone = "[supervisord]\n";
  assert.match(
    told(host(), gone, { programs: [FATAL], histories: [] }).notes.join(),
    /no longer in the configuration/,
  );
  const fresh = told(host(), config("command=sleep 5"), { programs: [], histories: [] });
  assert.match(fresh.notes.join(), /not in the daemon; tsv update adds it/);
});

test("a daemon without records is reported as such, and its status is used", () => {
  const made = told(host(), config("command=sleep 5"), { programs: [FATAL], histories: null });
  assert.match(made.summary, /^It is FATAL: Exited too quickly/);
  assert.match(made.notes.join(), /does not record the runs/);
});

test("a standard error that is empty or not there yields to standard output", () => {
  const made = host().file("/var/log/web.out", "hello\n", NEW).file(LOG, "");
  const one = status({ stderrLog: LOG, stdoutLog: "/var/log/web.out" });
  const output = told(made, config("command=sleep 5"), { programs: [one] }).output;
  assert.deepEqual(output, {
    path: "/var/log/web.out",
    channel: "stdout",
    lines: ["hello"],
    problem: null,
    isOfLastRun: false,
    changedMs: NEW.modifiedMs,
  });
});

describe("a program with unknown output is never reported as silent", () => {
  const text = config(
    "command=sh -c 'exit 1'",
    `stderr_logfile=${LOG}`,
    "directory=/home/pi",
    "user=pi",
  );
  const parts = {
    programs: [{ ...FATAL, stderrLog: LOG, start: NOW_S - 9 }],
    histories: [history([run()])],
  };

  test("a log that this user may not read needs root", () => {
    const made = host().file(LOG, "secret of web\n");
    made.readTail = () => null;
    const { output, advice } = told(made, text, parts);
    assert.equal(output?.problem, "unreadable");
    assert.deepEqual(advice[0]?.commands, ["sudo tsv why web"]);
    assert.doesNotMatch(JSON.stringify(advice), /nothing/);
  });

  test("a log that was removed while the daemon writes to it is reported", () => {
    const { output, advice } = told(host(), text, parts);
    assert.equal(output?.problem, "missing");
    assert.deepEqual(advice[0]?.commands, ["tsv doctor LOG-008"]);
  });

  test("an empty log is one that was read, and its command is there to be pasted", () => {
    const { output, advice } = told(host().file(LOG, ""), text, parts);
    assert.equal(output?.problem, null);
    assert.match(advice[0]?.text ?? "", /^It logged nothing/);
    assert.deepEqual(advice[0]?.commands, [
      "sudo -u pi sh -c 'cd /home/pi && sh -c '\\''exit 1'\\'''",
    ]);
  });

  test("an env_command that failed is the command to run", () => {
    const failed = run({ ending: "not-spawned", spawnError: "env_command: exit status 3" });
    const secrets = text.replace("exit 1'", "exit 1'\nenv_command=/srv/secrets web");
    const { advice } = told(host(), secrets, { ...parts, histories: [history([failed])] });
    assert.match(advice[0]?.text ?? "", /^Run its env_command by hand/);
    assert.deepEqual(advice[0]?.commands, ["sudo -u pi sh -c 'cd /home/pi && /srv/secrets web'"]);
  });

  test("a failed env_command or env_file is named without a configuration too, as in tsv run", () => {
    const adviceFor = (spawnError: string): string => {
      const failed = history([run({ ending: "not-spawned", spawnError })], { total: 1, pid: 0 });
      const made = host();
      const facts = made.facts("", { ...parts, histories: [failed] });
      const unread = { ...facts, config: { ...facts.config, daemon: null } };
      return explain(WEB, unread, PROGRAM_CHECKS).advice[0]?.text ?? "";
    };
    assert.match(adviceFor("env_command: exit status 3"), /^Run its env_command by hand/);
    for (const [error, text] of [
      ["/a b.env:2:3: no end", "Correct its file of variables /a b.env"],
      ["/a.env: the daemon has no permission", "Correct its file of variables /a.env"],
      ["/a.env: it does not exist (? before)", "Create its file of variables /a.env"],
    ]) {
      assert.equal(adviceFor(`env_file ${error}`), text);
    }
  });

  test("a command with a password is not shown", () => {
    const secret = text.replace("exit 1", "db --password=hunter2");
    const { advice } = told(host().file(LOG, ""), secret, parts);
    assert.doesNotMatch(JSON.stringify(advice), /hunter2/);
  });
});

test("commands name the configuration where one was named", () => {
  const made = host();
  const facts = made.facts(config("command=sleep 5"), {
    programs: [FATAL],
    histories: null,
  });
  const named = { ...facts, config: { ...facts.config, chosenBy: "option" as const } };
  const { advice } = explain(WEB, named, PROGRAM_CHECKS);
  assert.deepEqual(advice.at(-1)?.commands, ["tsv start -c /etc/tsv/tsv.conf web"]);
});

test("programs get the same as data", () => {
  const parts = { programs: [FATAL], histories: [history([run()])] };
  const text = JSON.stringify(whyData(told(host(), config("command=sleep 5"), parts)));
  const { state, exits, nextStartMs } = JSON.parse(text);
  assert.deepEqual([state, exits[0].meaning, nextStartMs], ["FATAL", "exit status 1", null]);
});

test("processes of the daemon and of the configuration are known, each once", () => {
  const facts = host().facts(config("command=sleep 5"), {
    programs: [status(), status({ name: "x", group: "y" })],
  });
  assert.deepEqual(knownProcesses(facts), [WEB, { group: "y", name: "x" }]);
});

test("findings about the configuration of other programs are left out", () => {
  const missing = (name: string) =>
    `[program:${name}]\ncommand=sleep 5\nenv_file=/etc/${name}.env\n`;
  const text = `${config("command=sleep 5")}\n${missing("other")}`;
  const codes = (explanation: Explanation) => explanation.findings.map(({ code }) => code);
  assert.ok(!codes(told(host(), text, { programs: [FATAL] })).includes("PROG-028"));
  const own = config("command=sleep 5\nenv_file=/etc/web.env");
  assert.ok(codes(told(host(), own, { programs: [FATAL] })).includes("PROG-028"));
});

// Which process a name means.

const ALL = [
  WEB,
  { group: "pool", name: "a" },
  { group: "pool", name: "b" },
  { group: "db", name: "main" },
];

const problem = (given: string, known = ALL): string => {
  const found = findNamed(given, known);
  assert.ok("problem" in found, JSON.stringify(found));
  return found.problem;
};

test("a name means the process that ctl shows under it, or the only one of a group", () => {
  assert.equal(findNamed("web", ALL), WEB);
  assert.equal(findNamed("web:web", ALL), WEB);
  assert.deepEqual(findNamed("pool:a", ALL), ALL[1]);
  assert.deepEqual(findNamed("db", ALL), ALL[3]);
  assert.deepEqual(findNamed("db:*", ALL), ALL[3]);
  assert.deepEqual(
    findNamed("b", ALL),
    ALL[2],
    "a group may be left out where only one can be meant",
  );
});

test("a group of several says which they are", () => {
  assert.equal(problem("pool"), "pool is a group of 2 programs; name one of them: pool:a, pool:b");
});

test("a name that there is not offers the near one, or says which there are", () => {
  assert.deepEqual(findNamed("wbe", ALL), { problem: "there is no program wbe", near: "web" });
  assert.equal(
    problem("zzzzzz"),
    "there is no program zzzzzz; known programs: web, pool:a, pool:b, db:main",
  );
  assert.equal(problem("x", [WEB]), "there is no program x; known program: web");
  assert.equal(problem("x", []), "there is no program x; there are no programs");
  const twice = [...ALL, { group: "other", name: "a" }];
  assert.equal(problem("a", twice), "a is ambiguous: pool:a, other:a");
});

test("the type of a Procfile leads to its programs", () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ group: name, name }));
  assert.deepEqual(findNamed("web", named("web.1", "worker.1", "worker.2")), {
    problem: "there is no program web",
    near: "web.1",
  });
  assert.deepEqual(findNamed("worker", named("web.1", "worker.1", "worker.2")), {
    problem: "the programs of worker are worker.1, worker.2; name one of them",
    near: null,
  });
});
