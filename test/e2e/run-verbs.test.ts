// The verbs of tsv that reach a `tsv run` from its directory.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { NOBODY } from "../rig/stranger.ts";
import { Follower } from "./rig/follower.ts";
import { LOOP, plain, Run, run } from "./rig/foreground-run.ts";
import { AS_NOBODY, ROOT, TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { Typist } from "./rig/typist.ts";

e2e("logs -f and tail -f end when the run has ended", async (rig, t) => {
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
  ].map((words) => new Follower(rig, t, words));
  const newest = (text: string): number => Number(/.*tick (\d+)/s.exec(text)?.[1] ?? 0);
  for (const follower of followers) {
    await follower.seen("tick ");
    // Beyond the lines that were there.
    await follower.seen(`tick ${newest(follower.out) + 5}\n`);
  }
  rig.write("go", "");
  await started.ended();
  for (const follower of followers) {
    const [status] = await follower.ended();
    assert.deepEqual([follower.errors, status], ["==> The run has ended <==\n", 0]);
    assert.match(follower.out, /bye/);
  }
});

e2e("logs -f ends when the run was killed", async (rig, t) => {
  const started = new Run(rig, ["--", "sh", "-c", `echo up; ${LOOP}`]);
  await started.said(/up/);
  const follower = new Follower(rig, t, ["logs", "-f"]);
  await follower.seen("up");
  started.child.kill("SIGKILL");
  const [status] = await follower.ended();
  assert.deepEqual([follower.errors, status], ["==> The run has ended <==\n", 0]);
});

e2e(
  "the verbs reach a run from its directory, before a configuration that is there",
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
    const examined = await rig.tsv("doctor", "socket", "config");
    assert.match(examined.stdout, /tsv run is running here; it was not examined/);
    assert.deepEqual([/SOCK-|CONF-/.test(examined.stdout), examined.status], [false, 0]);
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

e2e("update reads the Procfile again", async (rig) => {
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

/** What `tsv status` prints, and its exit status. */
async function statusIn(rig: Rig, cwd: string, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await rig.command([TSV, "status", ...words], { cwd });
  return `${stdout}${stderr}(${status})`;
}

const CONFIGURATIONS = [
  ["without a server", ""],
  ["whose server cannot be used", "[unix_http_server]\nfile=%(here)s/absent/tsv.sock\n"],
] as const;

for (const [what, server] of CONFIGURATIONS) {
  e2e(`-c reaches the run of a configuration ${what}, from any directory`, async (rig, t) => {
    const config = rig.write(
      "app/app.conf",
      `[supervisord]\n${server}[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
    );
    const started = new Run(rig, ["-c", "app/app.conf"]);
    await started.said(/up/);
    assert.match(await statusIn(rig, "/", "-c", config), /^web +RUNNING.*\(0\)$/s);
    assert.match(await statusIn(rig, rig.path("app"), "-c", "app.conf"), /^web +RUNNING/);
    assert.match(await statusIn(rig, "/", "--check", "-c", config), /\(0\)$/);
    assert.match(await statusIn(rig, rig.directory), /^web +RUNNING/);
    const ctl = await rig.command([TSV, "ctl", "-c", config, "status"], { cwd: "/" });
    assert.match(ctl.stdout, /^web +RUNNING/);
    const why = await rig.command([TSV, "why", "web", "-c", config], { cwd: "/" });
    assert.match(why.stdout, /^web: /, why.stderr);
    const maintail = await rig.command([TSV, "maintail", "-c", config], { cwd: "/" });
    assert.match(maintail.stderr, /tsv run has no log of its own/);
    const doctor = await rig.command([TSV, "doctor", "-c", config], { cwd: "/" });
    assert.match(doctor.stdout, /A tsv run of this configuration is running/);
    assert.match(doctor.stdout, /daemon +pid \d+ of root answers/);
    assert.doesNotMatch(doctor.stdout, /SOCK-001/);
    const follower = new Follower(rig, t, ["logs", "-f", "-c", config]);
    await follower.seen("up");
    assert.equal((await rig.tsv("shutdown", "-c", config)).status, 0);
    assert.equal(await started.ended(), 0);
    const [status] = await follower.ended();
    assert.deepEqual([follower.errors, status], ["==> The run has ended <==\n", 0]);
    assert.match(await statusIn(rig, "/", "-c", config), /no daemon is running/);
  });
}

e2e("-c reaches the daemon of a configuration rather than a later run of it", async (rig) => {
  for (const server of ["", "[unix_http_server]\nfile=%(here)s/own.sock\n"]) {
    const config = rig.write(
      "d.conf",
      `[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n${server}` +
        `[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n` +
        `[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
    );
    const daemon = rig.launch();
    await daemon.logged(/success: web/);
    const started = new Run(rig, ["-c", "d.conf"]);
    await started.said(/up/);
    const pid = await rig.command([TSV, "pid", "-c", config], { cwd: "/" });
    assert.equal(Number(pid.stdout), daemon.pid, pid.stderr);
    assert.match(started.text, new RegExp(`(?:pid|process) ${daemon.pid}\\b`), "the run names it");
    assert.equal((await rig.tsv("pid")).stdout, `${started.child.pid}\n`, "without -c");
    process.kill(started.child.pid ?? 0, "SIGTERM");
    await started.ended();
    await rig.tsv("shutdown", "-c", config);
    await daemon.ended();
    rmSync(rig.path("d.log"));
  }
});

e2e("a daemon names the run of its configuration, which -c reaches", async (rig) => {
  const config = rig.write(
    "d.conf",
    "[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n" +
      `[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
  );
  const started = new Run(rig, ["-c", "d.conf"]);
  await started.said(/up/);
  const daemon = rig.launch();
  await daemon.logged(
    new RegExp(`WARN tsv run of this configuration is running, pid ${started.child.pid}\\b`),
  );
  const pid = () => rig.command([TSV, "pid", "-c", config], { cwd: "/" });
  assert.equal(Number((await pid()).stdout), started.child.pid);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  await started.ended();
  assert.equal(Number((await pid()).stdout), daemon.pid);
});

for (const kind of ["run", "daemon"]) {
  e2e(`root finds another user's ${kind} of that user's file`, withoutRoot(), async (rig) => {
    chmodSync(rig.directory, 0o777);
    const config = rig.write(
      "d.conf",
      "[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n" +
        `[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
    );
    chownSync(config, NOBODY, NOBODY);
    const started = kind === "run" ? new Run(rig, ["-c", config], AS_NOBODY) : null;
    await started?.said(/up/);
    if (started === null) await rig.command([...AS_NOBODY, TSV, "daemon", "-c", config]);
    assert.match(await statusIn(rig, "/", "-c", config), /^web +RUNNING/);
    const doctor = await rig.command([TSV, "doctor", "-c", config], { cwd: "/" });
    assert.match(doctor.stdout, /daemon +pid \d+ of nobody/);
    assert.doesNotMatch(doctor.stdout, /SOCK-001|cannot see/);
    assert.equal((await rig.tsv("shutdown", "-c", config)).status, 0);
    await started?.ended();
  });
}

e2e("at a terminal, tsv daemon says that a run of its configuration runs", async (rig) => {
  const config = rig.write(
    "d.conf",
    "[supervisord]\nlogfile=%(here)s/d.log\npidfile=%(here)s/d.pid\n" +
      `[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
  );
  const started = new Run(rig, ["-c", "d.conf"]);
  await started.said(/up/);
  const argv = [TSV, "daemon", "-c", config];
  const typist = new Typist(argv, { cwd: rig.directory, mark: rig.mark });
  assert.equal(await typist.ended(), 0);
  const text = typist.screen.lines().join("\n");
  assert.match(
    text,
    new RegExp(`Warning: tsv run of this configuration is running, pid ${started.child.pid}\\b`),
  );
  process.kill(started.child.pid ?? 0, "SIGTERM");
  await started.ended();
  assert.equal((await rig.tsv("shutdown", "-c", config)).status, 0);
});

/** A configuration in `rel/1`, to which `current` leads. @returns its path through the symlink */
function throughLink(rig: Rig): string {
  rig.write(
    "rel/1/d.conf",
    `[supervisord]\nlogfile=${rig.path("d.log")}\npidfile=${rig.path("d.pid")}\n` +
      `[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
  );
  symlinkSync("rel/1", rig.path("current"));
  return rig.path("current/d.conf");
}

/** From the directory itself, whose path a shell in `current` does not tell; and after the symlink was moved. */
async function reached(rig: Rig, config: string): Promise<void> {
  const real = rig.path("rel/1");
  assert.match(await statusIn(rig, real, "-c", "d.conf"), /^web +RUNNING/);
  assert.match(await statusIn(rig, "/", "-c", `${real}/d.conf`), /^web +RUNNING/);
  cpSync(real, rig.path("rel/2"), { recursive: true });
  rmSync(rig.path("current"));
  symlinkSync("rel/2", rig.path("current"));
  assert.match(await statusIn(rig, "/", "-c", config), /^web +RUNNING/);
}

e2e("a daemon through a symlink is found by both paths, after an upgrade too", async (rig) => {
  const config = throughLink(rig);
  assert.equal((await rig.tsv("daemon", "-c", config)).status, 0);
  assert.equal((await rig.tsv("upgrade", "-c", config)).status, 0);
  await reached(rig, config);
  assert.equal((await rig.tsv("shutdown", "-c", rig.path("rel/1/d.conf"))).status, 0);
});

e2e("a run through a symlink is found by both paths", async (rig) => {
  const config = throughLink(rig);
  const started = new Run(rig, ["-c", config]);
  await started.said(/up/);
  await reached(rig, config);
  assert.equal((await rig.tsv("shutdown", "-c", rig.path("rel/1/d.conf"))).status, 0);
  await started.ended();
});

e2e("a run of a file is found by a symlink to the file", async (rig) => {
  throughLink(rig);
  symlinkSync("rel/1/d.conf", rig.path("other.conf"));
  const started = new Run(rig, ["-c", rig.path("rel/1/d.conf")]);
  await started.said(/up/);
  assert.match(await statusIn(rig, "/", "-c", rig.path("other.conf")), /^web +RUNNING/);
  process.kill(started.child.pid ?? 0, "SIGTERM");
  await started.ended();
});

e2e("a run that is PID 1 is found from any directory", withoutRoot(), async (rig) => {
  const pidNamespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const config = rig.write(
    "app/app.conf",
    `[supervisord]\n[program:web]\ncommand=sh -c 'echo up; ${LOOP}'\nstartsecs=0\n`,
  );
  rig.write("Procfile", `web: echo up; ${LOOP}\n`);
  for (const words of [["-c", config], ["Procfile"]]) {
    const started = new Run(rig, words, pidNamespace);
    await started.said(/up/);
    const child = readFileSync(
      `/proc/${started.child.pid}/task/${started.child.pid}/children`,
      "utf8",
    );
    const inside = ["nsenter", "-t", child.trim(), "-p", "-m", TSV];
    const from = async (...more: readonly string[]) =>
      (await rig.command([...inside, ...more], { cwd: "/" })).stdout;
    assert.match(await from("status"), /^web(?:\.1)? +RUNNING/, words.join(" "));
    if (words[0] === "-c") assert.match(await from("status", "-c", config), /^web +RUNNING/);
    process.kill(Number(child), "SIGTERM");
    await started.ended();
  }
});

e2e("the sample of make run is found from the checkout, and with -c", async (rig) => {
  const port = await rig.findPort();
  const settings = [`TSV_DEMO_DIR=${rig.path("demo")}`, `TSV_DEMO_PORT=${port}`];
  // The script ignores the words behind it.
  const sample = new Run(rig, [], ["env", ...settings, "sh", join(ROOT, "packaging/demo/run.sh")]);
  await sample.said(/crashes +\| up/);
  const config = rig.path("demo/tsv.conf");
  assert.match(await statusIn(rig, ROOT), /^crashes +(?:STARTING|RUNNING)/m);
  assert.match(await statusIn(rig, "/", "-c", config), /^crashes +(?:STARTING|RUNNING)/m);
  assert.equal((await rig.tsv("shutdown", "-c", config)).status, 0);
  assert.equal(await sample.ended(), 0);
});
