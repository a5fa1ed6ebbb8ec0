// tsv by its own name; the executable leaves no files behind.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { VERBS } from "../../src/core/base/verbs.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT, TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

e2e(
  "tsv version prints the version of the project, and supervisord -v Supervisor's",
  async (rig) => {
    const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")) as {
      version: string;
    };
    for (const word of ["version", "--version", "-v"]) {
      const { status, stdout } = await rig.tsv(word);
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`^(?:tsv )?${version.replaceAll(".", "\\.")}\\b`));
    }
    const { stdout, status } = await rig.run(TSV_BY_NAME, "supervisord", ["-v"]);
    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  },
);

e2e("a verb without its arguments is a usage error that names its help", async (rig) => {
  await rig.startWith("");
  const path = rig.path("d.conf");
  // pidproxy is Supervisor's, with Supervisor's usage.
  const needing = VERBS.filter(({ name, usage }) => /^[^[]*</.test(usage) && name !== "pidproxy");
  assert.ok(needing.length > 10);
  for (const { name, runner } of needing) {
    const config = name === "completion" ? [] : ["-c", path];
    const { status, stdout, stderr } = await rig.tsv(name, ...config);
    assert.equal(status, 2, name);
    assert.equal(stdout, "", name);
    assert.match(stderr, /^Error: \S.*\n/, name);
    assert.match(stderr, new RegExp(`^  For help: tsv ${name} -h$`, "m"), name);
    if (runner === "ctl") assert.match(stderr, new RegExp(`^  Usage: tsv ${name} `, "m"));
  }
});

e2e("tsv sample-conf is echo_supervisord_conf, and tsv check finds nothing in it", async (rig) => {
  const { stdout, status } = await rig.tsv("sample-conf");
  assert.equal(status, 0);
  assert.equal((await rig.run(TSV_BY_NAME, "echo_supervisord_conf", [])).stdout, stdout);
  rig.write("sample.conf", stdout);
  const checked = await rig.tsv("check", rig.path("sample.conf"));
  assert.equal(checked.status, 0, checked.stderr);
});

e2e("tsv daemon and the everyday verbs", async (rig) => {
  rig.configure(
    "[program:up]\ncommand=sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\nstdout_logfile=%(here)s/up.out\n",
  );
  const conf = rig.path("d.conf");
  assert.equal((await rig.tsv("daemon", "-c", conf)).status, 0);
  await waitForText(rig.path("up.out"), /hello\n/);
  const expectations: readonly (readonly [readonly string[], RegExp])[] = [
    [["status"], /^up +RUNNING +pid \d+/],
    [["restart", "up"], /^up: stopped\nup: started\n$/],
    [["signal", "CONT", "up"], /^up: signalled\n$/],
    [["tail", "up"], /hello/],
    [["pid", "up"], /^\d+\n$/],
    [["reread"], /^No config updates to processes\n$/],
    [["avail"], /^up +in use +auto +999:999\n$/],
    [["ctl", "status"], /^up +RUNNING/],
    [["stop", "up"], /^up: stopped\n$/],
    [["start", "up"], /^up: started\n$/],
    [["shutdown"], /^Shut down\n$/],
  ];
  for (const [words, expected] of expectations) {
    const [verb = "", ...rest] = words;
    const first = verb === "ctl" ? ["ctl", "-c", conf] : [verb, "-c", conf];
    const { stdout, stderr, status } = await rig.tsv(...first, ...rest);
    assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
    assert.match(stdout, expected, words.join(" "));
  }
});

e2e("nothing is left on disk or in shared memory", async (rig) => {
  const places = ["/dev/shm", "/tmp", "/var/tmp", "/root"];
  const listing = (): string[] =>
    places
      .flatMap((place) => readdirSync(place).map((name) => `${place}/${name}`))
      .filter((path) => !path.startsWith("/tmp/tsv-e2e-") && !path.startsWith("/tmp/node-"));
  const before = new Set(listing());
  const daemon = await rig.startWith("[program:up]\ncommand=sleep 1000\nstartsecs=0\n");
  await rig.ctl(TSV_BY_NAME, "status");
  const maps = readFileSync(`/proc/${daemon.process}/maps`, "utf8");
  const added = listing().filter((path) => !before.has(path) && maps.includes(path));
  assert.deepEqual(added, []);
  await daemon.shutdown();
  const left = readdirSync(rig.directory).sort();
  // The logs named by the config or made by AUTO stay, as in Supervisor. Whatever holds the lock may not.
  const unexpected = left.filter(
    (name) => !/^(?:d\.conf|d\.log|up-std(?:out|err)---supervisor-.{8}\.log)$/.test(name),
  );
  assert.deepEqual(unexpected, []);
});

e2e("under its own name tsv speaks its own words (tsv-words)", async (rig) => {
  const conf = rig.configure("[program:up]\ncommand=sleep 1000\n");
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["status", "-c", conf], 4, /^Error: no daemon is running: .*d\.sock does not exist\n/],
    [["restart", "up", "-c", conf], 7, /\n {2}Start it: tsv daemon -c \S+d\.conf\n/],
    [
      ["status", "-s", "localhost:9001"],
      1,
      /^Error: 'localhost:9001' is not the URL of a daemon\n/,
    ],
    [
      ["start", "-c", rig.path("no.conf"), "x"],
      2,
      /^Error: could not find config file .*no\.conf\n/,
    ],
    [["shutdown", "now", "-c", conf], 2, /^Error: .*\n {2}Usage: tsv shutdown\n/],
    [
      ["tail", "-x", "up", "-c", conf],
      2,
      /^Error: tail has no option -x\n {2}For help: tsv tail -h/,
    ],
  ];
  for (const [words, expected, says] of cases) {
    const { stdout, stderr, status } = await rig.tsv(...words);
    assert.equal(stdout, "", words.join(" "));
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /<class|Errno|[Ss]upervisor(?!ctl\])/);
    assert.equal(status, expected, words.join(" "));
    for (const line of stderr.split("\n")) {
      assert.ok(line.length <= 80 || /^ {2,}|\//.test(line), line);
    }
    const json = await rig.tsv(...words, "--json");
    const document = JSON.parse(json.stdout);
    assert.deepEqual(
      [document.format, document.verb, document.exitStatus, document.results],
      [1, words[0], expected, []],
    );
    assert.equal(document.errors.length, 1);
    assert.equal(json.stderr, "");
  }
});

e2e("options go before the verb, too, and mistyped verbs find theirs", async (rig) => {
  await rig.startWith("[program:up]\ncommand=sleep 1000\nstartsecs=0\n");
  const { stdout } = await rig.tsv("-c", rig.path("d.conf"), "pid", "up");
  assert.match(stdout, /^\d+\n$/);
  for (const [word, meant] of [
    ["ps", "status"],
    ["statsu", "status"],
    ["describe", "why"],
  ] as const) {
    for (const words of [[word], ["help", word]]) {
      const { stdout, stderr, status } = await rig.tsv(...words);
      assert.deepEqual([stdout, status], ["", 2]);
      assert.match(stderr, new RegExp(`Did you mean: tsv ${meant}\\n  For help: tsv help\\n`));
    }
  }
  assert.equal((await rig.tsv("help", "help")).status, 0);
  const version = JSON.parse((await rig.tsv("version", "--json")).stdout);
  assert.equal(version.results[0].version, (await rig.tsv("-V")).stdout.trim());
});

e2e("tsv completion prints what packages install", async (rig) => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout, status } = await rig.tsv("completion", shell);
    assert.equal(status, 0);
    for (const verb of ["status", "install", "doctor"]) assert.ok(stdout.includes(verb), shell);
  }
  const bash = rig.write("tsv.bash", (await rig.tsv("completion", "bash")).stdout);
  assert.equal((await rig.command(["bash", "-n", bash])).stderr, "");
  assert.equal((await rig.tsv("completion", "cmd")).status, 2);
});

e2e("a working directory that was removed is an error in plain words", async (rig) => {
  for (const words of ["status", "run -- true", "check x.conf", "daemon -c x.conf"]) {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" ${words}`;
    const options = { cwd: rig.directory, encoding: "utf8" } as const;
    const { status, stderr } = spawnSync("/bin/sh", ["-c", script, TSV], options);
    assert.notEqual(status, 0, words);
    assert.match(stderr, /^Error: the working directory cannot be found.*\n.*: cd \/\n$/s, words);
  }
});
