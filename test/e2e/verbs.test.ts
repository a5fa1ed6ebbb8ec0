// tsv by its own name, and what the executable leaves behind: nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT, withoutTsv } from "./rig/places.ts";
import { BASE, e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

e2e(
  "tsv version prints the version of the project, and supervisord -v Supervisor's",
  withoutTsv(),
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

e2e("tsv help lists the commands", withoutTsv(), async (rig) => {
  for (const words of [["help"], ["--help"], ["-h"], []]) {
    const { status, stdout } = await rig.tsv(...words);
    assert.equal(status, 0, words.join(" "));
    for (const verb of ["daemon", "ctl", "status", "check", "sample-conf", "version"]) {
      assert.match(stdout, new RegExp(`^ +${verb}\\b`, "m"));
    }
  }
});

e2e("tsv help VERB says what VERB --help says", withoutTsv(), async (rig) => {
  for (const verb of ["status", "upgrade", "daemon", "ctl", "check", "why"]) {
    const { status, stdout } = await rig.tsv("help", verb);
    assert.equal(status, 0, verb);
    assert.equal(stdout, (await rig.tsv(verb, "--help")).stdout);
    assert.match(stdout, new RegExp(`\\btsv ${verb}\\b`));
  }
});

e2e("a wrong verb is an error with a way out", withoutTsv(), async (rig) => {
  const { status, stderr, stdout } = await rig.tsv("statsu");
  assert.notEqual(status, 0);
  assert.match(stderr, /statsu/);
  assert.match(stderr, /help/);
  assert.equal(stdout, "");
});

e2e(
  "tsv sample-conf is echo_supervisord_conf, and tsv check finds nothing in it",
  withoutTsv(),
  async (rig) => {
    const { stdout, status } = await rig.tsv("sample-conf");
    assert.equal(status, 0);
    assert.equal((await rig.run(TSV_BY_NAME, "echo_supervisord_conf", [])).stdout, stdout);
    rig.write("sample.conf", stdout);
    const checked = await rig.tsv("check", rig.path("sample.conf"));
    assert.equal(checked.status, 0, checked.stderr);
  },
);

e2e("tsv check says file and line of each problem", withoutTsv(), async (rig) => {
  const path = rig.write("bad.conf", `${BASE}[program:p]\ncommand=x\nnumprocs=two\nstartsec=5\n`);
  const lineOf = (text: string): number => readFileSync(path, "utf8").split("\n").indexOf(text) + 1;
  const { status, stdout, stderr } = await rig.tsv("check", path);
  assert.equal(status, 1);
  const output = stdout + stderr;
  assert.ok(output.includes(`${path}:${lineOf("numprocs=two")}`), output);
  assert.ok(output.includes(`${path}:${lineOf("startsec=5")}`), output);
  assert.match(output, /startsecs/);
  const json = await rig.tsv("check", "--json", path);
  assert.equal(json.status, 1);
  assert.equal((JSON.parse(json.stdout) as { file: string }).file, path);
  assert.notEqual((await rig.tsv("check", "/no/such/file")).status, 0);
});

e2e("tsv daemon and the everyday verbs", withoutTsv(), async (rig) => {
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

e2e("status --json is for programs", withoutTsv(), async (rig) => {
  await rig.startWith("[program:up]\ncommand=sleep 1000\nstartsecs=0\n");
  const { stdout, stderr } = await rig.tsv("status", "-c", rig.path("d.conf"), "--json");
  assert.ok(stdout.includes('"up"'), stdout + stderr);
  JSON.parse(stdout);
});

e2e("nothing is left on disk or in shared memory", withoutTsv(), async (rig) => {
  const places = ["/dev/shm", "/tmp", "/var/tmp", "/root"];
  const listing = (): string[] =>
    places
      .flatMap((place) => readdirSync(place).map((name) => `${place}/${name}`))
      .filter((path) => !path.startsWith("/tmp/tsv-e2e-") && !path.startsWith("/tmp/node-"));
  const before = new Set(listing());
  const daemon = await rig.startWith("[program:up]\ncommand=sleep 1000\nstartsecs=0\n");
  await rig.ctl(TSV_BY_NAME, "status");
  const maps = readFileSync(`/proc/${daemon.pid}/maps`, "utf8");
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
