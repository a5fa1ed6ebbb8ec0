// `tsv run`: Procfiles, configurations and commands in the foreground, their output and exit statuses.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { LOOP, plain, Run, run } from "./rig/foreground-run.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { AS_NOBODY, TSV, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

e2e(
  "a Procfile runs with ports and .env until the first program exits, whose status counts",
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
  [["--", "sh", "-c", "kill -9 $$"], 137],
  [["--exit-on", "all", "--name", "a=exit 4", "--name", "b=sleep 0.2; exit 2"], 4],
  [["--exit-on", "exit", "--", "true"], 0],
  [["--exit-on", "fatal", "--", "/no/such/command"], 127],
];

for (const [words, status] of TABLE) {
  e2e(`tsv run ${words.join(" ")} ends with ${status}`, async (rig) => {
    const outcome = await run(rig, ...words);
    assert.deepEqual(
      [outcome.status, outcome.signal],
      [status, null],
      outcome.stdout + outcome.stderr,
    );
  });
}

e2e("what cannot be run is said in a sentence, with status 2", async (rig) => {
  const refused = async (pattern: RegExp, ...words: string[]) => {
    const { status, stderr, stdout } = await run(rig, ...words);
    assert.match(stderr, pattern);
    assert.deepEqual([status, stdout], [2, ""]);
  };
  await refused(/^Error: there is nothing to run in .*: no Procfile(?:, tsv\.conf|\n)/);
  await refused(/^Error: run has no option --no-such/, "--no-such");
  await refused(/^Error: Procfile\.no does not exist\n$/, "Procfile.no");
  for (const words of [["npm start"], ["npm", "start"]]) {
    await refused(/\n {2}To run a command: tsv run -- npm start\n$/, ...words);
  }
  await refused(/\n {2}To run several of a type: tsv run -m web=2\n$/, "web=2");
  await refused(/\n {2}To run several of a type: tsv run -m web=2,db=1\n$/, "-c", "web=2,db=1");
  rig.write("Procfile.dev", "web: x\n");
  await refused(/\n {2}Run the one that is there: tsv run Procfile\.dev\n$/);
  await refused(/no Procfile\n[\s\S]*that is there: tsv run -f Procfile\.dev web\n/, "web");
  await refused(
    /\n {2}Name the file with -f: tsv run -f Procfile\.dev web\n$/,
    "Procfile.dev",
    "web",
  );
  rig.write("Procfile", "web: x\n");
  await refused(/\n {2}To run what foreman start runs: tsv run\n/, "start");
  await refused(/\n {2}To run what foreman start runs: tsv run web\n/, "start", "web");
  await refused(/Procfile has no wep; it has web\n/, "wep");
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
});

e2e("a directory, and a file that others own, are said to be that", withoutRoot(), async (rig) => {
  mkdirSync(rig.path("dir"));
  const directory = await run(rig, "dir");
  assert.equal(directory.stderr, "Error: cannot read dir: it is a directory\n");
  const named = await run(rig, "-c", "dir");
  assert.equal(named.stderr, "Error: could not read config file dir: it is a directory\n");
  chmodSync(rig.directory, 0o755);
  chmodSync(rig.write("Procfile", "web: x\n"), 0o600);
  chmodSync(rig.write("d.conf", "[supervisord]\n"), 0o600);
  mkdirSync(rig.path("own"), { mode: 0o700 });
  rig.write("own/d.conf", "[supervisord]\n");
  const ofFile = (file: string): string => `permission denied: ${rig.path(file)} is root:root 0600`;
  const ofDirectory = `permission denied: ${rig.path("own")} is root:root 0700`;
  const expectDenied = async (words: readonly string[], text: string): Promise<void> => {
    const { stderr, stdout, status } = await rig.command([...AS_NOBODY, TSV, ...words], {
      cwd: rig.directory,
    });
    const said = (stderr + stdout).replace(/\s+/g, " ");
    assert.ok(said.includes(text), said);
    assert.equal(status === 0, false);
  };
  const config = "could not read config file d.conf";
  await expectDenied(["run", "Procfile"], `cannot read Procfile: ${ofFile("Procfile")} `);
  for (const verb of ["run", "daemon", "check"]) {
    await expectDenied([verb, "-c", "d.conf"], `${config}: ${ofFile("d.conf")} `);
    await expectDenied(
      [verb, "-c", "own/d.conf"],
      `could not find config file own/d.conf: ${ofDirectory} `,
    );
  }
  await expectDenied(["check", "d.conf"], "sudo tsv check d.conf");
  // supervisord says in a script what Supervisor does.
  const supervisord = [TSV_BY_NAME.path("supervisord"), "-c", "d.conf"];
  const script = await rig.command([...AS_NOBODY, ...supervisord], { cwd: rig.directory });
  assert.equal(script.stderr.split("\n")[0], `Error: ${config}`);
});

e2e("-e gives variables, which are read again and hidden", async (rig) => {
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

e2e("lines are plain, JSON or logfmt as well", async (rig) => {
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

e2e(
  "it needs no home, no terminal, no writable directory, and its children are its own",
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
