// The configuration that `tsv run` makes of what it is given: as data, read by the daemon's own rules.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import type { Config, ProcessConfig } from "../../../../src/core/config/model.ts";
import { planCommand } from "../../../../src/core/process/launch.ts";
import { readRunConfig } from "../../../../src/core/run/config.ts";
import { fakeWorld } from "../config/fake-world.ts";
import { exit } from "../process/samples.ts";
import { Story } from "../process/story.ts";

type Files = Readonly<Record<string, string | null>>;

function read(words: readonly string[], files: Files = {}, env = {}, uid = 0): Config {
  const config = readRunConfig(words, fakeWorld(files, { cwd: "/app", env, uid }));
  assert.ok(config.ok, config.ok ? "" : config.error.text);
  return config.value;
}

/** What a user other than root runs without a name. */
function found(files: Files): Config {
  return read([], files, {}, 1000);
}

function refusal(words: readonly string[], files: Files = {}, env = {}): string {
  const config = readRunConfig(words, fakeWorld(files, { cwd: "/app", env }));
  assert.ok(!config.ok);
  return config.error.text;
}

function programs(config: Config): readonly ProcessConfig[] {
  return config.groups.flatMap((group) => group.processes);
}

function program(config: Config): ProcessConfig {
  const [first] = programs(config);
  assert.ok(first !== undefined);
  return first;
}

/** What would be executed. */
function argv(process: ProcessConfig): readonly string[] {
  const plan = planCommand(process, {}, null);
  assert.ok(plan.ok);
  return plan.value.argv;
}

const PROCFILE = { "/app/Procfile": 'web: echo "100%" ; it\'s # $PORT | cat\nworker: work\n' };

test("a Procfile becomes a program for each process, which a shell runs in its directory", () => {
  const config = read(["-m", "web=2"], PROCFILE);
  assert.deepEqual(
    programs(config).map(({ name }) => name),
    ["web.1", "web.2", "worker.1"],
  );
  const web = program(config);
  assert.deepEqual(argv(web), ["/bin/sh", "-c", 'echo "100%" ; it\'s # $PORT | cat']);
  assert.equal(web.directory, "/app");
  assert.deepEqual(web.environment, { PORT: "5000", PS: "web.1" });
  assert.deepEqual([web.stopAsGroup, web.killAsGroup, web.autorestart], [true, true, "never"]);
  assert.equal(config.daemon.exitOn, "any");
});

test("--watch is about all programs, and an exit ends the run then only if --exit-on says so", () => {
  const config = read(["--watch", "src", "--watch", "/a%b"], PROCFILE);
  for (const { watch, autorestart } of programs(config)) {
    assert.deepEqual([watch, autorestart], [["/app/src", "/a%b"], "always"]);
  }
  assert.equal(config.daemon.exitOn, "never");
  const other = read(["--watch", "src", "--exit-on", "any"], PROCFILE);
  assert.equal(other.daemon.exitOn, "any");
});

test("words are types of the Procfile, in its order and with its ports", () => {
  const types = (...words: string[]) =>
    programs(read(words, PROCFILE)).map(({ name, environment }) => [name, environment["PORT"]]);
  assert.deepEqual(types("worker"), [["worker.1", "5100"]]);
  assert.deepEqual(types("worker", "web"), [
    ["web.1", "5000"],
    ["worker.1", "5100"],
  ]);
  assert.deepEqual(types("-m", "worker=2,web=3", "worker"), [
    ["worker.1", "5100"],
    ["worker.2", "5101"],
  ]);
  const dev = { ...PROCFILE, "/app/Procfile.dev": "css: build\n", "/app/web": "x: y\n" };
  const names = (...words: string[]) => programs(read(words, dev)).map(({ name }) => name);
  assert.deepEqual(names("-f", "Procfile.dev", "css"), ["css.1"]);
  assert.deepEqual(names("Procfile.dev"), ["css.1"], "a file that is no type");
  assert.deepEqual(names("web"), ["web.1"], "a type before a file of its name");
});

test("words that are neither types nor a file are refused", () => {
  assert.equal(
    refusal(["wep"], PROCFILE),
    "cannot run wep: Procfile has no wep; it has web, worker",
  );
  assert.equal(
    refusal(["web", "x"], PROCFILE),
    "cannot run web x: Procfile has no x; it has web, worker",
  );
  assert.equal(refusal(["web"]), "cannot run web: there is no Procfile");
  assert.equal(refusal(["./web"]), "./web does not exist");
  assert.equal(
    refusal(["Procfile", "web"], PROCFILE),
    "cannot run Procfile web: -f names a Procfile, as in -f Procfile",
  );
  assert.equal(refusal(["npm", "start"]), "cannot run npm start: there is no Procfile");
  assert.equal(refusal(["web"], { "/app/Procfile": "web\n" }).split(":")[0], "Procfile");
  assert.equal(refusal(["-f", "P", "web"], PROCFILE), "P does not exist");
});

test("a comment that is part of a value is said, of .env and of -e", () => {
  const files = { ...PROCFILE, "/app/.env": "A=1\nB=2 # two\n", "/app/e": "C=3 # three\n" };
  const said = (...words: string[]) => read(words, files).notices.map(({ text }) => text);
  assert.match(said().join(), /^[/]app[/][.]env:2: the `#` .* of B: only/);
  assert.match(said("-e", "e").join(), /^[/]app[/]e:1: the `#` .* of C: only/);
  assert.match(said("-e", "e", "--", "cat").join(), /^[/]app[/]e:1: /);
});

test("options of .foreman are those that the command line lacks", () => {
  const files = {
    ...PROCFILE,
    "/app/Procfile.dev": "css: build\njs: bundle\n",
    "/app/.foreman":
      "---\n# ours\nprocfile: 'Procfile.dev'\nport: 3000 # web\nformation: js=2\ntimeout: 7\n",
  };
  const started = (...words: string[]) => {
    const config = read(words, files);
    const ports = programs(config).map(({ name, environment }) => [name, environment["PORT"]]);
    return [ports, config.daemon.shutdownGrace];
  };
  const css = ["css.1", "3000"];
  assert.deepEqual(started(), [[css, ["js.1", "3100"], ["js.2", "3101"]], 7]);
  assert.deepEqual(started("css"), [[css], 7]);
  assert.deepEqual(started("-p", "4000", "-m", "js=0", "--grace", "1"), [[["css.1", "4000"]], 1]);
  const other = { ...PROCFILE, "/app/.foreman": "root: /srv\nport: 1\n- web\n" };
  assert.deepEqual(
    read([], other).notices.map(({ text }) => text),
    [".foreman:1 is ignored: root", ".foreman:3 is ignored: it is no NAME: VALUE"],
  );
  assert.deepEqual(read(["--", "cat"], other).notices, [], "it is about a Procfile");
  assert.match(
    refusal([], { ...PROCFILE, "/app/.foreman": "\nport: x\n" }),
    /^[.]foreman:2: port is /,
  );
  for (const name of ["procfile", "env"]) {
    const absent = { ...PROCFILE, "/app/.foreman": `# ours\n${name}: nope\n` };
    assert.equal(refusal([], absent), ".foreman:2: nope does not exist");
  }
});

test("options of .foreman leave a configuration that is found as it is", () => {
  const conf = "[supervisord]\n[program:a]\ncommand=a\n";
  for (const name of ["tsv.conf", "supervisord.conf"]) {
    for (const foreman of ["timeout: 7\nenv: none.env\nroot: /\n", "port: x\n"]) {
      const plain = found({ [`/app/${name}`]: conf });
      const beside = found({ [`/app/${name}`]: conf, "/app/.foreman": foreman });
      assert.deepEqual(beside, plain, `${name}: ${foreman}`);
    }
  }
  const named = { "/app/tsv.conf": conf, "/app/P": "web: a\n", "/app/.foreman": "procfile: P\n" };
  assert.deepEqual(
    programs(read([], named)).map(({ name }) => name),
    ["web.1"],
  );
});

test("all output is the terminal's, and nothing is written elsewhere", () => {
  const { daemon } = read([], PROCFILE);
  assert.deepEqual([daemon.nodaemon, daemon.logfile, daemon.user], [true, "/dev/null", null]);
  const { stdout, stderr } = program(read([], PROCFILE));
  assert.deepEqual([stdout.logfile, stderr.logfile], [{ kind: "stdout" }, { kind: "stdout" }]);
});

const died = (exitCode: number) => ({ kind: "exited", outcome: exit(exitCode) }) as const;

test("with --exit-on exit an exit with 0 is no failure, however soon; four quick failures are too many", () => {
  const config = program(read(["--exit-on", "exit"], PROCFILE));
  const done = new Story(config).start(1).tell(died(0), 10);
  assert.deepEqual(done.state.phase, { kind: "EXITED", restartAt: null });
  for (const [upMs, last] of [
    [900, "FATAL"],
    [1100, "EXITED"],
  ] as const) {
    const failing = new Story(config).start(1);
    const starts = [0, 1, 2, 3].map((pid) => {
      if (pid > 0) failing.wait().tell({ kind: "spawned", pid });
      const since = failing.now;
      failing.tell(died(5), since + upMs);
      return since;
    });
    assert.deepEqual(starts, [0, 1000 + upMs, 3000 + 2 * upMs, 6000 + 3 * upMs]);
    assert.equal(failing.kind, last);
  }
});

test("PORT is that of -p, of .env, of the environment, or 5000; .env is for the programs", () => {
  const files = { ...PROCFILE, "/app/.env": "PORT=4000\nSECRET='a b'\nPS=x\n" };
  const portOf = (config: Config) => program(config).environment["PORT"];
  assert.equal(portOf(read(["-p", "3000"], files, { PORT: "6000" })), "3000");
  assert.equal(portOf(read([], files, { PORT: "6000" })), "4000");
  assert.equal(portOf(read([], PROCFILE, { PORT: "6000" })), "6000");
  const { environment, envFiles } = program(read([], files));
  assert.deepEqual(environment, { PORT: "4000", PS: "web.1" });
  assert.deepEqual(envFiles, [{ path: "/app/.env", isOptional: true }]);
});

test("programs are in the order of the Procfile or of the command line, with one priority", () => {
  const files = { "/app/Procfile": "web: w\ncss: c\nq: x\napi: a\n" };
  const ordered = (words: readonly string[]): string => {
    const { groups } = read(words, files);
    assert.equal(new Set(groups.map(({ priority }) => priority)).size, 1);
    return groups.map(({ name }) => name).join(" ");
  };
  assert.equal(
    ordered(["-m", "web=11"]).replace(/web\.\d+/g, "web"),
    `${"web ".repeat(11)}css.1 q.1 api.1`,
  );
  assert.match(ordered(["-m", "web=11"]), /^web\.1 web\.2 .* web\.10 web\.11 /);
  assert.equal(ordered(["--name", "z=x", "--name", "a=x", "--", "b"]), "z a b");
});

test("PORT that is no port is an error with its place, unless something else decides", () => {
  const wrong = (port: string) => `PORT is a port from 1 to 65535, not '${port}'`;
  for (const port of ["abc", "99999", "0", "-1", "80 "]) {
    assert.equal(refusal([], PROCFILE, { PORT: port }), `the environment: ${wrong(port)}`);
    const files = { ...PROCFILE, "/app/.env": `A=1\nPORT="${port}"\n` };
    assert.equal(refusal([], files, { PORT: "1" }), `/app/.env:2: ${wrong(port)}`);
    assert.equal(program(read(["-p", "3000"], files)).environment["PORT"], "3000");
    assert.equal(program(read(["--", "x"], files, { PORT: port })).environment["PORT"], undefined);
  }
  const long = { PORT: `\u{1b}${"9".repeat(100)}` };
  assert.match(refusal([], PROCFILE, long), /not '\\x1b9{39}…'$/);
  const empty = { ...PROCFILE, "/app/.env": "PORT=\n" };
  assert.equal(program(read([], empty, { PORT: "6000" })).environment["PORT"], "6000");
  assert.equal(program(read([], empty, { PORT: "" })).environment["PORT"], "5000");
});

test("-e names files instead of .env, once or several times, for whatever is run", () => {
  const files = {
    ...PROCFILE,
    "/app/.env": "PORT=1\n",
    "/app/a.env": "PORT=4000\n",
    "/etc/b.env": "PORT=4001\n",
    "/app/d.conf": "[supervisord]\n[program:a]\ncommand=x\nenv_file=/etc/own.env\n",
  };
  const named = [
    { path: "/app/a.env", isOptional: false },
    { path: "/app/none.env", isOptional: true },
    { path: "/etc/b.env", isOptional: false },
  ];
  for (const words of [
    ["-e", "a.env,?none.env,/etc/b.env"],
    ["-e", "a.env", "--env=?none.env", "-e/etc/b.env"],
  ]) {
    const { environment, envFiles } = program(read(words, files));
    assert.deepEqual([environment["PORT"], envFiles], ["4001", named]);
    assert.deepEqual(program(read([...words, "--", "x"], files)).envFiles, named);
    const own = { path: "/etc/own.env", isOptional: false };
    assert.deepEqual(program(read([...words, "-c", "d.conf"], files)).envFiles, [...named, own]);
  }
  assert.deepEqual(program(read(["-e", ""], files)).envFiles, []);
});

test("a file of -e with a mistake, or that is missing, ends the run before it begins", () => {
  const files = { ...PROCFILE, "/app/a.env": "A=1\nPASSWORD='hunter2\n", "/app/no.env": null };
  assert.equal(
    refusal(["-e", "a.env"], files),
    "/app/a.env:2:10: the quotation that begins here has no end",
  );
  assert.equal(refusal(["-e", "b.env", "--", "x"], files), "/app/b.env: it does not exist");
  assert.equal(refusal(["-e", "no.env"], files), "/app/no.env: no permission to read it");
  assert.match(refusal(["-e", "?"], files), /^-e: not a valid list of files: /);
});

test("a command is executed as it is, and one with = by a shell", () => {
  const config = read(["--name", "b=x | y", "--", "/bin/a", "it's", "%(here)s", ""]);
  const [b, a] = programs(config);
  assert.deepEqual(a && [a.name, argv(a)], ["a", ["/bin/a", "it's", "%(here)s", ""]]);
  assert.deepEqual(b && [b.name, argv(b)], ["b", ["/bin/sh", "-c", "x | y"]]);
  assert.equal(a?.environment["PORT"], undefined);
});

test("a configuration keeps its own rules, and loses only its log files", () => {
  const text =
    "[supervisord]\nexit_on=fatal\nlogfile=/var/log/d.log\n[program:a]\ncommand=x\nstdout_logfile=/x\npriority=5\n";
  const files = { "/app/d.conf": text };
  const config = read(["-c", "d.conf", "--grace", "5"], files);
  assert.deepEqual([config.daemon.exitOn, config.daemon.shutdownGrace], ["fatal", 5]);
  assert.equal(config.daemon.logfile, "/dev/null");
  const { priority, autorestart, stdout } = program(config);
  assert.deepEqual([priority, autorestart, stdout.logfile], [5, "unexpected", { kind: "stdout" }]);
  assert.deepEqual(config.notices, []);
});

test("without a name the Procfile comes before a configuration", () => {
  const conf = { "/app/supervisord.conf": "[supervisord]\n[program:a]\ncommand=x\n" };
  assert.equal(program(read([], { ...conf, ...PROCFILE })).name, "web.1");
  // As for all other commands, root must name a configuration.
  assert.match(refusal([], conf), /^there is nothing to run in \/app: no Procfile$/);
  assert.equal(program(found(conf)).name, "a");
});

test("what is wrong is said with its place", () => {
  assert.equal(refusal(["-f", "P"], {}), "P does not exist");
  assert.equal(refusal(["P"], { "/app/P": null }), "cannot read P: permission denied");
  for (const [code, detail, reason] of [
    ["EISDIR", "EISDIR: illegal operation on a directory, read", "it is a directory"],
    ["EIO", "EIO: i/o error, open '/app/P'", "i/o error"],
    ["EFTYPE", "it is a pipe, a socket or a device", "it is a pipe, a socket or a device"],
  ] as const) {
    const world = fakeWorld({}, { cwd: "/app", readText: () => err({ code, detail }) });
    const config = readRunConfig(["-f", "P"], world);
    assert.equal(!config.ok && config.error.text, `cannot read P: ${reason}`);
  }
  assert.equal(
    refusal(["P"], { "/app/P": "web x\n" }),
    "P:1: expected NAME: COMMAND, or # in front of a comment",
  );
  assert.equal(refusal(["-m", "db=1"], PROCFILE), "Procfile: it has no db, only web, worker");
  const broken = { ...PROCFILE, "/app/.env": "A=1\nB='\n" };
  assert.match(refusal([], broken), /^\/app\/\.env:2:\d+: /);
});

test("a configuration without [supervisord] is named, with the line that it lacks", () => {
  const files = { "/app/n.conf": "[program:a]\ncommand=x\n" };
  const config = readRunConfig(["-c", "n.conf"], fakeWorld(files, { cwd: "/app" }));
  assert.ok(!config.ok);
  assert.equal(config.error.rule, "no-supervisord");
  assert.equal(config.error.text, "n.conf has no [supervisord] section");
});
