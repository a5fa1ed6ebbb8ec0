// After a stop no descendant of a program lives, in the kill_mode that says so (kill-mode).

import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename } from "node:path";
import { readProc } from "../../src/host/procfs.ts";
import { until } from "../rig/wait.ts";
import { inCgroup, withoutCgroup } from "./rig/cgroup.ts";
import type { Daemon } from "./rig/daemon.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

/** What is executed by this path is a process of a test, and no other is. */
function tool(rig: Rig): string {
  const path = rig.path("kid");
  symlinkSync("/bin/sleep", path);
  return path;
}

/** The command line of a process; empty for one that has exited. */
function commandOf(pid: number): string {
  return readProc(`${pid}/cmdline`);
}

function pidsOf(text: string): readonly number[] {
  const pids = readdirSync("/proc").map(Number);
  return pids.filter((pid) => pid > 0 && commandOf(pid).includes(text));
}

/** The sleeping times of the processes that are executed by the path, sorted. */
function alive(kid: string): readonly string[] {
  return pidsOf(kid)
    .flatMap((pid) => {
      const [file, time = ""] = commandOf(pid).split("\0");
      return file === kid ? [time] : [];
    })
    .sort();
}

/** Its children are in its group, in sessions of their own, orphans, without environment; and chains of shells. */
function family(kid: string): string {
  return `${kid} 1001 &
sh -c "sh -c '${kid} 1002; true'; true" &
setsid sh -c "${kid} 1003 & setsid ${kid} 1004 & exit" &
setsid sh -c "exec env -i ${kid} 1005" &
exec ${kid} 1000
`;
}

const ALL = ["1000", "1001", "1002", "1003", "1004", "1005"];

function section(name: string, script: string, options: string): string {
  return `[program:${name}]\ncommand=/bin/sh ${script}\nstartsecs=0\n${options}\n`;
}

async function untilAlive(kid: string, wanted: readonly string[]): Promise<void> {
  const isSo = (): boolean => alive(kid).join() === wanted.join();
  await until(isSo, {
    what: `${basename(kid)} ${wanted.join()} to live, not ${alive(kid).join()}`,
  });
}

async function stopped(rig: Rig, daemon: Daemon, name = "web"): Promise<string> {
  const { stdout, stderr, status } = await rig.verb("stop", name);
  assert.equal(status, 0);
  assert.equal((await daemon.info(name))["statename"], "STOPPED");
  return stdout + stderr;
}

for (const [options, left] of [
  ["", ["1001", "1002", "1003", "1004", "1005"]],
  ["kill_mode=process", ["1001", "1002", "1003", "1004", "1005"]],
  ["kill_mode=group", ["1003", "1004", "1005"]],
  ["kill_mode=tree", []],
  ["kill_mode=cgroup", []],
] as const) {
  e2e(`a stop leaves ${left.join() || "nothing"} with "${options}"`, async (rig) => {
    const kid = tool(rig);
    const script = rig.write("family.sh", family(kid));
    const daemon = await rig.startWith(section("web", script, options));
    await untilAlive(kid, ALL);
    const said = await stopped(rig, daemon);
    assert.equal(/3 processes that it left were ended/.test(said), left.length === 0, said);
    await untilAlive(kid, left);
    if (left.length > 0) {
      for (const pid of pidsOf(kid)) process.kill(pid, "SIGKILL");
      return;
    }
    await daemon.logged(/INFO web: 3 processes that it left were ended/);
    const { stdout } = await rig.verb("why", "web", "--json");
    assert.match(stdout, /"leftEnded":3,"leftRunning":0/);
  });
}

e2e("what a program leaves that exits by itself is ended before it starts again", async (rig) => {
  const kid = tool(rig);
  const script = rig.write("leaves.sh", `setsid ${kid} 1000 & echo run >>${rig.path("runs")}\n`);
  const daemon = await rig.startWith(section("web", script, "kill_mode=tree\nautorestart=true"));
  await daemon.logged(/web: 1 process that it left was ended/, 3);
  await stopped(rig, daemon);
  assert.deepEqual(alive(kid), []);
});

e2e("processes that are executing another program are found", async (rig) => {
  // Most of the time, it has no environment: execve(2) gives it one last.
  const again = rig.write("again.sh", `exec /bin/sh "$0"\n`);
  const script = rig.write("leaves.sh", `setsid sh ${again} &\n`);
  const many = "kill_mode=tree\nautorestart=false\nnumprocs=25\nprocess_name=%(process_num)d";
  const daemon = await rig.startWith(section("web", script, many));
  await daemon.logged(/: 1 process that it left was ended/, 25);
  assert.deepEqual(pidsOf(again), []);
});

e2e("the rest of the group may finish after the stop signal until stopwaitsecs", async (rig) => {
  const done = rig.path("done");
  const worker = `trap 'sleep 1; echo done >${done}; exit' TERM; echo up >${rig.path("up")}; while :; do sleep 0.1; done`;
  const script = rig.write("finish.sh", `sh ${rig.write("worker.sh", worker)} & wait`);
  const daemon = await rig.startWith(section("web", script, "kill_mode=tree"));
  await until(() => readdirSync(rig.path(".")).includes("up"), { what: "the trap" });
  await stopped(rig, daemon);
  assert.equal(readFileSync(done, "utf8"), "done\n");
});

/** Chains in which each process starts the next one and exits, and a crowd in sessions of its own. */
const STORM = `import os, sys, time
def chain():
    while True:
        if os.fork(): os._exit(0)
        time.sleep(0.002)
for _ in range(5):
    if os.fork() == 0: chain()
for _ in range(150):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        os.execv(sys.argv[1], [sys.argv[1], "1000"])
os.execv(sys.argv[1], [sys.argv[1], "999"])
`;

e2e("a storm of forks is over after a stop", async (rig) => {
  const kid = tool(rig);
  const script = rig.write("storm.py", STORM);
  const command = `[program:web]\ncommand=python3 ${script} ${kid}\nstartsecs=0\nkill_mode=tree\n`;
  const daemon = await rig.startWith(command);
  await until(() => alive(kid).length === 151, { what: "the crowd" });
  await stopped(rig, daemon);
  assert.deepEqual(alive(kid), []);
  assert.deepEqual(pidsOf(script), []);
});

e2e("a shutdown ends what all programs have left", async (rig) => {
  const kid = tool(rig);
  const script = rig.write("family.sh", family(kid));
  const programs = ["a", "b", "c"].map((name) => section(name, script, "kill_mode=tree"));
  const daemon = await rig.startWith(programs.join(""));
  await until(() => alive(kid).length === 3 * ALL.length, { what: "all families" });
  await daemon.shutdown();
  assert.deepEqual(alive(kid), []);
});

e2e(
  "a daemon that dies while a program finishes its stop leaves that to the next one",
  async (rig) => {
    const kid = tool(rig);
    const deaf = `trap '' TERM; echo up >${rig.path("up")}; while :; do ${kid} 0.1; done`;
    const body = `setsid ${kid} 1000 & sh ${rig.write("deaf.sh", deaf)} & wait`;
    const script = rig.write("main.sh", body);
    const options = "kill_mode=tree\nstopwaitsecs=3";
    const daemon = await rig.startWith(section("web", script, options));
    await until(() => readdirSync(rig.path(".")).includes("up"), { what: "the trap" });
    await daemon.ask("stopProcess", "web", false);
    // The main process has ended at once, and its group waits for the limit of the stop.
    await until(async () => (await daemon.info("web"))["pid"] === 0, { what: "the main process" });
    process.kill(daemon.process, "SIGKILL");
    await daemon.logged(/the daemon was killed by SIGKILL/);
    await daemon.logged(/stopped: web/);
    await daemon.logged(/web: \d processes that it left were ended/);
    await until(() => alive(kid).length === 0, { what: "the end of all" });
  },
);

e2e(
  "in its cgroup, a program is killed as a whole, however it forks",
  withoutCgroup(),
  async (rig, t) => {
    const kid = tool(rig);
    // Each process of these chains has a session of its own: only the kernel is faster.
    const script = rig.write(
      "storm.py",
      STORM.replace("        time.", "        os.setsid(); time."),
    );
    const command = `[program:web]\ncommand=python3 ${script} ${kid}\nstartsecs=0\nkill_mode=cgroup\n`;
    rig.configure(command);
    const daemon = await rig.start({ wrapper: inCgroup(t) });
    await until(() => alive(kid).length === 151, { what: "the crowd" });
    await stopped(rig, daemon);
    assert.deepEqual(alive(kid), []);
    assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /kill_mode=cgroup acts as/);
  },
);

e2e(
  "daemons in one cgroup do not end each other's programs of the same name",
  withoutCgroup(),
  async (rig, t) => {
    const kid = tool(rig);
    const wrapper = inCgroup(t);
    const program = (seconds: number) =>
      `[program:web]\ncommand=${kid} ${seconds}\nstartsecs=0\nkill_mode=cgroup\n`;
    const daemon = await rig.startWith(program(1000), { wrapper });
    const other = BASE.replaceAll("/d.", "/other.") + program(1001);
    const config = rig.write("other.conf", other);
    rig.launch({ wrapper, config });
    await untilAlive(kid, ["1000", "1001"]);
    await stopped(rig, daemon);
    assert.deepEqual(alive(kid), ["1001"]);
    assert.equal((await rig.tsv("shutdown", "-c", config)).status, 0);
    await untilAlive(kid, []);
  },
);

const FIRST = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const IN_CGROUP = "command=/bin/cat /proc/self/cgroup\nstartsecs=0\nautorestart=false\n";
const SHOW = `[program:web]\n${IN_CGROUP}stdout_logfile=%(here)s/out\nkill_mode=cgroup\n`;

for (const [name, order, place] of [
  ["the first process of a container uses its cgroup", "inside", /^0::.*\/program-web:web\.1$/m],
  ["it uses none that has processes of others", "outside", /^0::.*\/tsv-e2e-[-\d]+$/m],
] as const) {
  e2e(name, withoutCgroup(), async (rig, t) => {
    const enter = inCgroup(t, false);
    // The parent of the first process is in the cgroup too, or not.
    const wrapper = order === "inside" ? [...FIRST, ...enter] : [...enter, ...FIRST];
    await rig.startWith(SHOW, { wrapper });
    await waitForText(rig.path("out"), place);
  });
}
