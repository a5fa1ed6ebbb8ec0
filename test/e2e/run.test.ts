// `tsv run`: Procfiles, configurations and commands in the foreground, what it says and how it ends, and the verbs that reach it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { collect, lastWordsRead, type Outcome, plainEnvironment } from "./rig/command.ts";
import { lifeline } from "./rig/lifeline.ts";
import { TSV, withoutRoot, withoutTsv } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const SAID_MS = 30_000;

/** A run that is under way. */
class Run {
  readonly child: ChildProcess;
  readonly #output: { stdout(): string; stderr(): string };
  readonly #ended: Promise<unknown[]>;

  constructor(
    rig: Rig,
    words: readonly string[],
    cwd = rig.directory,
    env: NodeJS.ProcessEnv = {},
  ) {
    this.child = spawn(TSV, ["run", ...words], {
      ...{ cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] },
      env: { ...plainEnvironment(rig.mark), ...env },
    });
    this.#output = collect(this.child);
    this.#ended = once(this.child, "exit");
  }

  get text(): string {
    return this.#output.stdout() + this.#output.stderr();
  }

  /** Waits for a text. @throws when the run ends without it, or says nothing for long */
  async said(pattern: RegExp): Promise<void> {
    const { stdout, stderr } = this.child;
    while (!pattern.test(this.text)) {
      const waiting = new AbortController();
      const late = AbortSignal.timeout(SAID_MS);
      late.addEventListener("abort", () => waiting.abort());
      const { signal } = waiting;
      const news = [stdout, stderr].map((each) => each && once(each, "data", { signal }));
      const end = this.#ended.then(() => "ended");
      const what = await Promise.race([...news, end]).catch(() => "late");
      waiting.abort();
      for (const each of news) each?.catch(() => {});
      if (typeof what === "string" && !pattern.test(this.text)) {
        throw new Error(`${what} without ${pattern}: ${this.text}`);
      }
    }
  }

  /** How it ended: an exit status, or a signal. */
  async ended(): Promise<unknown> {
    const [status, signal] = await this.#ended;
    await lastWordsRead();
    return status ?? signal;
  }
}

/** Without times and pids. */
function plain(text: string): string {
  return text.replace(/^\d\d:\d\d:\d\d /gm, "").replace(/pid \d+/g, "pid N");
}

const run = (rig: Rig, ...words: string[]): Promise<Outcome> => rig.tsv("run", ...words);
const LOOP = "while :; do sleep 0.05; done";

e2e(
  "a Procfile runs with ports and .env until the first program exits, whose status counts",
  withoutTsv(),
  async (rig) => {
    rig.write(
      "Procfile",
      `web: echo "$PS $PORT $SECRET"; ${LOOP}\njob: while [ ! -e go ]; do sleep 0.05; done; exit 3\n`,
    );
    rig.write(".env", "SECRET='a b'\nPORT=7000\n");
    const started = new Run(rig, ["-m", "web=2"]);
    await started.said(/web\.1 7000 a b/);
    await started.said(/web\.2 7001 a b/);
    await started.said(/job\.1 started/);
    rig.write("go", "");
    assert.equal(await started.ended(), 3);
    const lines = plain(started.text);
    assert.match(lines, /^web\.2 \| web\.2 7001 a b$/m);
    assert.match(
      lines,
      /^tsv {3}\| job\.1 exited with status 3\ntsv {3}\| job\.1 ends the run with exit status 3, stopping 2 programs\n/m,
    );
    assert.match(lines, /^tsv {3}\| web\.1 stopped$/m);
    assert.ok(!started.text.includes("\u001b"), "a pipe has no colours");
  },
);

const TABLE: readonly (readonly [words: readonly string[], status: number])[] = [
  [["--", "true"], 0],
  [["--", "sh", "-c", "exit 1"], 1],
  [["--", "sh", "-c", "exit 3"], 3],
  [["--", "sh", "-c", "kill -9 $$"], 137],
  [["--", "/no/such/command"], 127],
  [["--name", "a=exit 4"], 4],
  [["--exit-on", "all", "--name", "a=exit 4", "--name", "b=sleep 0.2; exit 2"], 4],
  [["--exit-on", "exit", "--name", "a=sleep 1.2; exit 0"], 0],
  [["--exit-on", "exit", "--", "true"], 0],
  [["--exit-on", "fatal", "--", "/no/such/command"], 127],
];

for (const [words, status] of TABLE) {
  e2e(`tsv run ${words.join(" ")} ends with ${status}`, withoutTsv(), async (rig) => {
    const outcome = await run(rig, ...words);
    assert.deepEqual(
      [outcome.status, outcome.signal],
      [status, null],
      outcome.stdout + outcome.stderr,
    );
  });
}

e2e("the help has all exit statuses", withoutTsv(), async (rig) => {
  const { stdout } = await run(rig, "-h");
  const statuses = Array.from(stdout.matchAll(/^ {2}(0|1|2|127|N|128\+N) /gm), ([, one]) => one);
  assert.deepEqual(statuses, ["0", "N", "1", "2", "127", "128+N"]);
});

e2e("what cannot be run is said in a sentence, with status 2", withoutTsv(), async (rig) => {
  const refused = async (pattern: RegExp, ...words: string[]) => {
    const { status, stderr, stdout } = await run(rig, ...words);
    assert.match(stderr, pattern);
    assert.deepEqual([status, stdout], [2, ""]);
  };
  await refused(/^Error: there is nothing to run in .*: no Procfile, tsv\.conf/);
  await refused(/^Error: run has no option --no-such/, "--no-such");
  await refused(/^Error: Procfile\.no does not exist\n$/, "Procfile.no");
  await refused(/^Error: b does not exist\n$/, "-f", "b");
  await refused(/^Error: npm does not exist\n {2}To run a command: tsv run -- npm\n$/, "npm");
  await refused(/\n {2}To run a command: tsv run -- npm start\n$/, "npm start");
  const empty = /^Error: the name of the file to run is empty\n {2}For help: tsv run -h\n$/;
  await refused(empty, "");
  await refused(empty, "-c", "");
  rig.write("Procfile", "web: x\noops\n");
  await refused(/^Error: Procfile:2: expected NAME: COMMAND/);
  await refused(/no-such\.conf/, "-c", "no-such.conf");
  rig.write(
    "d.conf",
    "[supervisord]\nlogfile=/no/d.log\n[program:a]\ncommand=x\nstdout_logfile=/no/a.log\nautostart=maybe\n",
  );
  await refused(
    /^Error: d\.conf:6: \[program:a\] autostart: not a valid boolean value: 'maybe'\n/,
    "-c",
    "d.conf",
  );
  rig.write("n.conf", "[program:a]\ncommand=x\n");
  await refused(
    /^Error: n\.conf has no \[supervisord\] section\n {2}Add this line to it: +\[supervisord\]\n$/,
    "-c",
    "n.conf",
  );
});

e2e(
  "a directory, and a file that others own, are said to be that",
  withoutTsv() || withoutRoot(),
  async (rig) => {
    mkdirSync(rig.path("dir"));
    const directory = await run(rig, "dir");
    assert.equal(directory.stderr, "Error: cannot read dir: it is a directory\n");
    const config = await run(rig, "-c", "dir");
    assert.equal(config.stderr, "Error: could not read config file dir: it is a directory\n");
    chmodSync(rig.directory, 0o755);
    chmodSync(rig.write("Procfile", "web: x\n"), 0o600);
    chmodSync(rig.write("d.conf", "[supervisord]\n"), 0o600);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    for (const [file, text] of [
      ["Procfile", "cannot read Procfile"],
      ["d.conf", "could not read config file d.conf"],
    ] as const) {
      const denied = await rig.command([...nobody, TSV, "run", file], { cwd: rig.directory });
      const said = denied.stderr.replace(/\s+/g, " ");
      const owner = `permission denied: ${rig.path(file)} is root:root 0600`;
      assert.equal(said, `Error: ${text}: ${owner} `);
      assert.equal(denied.status, 2);
    }
  },
);

e2e("Ctrl-C stops in order and ends with 0; others have their time", withoutTsv(), async (rig) => {
  const said = (name: string) => `trap 'echo ${name} stops; exit 0' TERM; echo ${name} up; ${LOOP}`;
  rig.write(
    "d.conf",
    `[supervisord]
[program:db]
command=sh -c "${said("db")}"
priority=1
[program:web]
command=sh -c "${said("web")}"
priority=2
`,
  );
  const started = new Run(rig, ["-c", "d.conf"]);
  await started.said(/db up/);
  await started.said(/web up/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 0);
  assert.match(
    plain(started.text),
    /SIGINT: stopping 2 programs; once more kills them[\s\S]*web stops[\s\S]*db stops/,
  );
  assert.deepEqual(readdirSync(rig.directory).sort(), ["d.conf"], "nothing is written");
});

/** A shell, which a signal ends at once, and a server in the same group, which needs a while. */
const DRAINING = `sh -c 'trap "echo drains; sleep 1; echo bye; exit" TERM; echo up $PPID; ${LOOP}' & wait`;

e2e(
  "a stop waits for what a shell has started, before a restart and at the end",
  withoutTsv(),
  async (rig) => {
    rig.write("Procfile", `web: ${DRAINING}\n`);
    const started = new Run(rig, []);
    await started.said(/up/);
    const restarted = await rig.command([TSV, "restart", "web.1"], { cwd: rig.directory });
    assert.equal(restarted.stdout, "web.1: stopped\nweb.1: started\n");
    await started.said(/drains[\s\S]*bye[\s\S]*web\.1 stopped[\s\S]*up/);
    process.kill(started.child.pid ?? 0, "SIGINT");
    assert.equal(await started.ended(), 0);
    assert.match(started.text, /SIGINT[\s\S]*drains[\s\S]*bye[\s\S]*web\.1 stopped\n$/);
  },
);

e2e("a second Ctrl-C kills what a shell has started too", withoutTsv(), async (rig) => {
  const exited = lifeline(rig, rig.path("life"));
  const child = `sh -c 'trap "" TERM; exec 9>life; echo up; ${LOOP}' & wait`;
  const started = new Run(rig, ["--", "sh", "-c", child]);
  await started.said(/up/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  await started.said(/SIGINT: stopping sh; once more kills it/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 130);
  await exited();
});

e2e("a second Ctrl-C kills what does not stop", withoutTsv(), async (rig) => {
  const started = new Run(rig, ["--", "sh", "-c", `trap '' TERM; echo up; ${LOOP}`]);
  await started.said(/up/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  await started.said(/SIGINT: stopping sh; once more kills it/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 130);
});

e2e("SIGTERM stops within --grace", withoutTsv(), async (rig) => {
  const started = new Run(rig, [
    "--grace",
    "1",
    "--",
    "sh",
    "-c",
    `trap '' TERM; echo up; ${LOOP}`,
  ]);
  await started.said(/up/);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
  assert.match(started.text, /killing 'sh' \(\d+\) with SIGKILL/);
});

e2e("HUP, USR1, USR2 and WINCH go to the programs", withoutTsv(), async (rig) => {
  const traps = ["HUP", "USR1", "USR2", "WINCH"].map((name) => `trap 'echo got ${name}' ${name}; `);
  const started = new Run(rig, ["--name", `a=${traps.join("")}echo up; ${LOOP}`]);
  await started.said(/up/);
  for (const name of ["HUP", "USR1", "USR2", "WINCH"] as const) {
    process.kill(started.child.pid ?? 0, `SIG${name}`);
    await started.said(new RegExp(`got ${name}`));
  }
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
});

e2e("logs -f and tail -f end when the run has ended", withoutTsv(), async (rig) => {
  rig.write(
    "Procfile",
    "web: n=0; while [ ! -e go ]; do n=$((n+1)); echo tick $n; sleep 0.05; done; printf bye\n",
  );
  const started = new Run(rig, ["Procfile"]);
  await started.said(/tick/);
  const followers = [
    ["logs", "-f"],
    ["logs", "-f", "--prefix", "web.1"],
    ["tail", "-f", "web.1"],
  ].map((words) => {
    const child = spawn(TSV, words, { cwd: rig.directory, env: plainEnvironment(rig.mark) });
    return { output: collect(child), child, ended: once(child, "close") };
  });
  const newest = (text: string): number => Number(/.*tick (\d+)/s.exec(text)?.[1] ?? 0);
  for (const { output, child } of followers) {
    // Beyond the lines that were there.
    while (newest(output.stdout()) === 0) await once(child.stdout, "data");
    const before = newest(output.stdout());
    while (newest(output.stdout()) < before + 5) await once(child.stdout, "data");
  }
  rig.write("go", "");
  await started.ended();
  for (const { output, ended } of followers) {
    const [status] = await ended;
    assert.deepEqual([output.stderr(), status], ["==> The run has ended <==\n", 0]);
    assert.match(output.stdout(), /bye/);
  }
});

e2e(
  "the verbs reach a run from its directory, before a configuration that is there",
  withoutTsv(),
  async (rig) => {
    rig.write("Procfile", `web: echo hello; ${LOOP}\n`);
    rig.configure("[program:other]\ncommand=sleep 1\n", "supervisord.conf");
    const started = new Run(rig, ["Procfile"]);
    await started.said(/hello/);
    const status = await rig.tsv("status");
    assert.match(status.stdout, /^web\.1 +(?:STARTING|RUNNING)/);
    assert.match((await rig.tsv("logs", "web.1")).stdout, /hello/);
    assert.match((await rig.tsv("tail", "web.1")).stdout, /hello/);
    const why = await rig.tsv("why", "web.1");
    assert.match(why.stdout, /^web\.1: /, why.stderr);
    for (const words of [[], ["-f"]]) {
      const maintail = await rig.tsv("maintail", ...words);
      assert.equal(
        maintail.stderr,
        "Error: tsv run has no log of its own: it writes to its terminal\n" +
          "  Show the output of its programs: tsv logs\n",
      );
      assert.deepEqual([maintail.stdout, maintail.status], ["", 1]);
    }
    assert.match((await rig.tsv("doctor")).stdout, /tsv run of this directory was not examined/);
    const elsewhere = rig.path("elsewhere");
    mkdirSync(elsewhere);
    const doctor = await rig.command([TSV, "doctor"], { cwd: elsewhere });
    assert.doesNotMatch(doctor.stdout, /tsv run/);
    const other = await rig.command([TSV, "status"], { cwd: elsewhere });
    assert.doesNotMatch(other.stdout, /web\.1/);
    const upgrade = await rig.tsv("upgrade");
    assert.match(upgrade.stdout + upgrade.stderr, /tsv run is not upgraded in place/);
    assert.equal((await rig.tsv("stop", "web.1")).status, 0);
    await started.said(/web\.1 stopped/);
    await started.said(/tsv +\| nothing is running any more; Ctrl-C or SIGTERM ends the run\n/);
    assert.equal((await rig.tsv("start", "web.1")).status, 0);
    assert.equal((await rig.tsv("shutdown")).status, 0);
    assert.equal(await started.ended(), 0);
    assert.match(started.text, /shutdown was requested: stopping web\.1\n.*web\.1 stopped\n$/);
    assert.doesNotMatch((await rig.tsv("status")).stdout, /web\.1/, "the run is over");
  },
);

e2e("-e gives variables, which are read again and hidden", withoutTsv(), async (rig) => {
  rig.write("Procfile", `web: echo "got $GREETING on $PORT"; ${LOOP}\n`);
  rig.write(".env", "GREETING=usual\n");
  rig.write("a.env", "PORT=4000\nGREETING='hunter2 #1'\n");
  const started = new Run(rig, ["-e", "a.env,?none.env"]);
  await started.said(/got hunter2 #1 on 4000/);
  const { stdout } = await rig.tsv("env", "web.1");
  assert.match(stdout, /^GREETING=<redacted> +# .*\/a\.env:2$/m);
  assert.doesNotMatch(stdout, /hunter2/);
  rig.write("a.env", "GREETING=again\n");
  await rig.tsv("restart", "web.1");
  await started.said(/got again on 4000/);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
  rig.write("a.env", "A=1\nPASSWORD='hunter2\n");
  const wrong = await run(rig, "-e", "a.env", "--", "true");
  assert.equal(wrong.status, 2);
  assert.match(
    wrong.stderr,
    /^Error: .*\/a\.env:2:10: the quotation that begins here has\s+no end/,
  );
  assert.doesNotMatch(wrong.stderr, /hunter2/);
});

e2e("update reads the Procfile again", withoutTsv(), async (rig) => {
  rig.write("Procfile", `web: echo one; ${LOOP}\n`);
  const started = new Run(rig, []);
  await started.said(/one/);
  rig.write("Procfile", `web: echo one; ${LOOP}\ncss: echo two; ${LOOP}\n`);
  const updated = await rig.tsv("update");
  assert.match(updated.stdout, /css\.1: added process group/, updated.stderr);
  await started.said(/css\.1 \| two/);
  rig.write("Procfile", "nonsense\n");
  const wrong = await rig.tsv("update");
  assert.match(wrong.stdout + wrong.stderr, /Procfile:1: expected NAME: COMMAND/);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
});

e2e(
  "a second run of a directory runs all the same, and says that the commands reach the first one",
  withoutTsv(),
  async (rig) => {
    const first = new Run(rig, ["--name", `a=echo up; ${LOOP}`]);
    await first.said(/up/);
    const second = await run(rig, "--", "true");
    assert.equal(second.status, 0);
    assert.match(
      plain(second.stdout),
      /^tsv {2}\| another tsv run of this directory is running, pid N\ntsv {2}\| tsv status and other commands reach that one\n/,
    );
    assert.ok(second.stdout.includes(`running, pid ${first.child.pid}\n`));
    for (const line of second.stdout.split("\n")) assert.ok(line.length <= 80, line);
    assert.match((await rig.tsv("status")).stdout, /^a /);
    process.kill(first.child.pid ?? 0, "SIGTERM");
    assert.equal(await first.ended(), 0);
  },
);

e2e("lines are plain, JSON or logfmt as well", withoutTsv(), async (rig) => {
  const command = ["--", "sh", "-c", "echo 'a \"b\"'; echo no end >&2; printf x"];
  const { stdout: plainText } = await run(rig, "--format", "plain", ...command);
  assert.match(plainText, /^a "b"$/m);
  assert.match(plainText, /^x$/m);
  const { stdout: json } = await run(rig, "--format", "json", ...command);
  const lines = json
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const own = lines.filter(({ program }) => program === "sh");
  assert.deepEqual(own.map(({ channel, message }) => `${channel} ${message}`).sort(), [
    "stderr no end",
    'stdout a "b"',
    "stdout x",
  ]);
  assert.ok(
    lines.some(({ program, message }) => program === "tsv" && /exited with status 0/.test(message)),
  );
  const { stdout: logfmt } = await run(rig, "--format", "logfmt", ...command);
  assert.match(logfmt, /program=sh channel=stdout message="a \\"b\\""/);
});

e2e("a program that is to be restarted is, with --exit-on fatal", withoutTsv(), async (rig) => {
  const started = new Run(rig, ["--exit-on", "fatal", "--name", "a=echo up; sleep 1.1; exit 5"]);
  await started.said(/a exited with status 5; it is started again/);
  await started.said(/up[\s\S]*up/);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  assert.equal(await started.ended(), 0);
});

e2e("what waits for its restart is stopped by a signal", withoutTsv(), async (rig) => {
  const started = new Run(rig, ["--exit-on", "never", "--name", "a=exit 5"]);
  await started.said(/a exited with status 5; it is started again/);
  process.kill(started.child.pid ?? 0, "SIGINT");
  assert.equal(await started.ended(), 0);
  assert.match(started.text, /a stopped\n$/);
  assert.doesNotMatch(started.text, /given up/);
});

e2e(
  "--exit-on any ends a configuration with restarts at the first exit",
  withoutTsv(),
  async (rig) => {
    rig.write("d.conf", "[supervisord]\n[program:a]\ncommand=sh -c 'exit 5'\n");
    const { status, stdout } = await run(rig, "--exit-on", "any", "-c", "d.conf");
    assert.equal(status, 5);
    const ends = "tsv | a exited with status 5\ntsv | a ends the run with exit status 5\n";
    assert.equal(plain(stdout), `tsv | a started, pid N\n${ends}`);
  },
);

e2e(
  "a configuration runs without its log files, whose directories need not exist",
  withoutTsv(),
  async (rig) => {
    rig.write(
      "d.conf",
      `[supervisord]
logfile=/no/such/place/d.log
pidfile=/no/such/place/d.pid
[unix_http_server]
file=/no/such/place/d.sock
[program:a]
command=sh -c 'echo out; echo err >&2'
startsecs=0
autorestart=false
stdout_logfile=/no/such/place/a.log
`,
    );
    const outcome = await run(rig, "--exit-on", "all", "-c", "d.conf");
    assert.equal(outcome.status, 0, outcome.stdout + outcome.stderr);
    assert.match(plain(outcome.stdout), /^a {3}\| out$/m);
    assert.match(plain(outcome.stdout), /^a {3}! err$/m);
    assert.ok(!existsSync("/no/such/place"));
  },
);

e2e(
  "it needs no home, no terminal, no writable directory, and its children are its own",
  withoutTsv(),
  async (rig) => {
    const outcome = await rig.command([
      "env",
      "-i",
      "PATH=/usr/bin:/bin",
      TSV,
      "run",
      "--",
      "sh",
      "-c",
      "grep PPid /proc/$$/status; env",
    ]);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.doesNotMatch(outcome.stdout, /\bHOME=/);
    assert.ok(readFileSync("/proc/self/status", "utf8").length > 0);
  },
);

/** Prints a line now and then. */
const TICKS = "while :; do echo tick; sleep 0.05; done";

e2e("a run whose reader has ended stops in order, and ends with 0", withoutTsv(), async (rig) => {
  const script = `{ ${TSV} run --exit-on never --name 'a=trap "echo stopped > end; exit" TERM; ${TICKS}'; echo $? > status; } | head -1`;
  const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
  assert.equal(status, 0);
  assert.equal(stderr, "nothing reads standard output any more: stopping a\n");
  assert.equal(readFileSync(rig.path("status"), "utf8"), "0\n");
  assert.equal(readFileSync(rig.path("end"), "utf8"), "stopped\n");
});

e2e("a run that cannot write its output says so once, and goes on", withoutTsv(), async (rig) => {
  const count = "for i in 1 2 3 4; do echo $i; sleep 0.1; done; echo done > end; exit 3";
  for (const [target, reason] of [
    [">/dev/full", "no space left on device"],
    ["1</dev/null", "bad file descriptor"],
  ]) {
    rig.write("end", "");
    const script = `exec ${TSV} run --name 'a=${count}' ${target}`;
    const { status, stderr } = await rig.command(["/bin/sh", "-c", script]);
    assert.equal(stderr, `cannot write to standard output: ${reason}\n`);
    assert.equal(status, 3);
    assert.equal(readFileSync(rig.path("end"), "utf8"), "done\n");
  }
});

// Their starts are begun in the order of the Procfile (unit/core/run/config.test.ts), and any of them may be the first to execute.
e2e("the programs of a Procfile stop together", withoutTsv(), async (rig) => {
  const names = ["web", "css", "queue", "api"];
  const command = `trap "echo asked" TERM; echo up; until [ -e end ]; do sleep 0.05; done`;
  rig.write("Procfile", names.map((name) => `${name}: ${command}\n`).join(""));
  const started = new Run(rig, []);
  for (const name of names) await started.said(new RegExp(`${name}\\.1 +\\| up`));
  process.kill(started.child.pid ?? 0, "SIGTERM");
  // Each of them, while none has ended.
  for (const name of names) await started.said(new RegExp(`${name}\\.1 +\\| asked`));
  rig.write("end", "");
  assert.equal(await started.ended(), 0);
});
