// tsv apply: which pids a change of each option changes, what a plan shows, and the way back.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { CHANNELS } from "../../src/core/config/options/channel.ts";
import type { OptionRow } from "../../src/core/config/options/entry.ts";
import { PROGRAM } from "../../src/core/config/options/program.ts";
import { until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const OTHER = `[program:other]
command=sleep 1000
startsecs=0
`;

/** A value of each option that differs from its default. The sections that it needs go behind it. */
const VALUES: Readonly<Record<string, string>> = {
  command: "sleep 2000",
  priority: "5",
  enabled: "false",
  autostart: "false",
  startsecs: "2",
  startretries: "7",
  autorestart: "true",
  essential: "true",
  exitcodes: "0,2",
  stopsignal: "INT",
  stopwaitsecs: "3",
  stopasgroup: "true\nkillasgroup=true",
  killasgroup: "true",
  user: "root",
  redirect_stderr: "true",
  tty: "true",
  log_create_dirs: "true",
  environment: 'A="1"',
  directory: "/",
  umask: "027",
  serverurl: "http://localhost:1",
  environment_pass: "PATH",
  user_env: "true",
  env_file: "?/nowhere",
  env_command: "echo A=1",
  env_command_timeout: "3s",
  kill_mode: "group",
  pre_start: "true",
  post_start: "true",
  pre_stop: "true",
  stop_command: "true",
  post_stop: "true",
  on_fatal: "true",
  hook_timeout: "5s",
  socket: "unix://%(here)s/web.sock",
  socket_backlog: "7",
  socket_owner: "root",
  socket_mode: "0660",
  type: "oneshot",
  depends_on: "other",
  restart_with: "other",
  ready_check: "fd:5",
  ready_timeout: "5s",
  ready_interval: "5s",
  health_check: "exec:true",
  health_interval: "5s",
  health_timeout: "1s",
  health_retries: "5",
  health_start_period: "5s",
  health_action: "report",
  reload_signal: "HUP",
  reload_command: "true",
  reload_timeout: "3s",
  watch: "/nowhere/at/all",
  watch_ignore: "*.log",
  watch_delay: "2s",
  watch_action: "reload",
  max_memory: "1GB",
  max_age: "1d",
  max_age_jitter: "0.2",
  restart_delay: "5s",
  restart_backoff: "constant",
  restart_delay_max: "1m",
  restart_jitter: "0.2",
  restart_limit: "5/1m",
  fatal_retry_after: "5m",
  schedule: "0 3 1 1 *\nautostart=true\nautorestart=unexpected\ntype=simple",
  overlap: "queue",
  catch_up: "once",
  log_format: "json",
  log_timestamp: "iso",
  log_rate_limit: "100/s",
  rlimit_memlock: "64K",
  rlimit_msgqueue: "1K",
  rlimit_nice: "0",
  stdout_logfile: "%(here)s/web.out",
  stdout_logfile_maxbytes: "1MB",
  stdout_logfile_backups: "2",
  stdout_logfile_flush_interval: "5",
  stdout_logfile_rotate: "daily",
  stdout_logfile_compress: "gzip",
  stdout_logfile_mode: "0640",
  stdout_logfile_owner: "root",
  stdout_capture_maxbytes: "1MB",
  stdout_events_enabled: "true",
  stdout_syslog: "true",
};

/** These change which processes there are: tests of their own. */
const OF_MEMBERS = ["process_name", "numprocs", "numprocs_start", "numprocs_max"];
/** It requires a socket: sockets.test.ts. */
const OF_SOCKETS = ["start_on"];
/** A program that has one is not started without a delegated cgroup. */
const OF_CGROUPS = ["memory_max", "memory_high", "cpu_max", "pids_max", "io_weight"];

/** Their samples are good for any host, unless VALUES has another one. */
const isLimit = (key: string): boolean =>
  /^rlimit_|^(?:nice|ionice|oom_score_adj|cpu_affinity|no_new_privs|capabilities)$/.test(key);

const rows: readonly OptionRow[] = [...Object.values(PROGRAM), ...Object.values(CHANNELS.stdout)];

function web(lines = ""): string {
  const own = lines === "" ? "" : `${lines}\n`;
  const isSet = (key: string): boolean =>
    own.split("\n").some((line) => line.startsWith(`${key}=`));
  return [
    "[program:web]\n",
    isSet("command") ? "" : "command=sleep 1000\n",
    isSet("startsecs") ? "" : "startsecs=0\n",
    `${own}${OTHER}`,
  ].join("");
}

async function pidOf(daemon: Daemon, name: string): Promise<number> {
  return Number((await daemon.info(name))["pid"]);
}

async function tsv(rig: Rig, ...words: readonly string[]) {
  return await rig.command([TSV, ...words, "-c", rig.path("d.conf")]);
}

/** Applies these sections. @returns the plan that was shown before, in lines */
async function apply(rig: Rig, sections: string): Promise<readonly string[]> {
  rig.configure(sections);
  const plan = await tsv(rig, "apply", "--plan");
  assert.equal(plan.status, 0, plan.stderr);
  const applied = await tsv(rig, "apply");
  assert.equal(applied.status, 0, applied.stdout + applied.stderr);
  return plan.stdout.trimEnd().split("\n");
}

type Planned = { readonly group: string; readonly name: string; readonly action: string };

/** Applies these sections by RPC. @returns what was planned for the process web */
async function applyWeb(rig: Rig, daemon: Daemon, lines = ""): Promise<string> {
  rig.configure(web(lines));
  const answer = await daemon.call("tsv.apply", []);
  assert.ok(answer.kind === "result", JSON.stringify(answer));
  const all = answer.value as unknown as readonly Planned[];
  assert.ok(
    all.every(({ group }) => group === "web"),
    JSON.stringify(all),
  );
  return all.find(({ name }) => name === "web")?.action ?? "none";
}

e2e("each option changes the pid of its own process or of none, as its row says", async (rig) => {
  const daemon = await rig.startWith(web());
  const other = await pidOf(daemon, "other");
  const wrong: string[] = [];
  for (const { key, isLive = false, sample } of rows) {
    if ([...OF_MEMBERS, ...OF_SOCKETS, ...OF_CGROUPS].includes(key)) continue;
    const value = VALUES[key] ?? (isLimit(key) ? sample : undefined);
    assert.ok(value !== undefined, `${key} has no value in this test`);
    const before = await pidOf(daemon, "web");
    const planned = await applyWeb(rig, daemon, `${key}=${value}`);
    const after = await pidOf(daemon, "web");
    if (planned !== (isLive ? "change" : "restart")) wrong.push(`${key}: ${planned}`);
    if ((before === after) !== isLive) wrong.push(`${key}: ${before} became ${after}`);
    if (after === 0) wrong.push(`${key}: it is down`);
    const again = await applyWeb(rig, daemon, `${key}=${value}`);
    if (again !== "none") wrong.push(`${key}: a second time ${again}`);
    await applyWeb(rig, daemon);
  }
  assert.deepEqual(wrong, []);
  assert.equal(await pidOf(daemon, "other"), other);
});

e2e("members of a group come and go, and the others keep their pids", async (rig) => {
  const many = (count: number): string =>
    `[program:w]\ncommand=sleep 1000\nstartsecs=0\nprocess_name=%(process_num)d\nnumprocs=${count}\n`;
  const daemon = await rig.startWith(many(3) + OTHER);
  const pids = [await pidOf(daemon, "w:0"), await pidOf(daemon, "w:1")];
  assert.deepEqual(await apply(rig, many(2) + OTHER), ["w:2: remove"]);
  assert.deepEqual([await pidOf(daemon, "w:0"), await pidOf(daemon, "w:1")], pids);
  assert.deepEqual(await apply(rig, many(4) + OTHER), ["w:2: add", "w:3: add"]);
  assert.ok((await pidOf(daemon, "w:3")) > 0);
  assert.deepEqual([await pidOf(daemon, "w:0"), await pidOf(daemon, "w:1")], pids);
  assert.deepEqual(
    await apply(rig, OTHER),
    ["w:0", "w:1", "w:2", "w:3"].map((name) => `${name}: remove`),
  );
  const groups = (await daemon.ask("getAllProcessInfo")) as readonly { group: string }[];
  assert.deepEqual(
    groups.map(({ group }) => group),
    ["other"],
  );
  assert.deepEqual(await apply(rig, `${OTHER}[group:g]\nprograms=other\npriority=5\n`), [
    "other: remove",
    "g:other: add",
  ]);
});

e2e("one changed process of a group restarts alone, also by its name", async (rig) => {
  const group = (one: number, two: number): string =>
    `[group:g]\nprograms=one,two\n[program:one]\ncommand=sleep ${one}\nstartsecs=0\n[program:two]\ncommand=sleep ${two}\nstartsecs=0\n`;
  const daemon = await rig.startWith(group(1000, 1000));
  const [one, two] = [await pidOf(daemon, "g:one"), await pidOf(daemon, "g:two")];
  assert.deepEqual(await apply(rig, group(1001, 1000)), [
    "g:one: restart (command sleep 1000 -> sleep 1001)",
  ]);
  assert.equal(await pidOf(daemon, "g:two"), two);
  assert.notEqual(await pidOf(daemon, "g:one"), one);
  rig.configure(group(1002, 1002));
  assert.equal((await tsv(rig, "apply", "g:two")).stdout, "g:two: restarted\n");
  assert.equal(
    (await tsv(rig, "apply", "--plan")).stdout,
    "g:one: restart (command sleep 1001 -> sleep 1002)\n",
  );
});

e2e("a broken configuration changes nothing, and an unknown name is an error", async (rig) => {
  const daemon = await rig.startWith(web());
  const before = await pidOf(daemon, "web");
  rig.configure(web("command=sleep 2000\nnumprocs=two"));
  for (const words of [["--plan"], [], ["web"]]) {
    const refused = await tsv(rig, "apply", ...words);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /'two'/);
  }
  assert.equal(await pidOf(daemon, "web"), before);
  rig.configure(web("command=sleep 2000"));
  const unknown = await tsv(rig, "apply", "wob");
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /no such program or group: wob/);
  assert.equal(await pidOf(daemon, "web"), before);
});

e2e("what does not come up is rolled back, and why is shown", async (rig) => {
  const daemon = await rig.startWith(web());
  rig.configure(web("command=sh -c 'exit 3'\nstartsecs=1"));
  const rolled = await tsv(rig, "apply", "--rollback");
  assert.equal(rolled.status, 7, rolled.stdout + rolled.stderr);
  assert.match(rolled.stdout, /^web: failed: .+\n(?:.*\n)*web: restarted\n$/m);
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
  // The file still has it.
  const kept = await tsv(rig, "apply");
  assert.equal(kept.status, 7);
  assert.match(kept.stderr, /tsv apply --undo/);
  assert.equal((await tsv(rig, "apply", "--undo")).status, 0);
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
  const nothing = await tsv(rig, "apply", "--undo");
  assert.equal(nothing.status, 1);
});

e2e("a daemon that dies in the middle of a restart completes it", async (rig) => {
  const stubborn = (seconds: number): string =>
    web(
      `command=sh -c 'trap "until [ -e ${rig.path("go")} ]; do sleep 0.05; done; exit" TERM; echo up >>${rig.path("up")}; while :; do sleep ${seconds}; done'`,
    );
  const daemon = await rig.startWith(stubborn(0.01));
  const before = await pidOf(daemon, "web");
  await until(() => existsSync(rig.path("up")), { what: "the program" });
  rig.configure(stubborn(0.02));
  const applying = tsv(rig, "apply");
  await until(async () => (await daemon.info("web"))["statename"] === "STOPPING", {
    what: "the stop of the program",
  });
  process.kill(daemon.process, "SIGKILL");
  await daemon.logged(/a new one continues/);
  rig.write("go", "");
  await until(
    async () => {
      const { statename, pid } = await daemon.info("web");
      return statename === "RUNNING" && pid !== before;
    },
    { what: "the new process" },
  );
  await applying;
  assert.match((await tsv(rig, "apply", "--plan")).stdout, /Nothing to apply/);
});

e2e("a log that stays AUTO stays the same file, and another one is another", async (rig) => {
  const daemon = await rig.startWith(web());
  const logs = async (): Promise<readonly unknown[]> => {
    const { stdout_logfile: out, stderr_logfile: err } = await daemon.info("web");
    return [out, err];
  };
  const [out, err] = await logs();
  await apply(rig, web("stdout_logfile_maxbytes=5MB"));
  assert.deepEqual(await logs(), [out, err]);
  await apply(rig, web(`stderr_logfile=${rig.path("web.err")}`));
  assert.deepEqual(await logs(), [out, rig.path("web.err")]);
});

e2e(
  "a socket of a FastCGI program that changes while the daemon dies is the new one",
  async (rig) => {
    const stubborn = rig.write(
      "stubborn.sh",
      `trap 'until [ -e ${rig.path("go")} ]; do sleep 0.05; done; exit' TERM\necho up >>${rig.path("up")}\nwhile :; do sleep 0.05; done\n`,
    );
    const fcgi = (socket: string): string =>
      `[fcgi-program:f]\ncommand=sh ${stubborn}\nstartsecs=0\nautostart=false\nsocket=unix://${rig.path(socket)}\n${OTHER}`;
    const daemon = await rig.startWith(fcgi("one.sock"));
    await daemon.ask("startProcess", "f:f");
    await until(() => existsSync(rig.path("up")), { what: "the program" });
    const other = await pidOf(daemon, "other");
    rig.configure(fcgi("two.sock"));
    const first = tsv(rig, "apply");
    await until(async () => (await daemon.info("f"))["statename"] === "STOPPING", {
      what: "the stop of the program",
    });
    rig.configure(fcgi("three.sock"));
    const second = tsv(rig, "apply");
    const isPlanned = async (): Promise<boolean> =>
      (await tsv(rig, "apply", "--plan")).stdout.startsWith("Nothing to apply");
    await until(isPlanned, { what: "the second definition" });
    process.kill(daemon.process, "SIGKILL");
    await daemon.logged(/a new one continues/);
    rig.write("go", "");
    await until(async () => (await daemon.info("f"))["statename"] === "RUNNING", {
      what: "the new process",
    });
    assert.ok(existsSync(rig.path("three.sock")));
    await Promise.all([first, second]);
    assert.match((await tsv(rig, "apply", "--plan")).stdout, /^Nothing to apply/);
    assert.equal(await pidOf(daemon, "other"), other);
  },
);

e2e(
  "processes that were down fail no apply, and one of a pool is restarted with it only for a reason",
  async (rig) => {
    const listener = `[eventlistener:pool]\ncommand=sleep 1000\nevents=TICK_3600\nnumprocs=2\nprocess_name=%(process_num)d\nstartsecs=0\n`;
    const failing = (more = ""): string =>
      `[program:failing]\ncommand=sh -c 'exit 3'\nautorestart=false\nstartsecs=0\n${more}${listener}${OTHER}`;
    const daemon = await rig.startWith(failing());
    await until(async () => (await daemon.info("failing"))["statename"] === "EXITED", {
      what: "the exit",
    });
    const pid = await pidOf(daemon, "pool:0");
    assert.deepEqual(await apply(rig, failing("stopwaitsecs=3\n")), [
      "failing: change (stopwaitsecs 10 -> 3)",
    ]);
    assert.match((await tsv(rig, "apply", "--plan", "pool:0")).stdout, /^Nothing to apply/);
    assert.equal(await pidOf(daemon, "pool:0"), pid);
    for (const words of [["--plan"], ["--rollback"], ["failing"]]) {
      assert.equal((await tsv(rig, "apply", "--undo", ...words)).status, 2);
    }
    // An apply with nothing to do does not forget the one before.
    assert.match((await tsv(rig, "apply")).stdout, /^Nothing to apply/);
    assert.match((await tsv(rig, "apply", "--undo")).stdout, /failing: changed/);
  },
);
