// Hooks of programs: commands before and after starts and stops, with real processes. (hook-options)

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { gone } from "../rig/gone.ts";
import { puppet } from "../rig/puppet.ts";
import { until } from "../rig/wait.ts";
import { Deaths } from "./deaths/deaths.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";

function program(name: string, lines: string, command = "sleep 1000"): string {
  return `[program:${name}]\ncommand=${command}\nstartsecs=0\n${lines}\n`;
}

/** A script that says what it was told. */
function teller(rig: Rig): string {
  return rig.write(
    "tell.sh",
    'echo "$TSV_HOOK $TSV_GROUP:$TSV_PROCESS $TSV_EXIT_STATUS$TSV_EXIT_SIGNAL $TSV_REASON $A $PWD $(id -un)"\n',
  );
}

const text = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** Waits until a file has a text. */
async function contains(path: string, part: string): Promise<string> {
  await until(() => text(path).includes(part), { what: `${part} in ${path}` });
  return text(path);
}

const stateOf = async (daemon: Daemon, name: string): Promise<unknown> =>
  (await daemon.info(name))["statename"];

e2e("each hook runs as the program, and its output is in the log of the program", async (rig) => {
  const user = process.getuid?.() === 0 ? "nobody" : "";
  const as = user === "" ? "" : `user=${user}\n`;
  const out = rig.path("web.log");
  const tell = `sh ${teller(rig)}`;
  const daemon = await rig.startWith(
    program(
      "web",
      `${as}directory=/\nenvironment=A=b\nautostart=false\nstdout_logfile=${out}\npre_start=${tell}\npost_start=${tell}\npre_stop=${tell}\npost_stop=${tell}`,
    ),
  );
  assert.equal((await rig.verb("start", "web")).status, 0);
  const who = user === "" ? process.env["USER"] : user;
  await contains(out, `post_start web:web  request b / ${who}\n`);
  assert.equal((await rig.verb("stop", "web")).status, 0);
  assert.equal(
    text(out),
    [
      `pre_start web:web  request b / ${who}`,
      `post_start web:web  request b / ${who}`,
      `pre_stop web:web  stop b / ${who}`,
      `post_stop web:web SIGTERM stopped b / ${who}`,
      "",
    ].join("\n"),
  );
  assert.equal(await stateOf(daemon, "web"), "STOPPED");
});

e2e("a pre_start that fails is a failed start, and on_fatal is told why", async (rig) => {
  const out = rig.path("web.log");
  const daemon = await rig.startWith(
    program(
      "web",
      `startretries=0\nstdout_logfile=${out}\npre_start=sh -c 'echo no database >&2; exit 3'\non_fatal=sh -c 'echo "$TSV_HOOK: $TSV_REASON"'`,
    ),
  );
  await daemon.logged(/gave up: web entered FATAL/);
  const { spawnerr } = await daemon.info("web");
  assert.equal(spawnerr, "pre_start failed: exit status 3: no database");
  await contains(out, `on_fatal: ${spawnerr}`);
  assert.match(text(out), /^no database\n/);
});

e2e("a hook that does not end is killed, and holds up no other program", async (rig) => {
  const pidFile = rig.path("pid");
  const hang = `sh -c 'echo $$ >${pidFile}; exec sleep 1000'`;
  const daemon = await rig.startWith(
    program("hung", `pre_start=${hang}\nhook_timeout=2s\nstartretries=0`) +
      program("web", "post_start=sleep 1000"),
  );
  await daemon.logged(/success: web entered/);
  const { pid } = await daemon.info("web");
  await daemon.logged(/spawnerr: pre_start failed: no exit within 2s; hook_timeout= allows more/);
  if (existsSync(pidFile)) await gone(Number(text(pidFile)));
  assert.equal(await stateOf(daemon, "hung"), "FATAL");
  assert.equal((await daemon.info("web"))["pid"], pid);
});

e2e("stop_command stops a program, which gets no signal", async (rig) => {
  const out = rig.path("web.log");
  const server = puppet("ignore:TERM", "print:up");
  const daemon = await rig.startWith(
    program(
      "web",
      `ready_check=log:up\nstdout_logfile=${out}\nstop_command=sh -c 'echo asked; kill -KILL $TSV_PID; echo done'`,
      server,
    ),
  );
  await daemon.logged(/success: web entered/);
  assert.equal((await rig.verb("stop", "web")).status, 0);
  assert.equal(text(out), "up\nasked\ndone\n");
  await daemon.logged(/stopped: web \(terminated by SIGKILL\)/);
});

e2e("a stop_command that fails leaves the stop to the signal", async (rig) => {
  const daemon = await rig.startWith(program("web", "stop_command=sh -c 'exit 2'"));
  await daemon.logged(/success: web entered/);
  assert.equal((await rig.verb("stop", "web")).status, 0);
  await daemon.logged(/WARN stop_command of web failed: exit status 2/);
  await daemon.logged(/stopped: web \(terminated by SIGTERM\)/);
});

e2e("the next start waits for post_stop", async (rig) => {
  const order = rig.path("order");
  const go = rig.path("go");
  const daemon = await rig.startWith(
    program(
      "web",
      `pre_start=sh -c 'echo start >>${order}'\npost_stop=sh -c 'until test -e ${go}; do sleep 0.05; done; echo clean >>${order}'`,
    ),
  );
  await daemon.logged(/success: web entered/);
  const { pid } = await daemon.info("web");
  process.kill(Number(pid), "SIGKILL");
  await daemon.logged(/exited: web \(terminated by SIGKILL; not expected\)/);
  const started = rig.verb("start", "web");
  await daemon.logged(/start of web is waiting for its post_stop/);
  assert.equal(text(order), "start\n");
  rig.write("go", "");
  assert.equal((await started).status, 0);
  assert.equal(text(order), "start\nclean\nstart\n");
});

e2e("a shutdown waits for hooks, and ends them with its time", async (rig) => {
  const done = rig.path("done");
  const daemon = await rig.startWith(
    program("web", `post_stop=sh -c 'sleep 0.2; echo clean >${done}'`),
  );
  await daemon.logged(/success: web entered/);
  assert.equal((await daemon.shutdown()).status, 0);
  assert.equal(text(done), "clean\n");
});

e2e("a daemon continues with the hook of one that has died", async (rig) => {
  const count = rig.path("count");
  const go = rig.path("go");
  const daemon = await rig.startWith(
    program(
      "web",
      `post_stop=sh -c 'echo begun >>${count}; until test -e ${go}; do sleep 0.05; done; echo over >>${count}'`,
    ),
  );
  await daemon.logged(/success: web entered/);
  const stopped = rig.verb("stop", "web");
  await contains(count, "begun\n");
  const deaths = new Deaths(daemon);
  deaths.kill();
  await deaths.answers();
  await contains(count, "begun\nbegun\n");
  rig.write("go", "");
  await contains(count, "over\n");
  await stopped;
  assert.equal(text(count), "begun\nbegun\nover\n");
});

e2e("hooks of a hundred programs do not hold up another one", async (rig) => {
  const slow = (n: number): string => program(`slow${n}`, "pre_start=sleep 1000");
  const many = Array.from({ length: 100 }, (_, n) => slow(n));
  const daemon = await rig.startWith(many.join("") + program("web", "pre_start=true"));
  await daemon.logged(/success: web entered/);
  assert.equal(await stateOf(daemon, "slow99"), "STARTING");
});

e2e("a check reports hooks whose command is missing, and a limit without a hook", async (rig) => {
  const path = rig.configure(
    `${program("web", "post_stop=/nowhere/clean")}${program("b", "hook_timeout=1s")}`,
  );
  const { stdout } = await rig.tsv("check", "-c", path);
  assert.match(stdout, /post_stop: \/nowhere\/clean does not exist/);
  assert.match(stdout, /hook_timeout has no effect without a hook/);
});
