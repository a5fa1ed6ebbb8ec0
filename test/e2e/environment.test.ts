// env_file, env_command, user_env and environment_pass of real programs. What is wrong with a file or a command is reported with its
// place, and disturbs no other program.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT, withoutRoot, withoutTsv } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const ONCE = "autostart=false\nstartretries=0\nstartsecs=0\nautorestart=false\n";
const NOBODY = 65_534;
/** As in src/host/processes/env-commands.ts. */
const MOST_AT_ONCE = 64;

/** A program that prints its environment and stays. */
function printing(name: string, ...options: readonly string[]): string {
  const command = `command=/bin/sh -c '/usr/bin/env; echo end; exec /bin/sleep 1000'`;
  const log = `stdout_logfile=%(here)s/${name}.out`;
  return [`[program:${name}]`, command, log, "startsecs=0", ...options, ""].join("\n");
}

/** What a printing program got. */
async function environmentOf(rig: Rig, daemon: Daemon, name: string): Promise<Map<string, string>> {
  for (;;) {
    const text = textOf(rig.path(`${name}.out`));
    if (/^end$/m.test(text)) {
      const lines = text.slice(0, text.lastIndexOf("\nend")).split("\n");
      return new Map(lines.map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]));
    }
    await daemon.ask("getState");
  }
}

async function startError(daemon: Daemon, name: string): Promise<string> {
  const answer = await daemon.call("supervisor.startProcess", name);
  assert.equal(answer.kind, "fault");
  return String((await daemon.info(name))["spawnerr"]);
}

e2e("a program gets its variables from all sources, in their order", withoutTsv(), async (rig) => {
  rig.write("a.env", "# of a\nA='from a'\nB=a\nC=a\nD=a\nPERCENT=100%% %(ENV_HOME)s\n");
  rig.write("b.env", "\u{feff}B=b\r\nexport C=b\r\nD=b\r\n");
  const command = `env_command=/bin/sh -c 'echo "C=\\"command of $B\\""; echo D=command'`;
  const daemon = await rig.startWith(
    printing(
      "web",
      "env_file=%(here)s/a.env, ?%(here)s/none.env, %(here)s/b.env",
      command,
      'environment=D="config"',
      "environment_pass=PATH,LC_*,OTHER",
    ),
    { env: { LC_ALL: "C", LANG: "C", OTHER: "50%", B: "daemon", SECRET: "hidden" } },
  );
  const environment = await environmentOf(rig, daemon, "web");
  assert.deepEqual(
    ["A", "B", "C", "D", "PERCENT", "LC_ALL", "LANG", "OTHER", "SECRET"].map((name) =>
      environment.get(name),
    ),
    [
      ...["from a", "b", "command of b", "config", "100%% %(ENV_HOME)s"],
      ...["C", undefined, "50%", undefined],
    ],
  );
  assert.equal(environment.get("SUPERVISOR_PROCESS_NAME"), "web");
});

e2e("a file is read again at each start", withoutTsv(), async (rig) => {
  rig.write("a.env", "A=1\n");
  const daemon = await rig.startWith(printing("web", "env_file=%(here)s/a.env"));
  assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "1");
  rig.write("a.env", "A=2\n");
  await daemon.ask("stopProcess", "web");
  rig.write("web.out", "");
  await daemon.ask("startProcess", "web");
  assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "2");
});

e2e("a wrong file fails the start with its place, and nothing else", withoutTsv(), async (rig) => {
  const daemon = await rig.startWith(
    [
      printing("good"),
      printing("bad", "env_file=%(here)s/bad.env", ONCE.trim()),
      printing("missing", "env_file=%(here)s/missing.env", ONCE.trim()),
      printing("fifo", "env_file=%(here)s/fifo", ONCE.trim()),
      printing("large", "env_file=%(here)s/large.env", ONCE.trim()),
    ].join("\n"),
  );
  await environmentOf(rig, daemon, "good");
  const { pid } = await daemon.info("good");
  rig.write("bad.env", "A=1\nB=2\nPASSWORD='hunter2\n");
  rig.write("large.env", "A=1\n".repeat(300_000));
  execFileSync("mkfifo", [rig.path("fifo")]);
  assert.equal(
    await startError(daemon, "bad"),
    `env_file ${rig.path("bad.env")}:3:10: the quotation that begins here has no end`,
  );
  assert.match(await startError(daemon, "missing"), /missing\.env: it does not exist/);
  assert.match(await startError(daemon, "fifo"), /fifo: it is not a plain file/);
  assert.match(await startError(daemon, "large"), /large\.env: it is larger than 1 MB/);
  await daemon.logged(/spawnerr: env_file .*bad\.env:3:10/);
  assert.doesNotMatch(textOf(daemon.log), /hunter2/);
  rig.write("bad.env", "A=1\nB=2\nPASSWORD='hunter2'\n");
  await daemon.ask("startProcess", "bad");
  assert.equal((await environmentOf(rig, daemon, "bad")).get("PASSWORD"), "hunter2");
  assert.equal((await daemon.info("good"))["pid"], pid);
});

e2e(
  "root does not follow a user's symlink to a file of another user",
  withoutTsv() || withoutRoot(),
  async (rig) => {
    rig.write("secret.env", "SECRET=hunter2\n");
    mkdirSync(rig.path("home"));
    chownSync(rig.path("home"), NOBODY, NOBODY);
    symlinkSync(rig.path("secret.env"), rig.path("home/.env"));
    lchownSync(rig.path("home/.env"), NOBODY, NOBODY);
    const daemon = await rig.startWith(
      printing("web", "env_file=%(here)s/home/.env", "user=nobody", ONCE.trim()),
    );
    assert.match(await startError(daemon, "web"), /root does not follow a symlink of another user/);
  },
);

e2e(
  "a file on a disk that does not answer delays its own program alone",
  withoutTsv() || withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    if ("skip" in mount) throw new Error(mount.skip);
    writeFileSync(join(mount.backing, "a.env"), "A=1\n");
    await mount.stallBelow("a.env", "open");
    const daemon = await rig.startWith(
      [printing("web", `env_file=${mount.path}/a.env`), printing("good")].join("\n"),
    );
    await environmentOf(rig, daemon, "good");
    await daemon.logged(/'web' took longer than 5 seconds to read its env_file: ETIMEDOUT/);
    await mount.release();
    assert.equal((await environmentOf(rig, daemon, "web")).get("A"), "1");
  },
);

e2e("a command that hangs is killed with all that it has started", withoutTsv(), async (rig) => {
  const script = "echo asking the vault >&2; sleep 1000 & echo $! $$ >%(here)s/pids; wait";
  const daemon = await rig.startWith(
    [
      printing("good"),
      printing("web", `env_command=/bin/sh -c '${script}'`, "env_command_timeout=2s", ONCE.trim()),
    ].join("\n"),
  );
  await environmentOf(rig, daemon, "good");
  const { pid } = await daemon.info("good");
  assert.equal(
    await startError(daemon, "web"),
    "env_command: no exit within 2s: it was killed: asking the vault",
  );
  const pids = textOf(rig.path("pids")).trim().split(" ");
  assert.equal(pids.length, 2);
  for (const each of pids) while (isAlive(each)) await daemon.ask("getState");
  assert.equal((await daemon.info("good"))["pid"], pid);
  await daemon.shutdown();
  assert.doesNotMatch(textOf(daemon.log), /reaped unknown/);
});

e2e("a command that fails or floods fails the start", withoutTsv(), async (rig) => {
  const daemon = await rig.startWith(
    [
      printing("floods", "env_command=yes A=1", ONCE.trim()),
      printing(
        "fails",
        "env_command=/bin/sh -c 'echo A=1; echo token=hunter2 denied >&2; exit 3'",
        ONCE.trim(),
      ),
      printing("wrong", "env_command=/bin/echo no variables here", ONCE.trim()),
      printing("absent", "env_command=no-such-vault", ONCE.trim()),
    ].join("\n"),
  );
  assert.equal(
    await startError(daemon, "floods"),
    "env_command: it printed more than 1 MB, and was killed",
  );
  const failed = await startError(daemon, "fails");
  assert.match(failed, /^env_command: exit status 3: token=.* denied$/);
  assert.doesNotMatch(failed, /hunter2/);
  assert.match(await startError(daemon, "wrong"), /^env_command: line 1, column 1 of its output: /);
  assert.equal(
    await startError(daemon, "absent"),
    "env_command: can't find command 'no-such-vault'",
  );
});

e2e(
  "a start that lacks its file is a spawn error for every client (env-file-spawn-error)",
  withoutTsv(),
  async (rig) => {
    const daemon = await rig.startWith(
      [
        printing("missing", "env_file=%(here)s/missing.env", ONCE.trim()),
        printing("fails", "env_command=/bin/false", ONCE.trim()),
      ].join("\n"),
    );
    for (const name of ["missing", "fails"]) {
      const answer = await daemon.call("supervisor.startProcess", name);
      assert.deepEqual([answer.kind, answer.kind === "fault" && answer.code], ["fault", 50]);
      const { stdout } = await rig.ctl(TSV_BY_NAME, "start", name);
      assert.match(stdout, new RegExp(`^${name}: ERROR \\(spawn error\\)$`, "m"));
    }
    const { stdout } = await rig.tsv("why", "-c", rig.path("d.conf"), "missing");
    assert.match(stdout, /missing\.env:\s+it\s+does\s+not\s+exist/);
  },
);

e2e(
  "at most 64 commands hang at once, the next ones wait, and no other program does",
  withoutTsv(),
  async (rig) => {
    const many = 100;
    const hanging = [
      "[program:hangs]",
      "command=/bin/cat",
      `numprocs=${many}`,
      "process_name=%(process_num)s",
      "env_command=/bin/sh -c 'echo $$ >>%(here)s/begun; exec sleep 1000'",
      "env_command_timeout=10m",
      ONCE,
    ].join("\n");
    const daemon = await rig.startWith(`${printing("good")}\n${hanging}`);
    await environmentOf(rig, daemon, "good");
    const { pid } = await daemon.info("good");
    // They are answered when the commands have ended.
    const starts = Array.from({ length: many }, (_, number) =>
      daemon.call("supervisor.startProcess", `hangs:${number}`),
    );
    const begun = (): string[] => textOf(rig.path("begun")).split("\n").filter(Boolean);
    while (begun().length < MOST_AT_ONCE) await daemon.ask("getState");
    // Programs start beside them.
    await daemon.ask("stopProcess", "good");
    await daemon.ask("startProcess", "good");
    assert.notEqual((await daemon.info("good"))["pid"], pid);
    // Each that ends lets the next one begin.
    const ended = new Set<string>();
    while (ended.size < many) {
      const alive = begun().filter(isAlive);
      assert.ok(alive.length <= MOST_AT_ONCE, `${alive.length} at once`);
      for (const each of alive.filter((one) => !ended.has(one))) {
        process.kill(Number(each), "SIGTERM");
        ended.add(each);
      }
      await daemon.ask("getState");
    }
    for (const answer of await Promise.all(starts)) {
      assert.deepEqual([answer.kind, answer.kind === "fault" && answer.code], ["fault", 50]);
    }
    for (let number = 0; number < many; number += 1) {
      const { spawnerr } = await daemon.info(`hangs:${number}`);
      assert.equal(spawnerr, "env_command: killed by SIGTERM");
    }
    assert.equal((await daemon.info("good"))["statename"], "RUNNING");
  },
);

e2e(
  "what env_command says shows no secret that it was given or that it printed",
  withoutTsv(),
  async (rig) => {
    rig.write("a.env", 'MULTI="first wallaby\nsecond kangaroo\nthird wombat"\n');
    rig.write("cut.sh", `head -c 5000 /dev/zero | tr "\\0" x >&2; echo "$LONG end" >&2; exit 3\n`);
    rig.write("late.sh", `echo "TOKEN='impala impala"; echo "got impala impala" >&2; sleep 1000\n`);
    const long = `${"y".repeat(4080)}ostrich`;
    const options = [ONCE.trim(), "env_file=%(here)s/a.env"];
    const daemon = await rig.startWith(
      [
        printing("lines", `env_command=/bin/sh -c 'echo "it is $MULTI" >&2; exit 3'`, ...options),
        printing(
          "given",
          `env_command=/bin/sh -c 'echo "$DBPASS and $OWN_TOKEN" >&2; exit 3'`,
          'environment=DBPASS="quokka"',
          ...options,
        ),
        printing("cut", "env_command=/bin/sh %(here)s/cut.sh", ...options),
        printing(
          "late",
          "env_command=/bin/sh %(here)s/late.sh",
          "env_command_timeout=2s",
          ...options,
        ),
      ].join("\n"),
      { env: { OWN_TOKEN: "numbat", LONG: long } },
    );
    const said = async (name: string): Promise<string> => await startError(daemon, name);
    assert.equal(
      await said("lines"),
      "env_command: exit status 3: it is <redacted> / <redacted> / <redacted>",
    );
    assert.equal(await said("given"), "env_command: exit status 3: <redacted> and <redacted>");
    assert.equal(await said("cut"), "env_command: exit status 3");
    assert.match(await said("late"), /: it was killed: got <redacted>$/);
  },
);

e2e(
  "output without end, and pipes that a child keeps open, hold nothing up",
  withoutTsv(),
  async (rig) => {
    const daemon = await rig.startWith(
      [
        printing("good"),
        printing(
          "talks",
          "env_command=/bin/sh -c 'yes without end >&2'",
          "env_command_timeout=2s",
          ONCE.trim(),
        ),
        printing(
          "keeps",
          "env_command=/bin/sh -c 'sleep 1000 & echo $! >%(here)s/kept; echo A=1'",
          "env_command_timeout=1m",
          ONCE.trim(),
        ),
      ].join("\n"),
    );
    await environmentOf(rig, daemon, "good");
    const { pid } = await daemon.info("good");
    const said = await startError(daemon, "talks");
    assert.match(said, /^env_command: no exit within 2s: it was killed: .*without end/);
    assert.ok(said.length < 1000, "the end of it alone");
    // The exit of the command counts, not the end of its output.
    await daemon.ask("startProcess", "keeps");
    assert.equal((await environmentOf(rig, daemon, "keeps")).get("A"), "1");
    const kept = textOf(rig.path("kept")).trim();
    while (isAlive(kept)) await daemon.ask("getState");
    assert.equal((await daemon.info("good"))["pid"], pid);
  },
);

e2e(
  "with user_env a program has the HOME of its user, and its command runs as that user",
  withoutTsv() || withoutRoot(),
  async (rig) => {
    chmodSync(rig.directory, 0o755);
    const daemon = await rig.startWith(
      [
        printing(
          "web",
          "user=nobody",
          "user_env=true",
          `env_command=/bin/sh -c 'echo WHO=$(id -u)'`,
        ),
        printing("own", "user=nobody"),
      ].join("\n"),
      { env: { HOME: "/daemon", USER: "daemon", SHELL: "/bin/daemon" } },
    );
    const web = await environmentOf(rig, daemon, "web");
    assert.deepEqual(
      ["HOME", "USER", "LOGNAME", "SHELL", "WHO"].map((name) => web.get(name)),
      ["/nonexistent", "nobody", "nobody", "/usr/sbin/nologin", String(NOBODY)],
    );
    const own = await environmentOf(rig, daemon, "own");
    assert.deepEqual(
      ["HOME", "USER", "SHELL"].map((name) => own.get(name)),
      [...["/daemon", "daemon", "/bin/daemon"]],
    );
  },
);

e2e(
  "an upgrade keeps the variables of a running program for its checks, and begins a command again",
  withoutNext(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    rig.write("a.env", "TOKEN=hunter2\n");
    const daemon = await host.start(
      [
        printing(
          "web",
          "env_file=%(here)s/a.env",
          "health_interval=100ms",
          `health_check=exec:/bin/sh -c 'echo $TOKEN >>%(here)s/checked'`,
        ),
        printing(
          "slow",
          "env_command_timeout=1m",
          "env_command=/bin/sh -c 'echo $$ >>%(here)s/pids; until test -e %(here)s/go; do sleep 0.05; done; echo A=1'",
        ),
      ].join("\n"),
    );
    await environmentOf(rig, daemon, "web");
    const lines = (name: string): string[] => textOf(rig.path(name)).split("\n").filter(Boolean);
    while (lines("pids").length === 0) await daemon.ask("getState");
    // The successor must not have to read it again.
    rig.write("a.env", "TOKEN=other\n");
    host.install();
    await host.replaced();
    while (lines("pids").length === 1) await daemon.ask("getState");
    assert.equal(isAlive(lines("pids")[0] ?? ""), false, "the first is dead");
    rig.write("go", "");
    assert.equal((await environmentOf(rig, daemon, "slow")).get("A"), "1");
    const before = lines("checked").length;
    while (lines("checked").length <= before) await daemon.ask("getState");
    assert.deepEqual(new Set(lines("checked")), new Set(["hunter2"]));
    assert.doesNotMatch(textOf(daemon.log), /reaped unknown|hunter2/);
  },
);

e2e("the examples of the page work", withoutTsv() || withoutRoot(), async (rig) => {
  chmodSync(rig.directory, 0o755);
  const page = readFileSync(`${ROOT}/docs/environment.md`, "utf8");
  const blocks = (language: string): readonly string[] =>
    Array.from(
      page.matchAll(new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``, "g")),
      ([, text = ""]) => text,
    );
  const [file = ""] = blocks("sh");
  rig.write("etc/web.env", file);
  const programs = blocks("ini").map((text) => {
    const [, name] = /^\[program:(\w+)\]/.exec(text) ?? [];
    return `${text.replaceAll("/etc/", "%(here)s/etc/")}stdout_logfile=%(here)s/${name}.out\n`;
  });
  assert.equal(programs.length, 4);
  await rig.startWith(programs.join("\n"), { env: { LANG: "C.UTF-8", HOME: "/daemon" } });
  for (const [name, said] of [
    ["web", "Hello, $USER costs 100%"],
    ["worker", "from-the-vault"],
    ["app", "/nonexistent"],
    ["clean", "C.UTF-8"],
  ] as const) {
    await waitForText(rig.path(`${name}.out`), new RegExp(`^${said.replace("$", "\\$")}\n`));
  }
  const shown = await rig.tsv("env", "--show-secrets", "--json", "-c", rig.path("d.conf"), "web");
  const { variables } = JSON.parse(shown.stdout).results[0];
  const of = (name: string) => variables.find((each: { name: string }) => each.name === name);
  assert.equal(of("KEY").value, "-----BEGIN KEY-----\none line, and another\n-----END KEY-----");
  assert.match(of("PORT").place, /web\.env:2$/);
});

function isAlive(pid: string): boolean {
  const status = textOf(`/proc/${pid}/status`);
  return status !== "" && !/^State:\s+Z/m.test(status);
}

e2e(
  "tsv env shows each variable with its source, and secrets when asked",
  withoutTsv(),
  async (rig) => {
    rig.write("a.env", "# secrets\nTOKEN=hunter2\n");
    const daemon = await rig.startWith(
      printing(
        "web",
        "env_file=%(here)s/a.env",
        "env_command=echo VAULT=hunter3",
        'environment=MODE="fast"',
        "environment_pass=LANG",
      ),
      { env: { LANG: "C" } },
    );
    await environmentOf(rig, daemon, "web");
    const config = rig.path("d.conf");
    const line = textOf(config).split("\n").indexOf('environment=MODE="fast"') + 1;
    const { pid } = await daemon.info("web");
    const shown = await rig.tsv("env", "-c", config, "web");
    assert.equal(shown.status, 0);
    assert.deepEqual(shown.stdout.trimEnd().split("\n"), [
      `# web: pid ${pid}`,
      "LANG=C  # daemon",
      `MODE=fast  # ${config}:${line}`,
      ...["SUPERVISOR_ENABLED=1", "SUPERVISOR_GROUP_NAME=web", "SUPERVISOR_PROCESS_NAME=web"].map(
        (pair) => `${pair}  # supervisor`,
      ),
      `SUPERVISOR_SERVER_URL=unix://${rig.path("d.sock")}  # supervisor`,
      `TOKEN=<redacted>  # ${rig.path("a.env")}:2`,
      "VAULT=<redacted>  # env_command",
    ]);
    assert.match(shown.stderr, /tsv env --show-secrets web -c /);
    const all = await rig.tsv("env", "--show-secrets", "-c", config, "web");
    assert.match(all.stdout, /^TOKEN=hunter2 .*\nVAULT=hunter3 /m);
    rig.write("a.env", "TOKEN='\n");
    const next = await rig.tsv("env", "--next", "--json", "-c", config, "web");
    assert.equal(next.status, 1);
    const [result] = JSON.parse(next.stdout).results;
    assert.match(result.problem, /a\.env:1:7: the quotation/);
    assert.equal(result.command, "echo VAULT=<redacted>");
    assert.equal((await rig.tsv("env", "-c", config, "none")).status, 1);
  },
);
