// The exit status of a daemon that ends with a program (exit-on), as a table: `daemon` keeps running unless a row says otherwise.

import assert from "node:assert/strict";
import { puppet } from "../rig/puppet.ts";
import type { Daemon } from "./rig/daemon.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

/** A program that stays up, and says when it was stopped. */
const BESIDE = `[program:beside]
command=${puppet("on:TERM", "print:stopped", "exit:0", "start", "print:up")}
startsecs=0
priority=1
stdout_logfile=%(here)s/beside.out
stderr_logfile=NONE
`;

interface Case {
  readonly name: string;
  /** Of [supervisord]. */
  readonly rule?: string;
  /** The lines of [program:web]. */
  readonly web: string;
  /** Further sections. */
  readonly more?: string;
  readonly args?: readonly string[];
  readonly status: number;
}

const ONCE = "startsecs=0\nautorestart=false";

const TABLE: readonly Case[] = [
  { name: "any, exit 0", rule: "any", web: `command=sh -c 'exit 0'\n${ONCE}`, status: 0 },
  { name: "any, exit 1", rule: "any", web: `command=sh -c 'exit 1'\n${ONCE}`, status: 1 },
  { name: "any, exit 3", rule: "any", web: "command=sh -c 'exit 3'\nautorestart=true", status: 3 },
  { name: "exit, exit 3", rule: "exit", web: `command=sh -c 'exit 3'\n${ONCE}`, status: 3 },
  { name: "exit, SIGKILL", rule: "exit", web: `command=sh -c 'kill -9 $$'\n${ONCE}`, status: 137 },
  { name: "any, SIGSEGV", rule: "any", web: `command=sh -c 'kill -11 $$'\n${ONCE}`, status: 139 },
  {
    name: "fatal, a command that does not exist",
    rule: "fatal",
    web: "command=/no/such/command\nstartretries=0",
    status: 127,
  },
  {
    name: "fatal, too many failed starts",
    rule: "fatal",
    web: "command=sh -c 'exit 5'\nstartretries=1",
    status: 5,
  },
  {
    name: "fatal, exited too early with 0",
    rule: "fatal",
    web: "command=true\nstartsecs=600\nstartretries=0",
    status: 1,
  },
  {
    name: "essential, without autorestart",
    web: "command=sh -c 'exit 3'\nstartsecs=0\nessential=true",
    status: 3,
  },
  {
    name: "essential, with autorestart: it ends when it is given up",
    web: "command=sh -c 'exit 4'\nstartretries=1\nautorestart=true\nessential=true",
    status: 4,
  },
  {
    name: "essential, beside a program that the rule is about",
    rule: "fatal",
    web: "command=sh -c 'exit 6'\nstartsecs=0\nessential=true",
    more: "[program:worse]\ncommand=/no/such/command\n",
    status: 6,
  },
  {
    name: "--exit-on",
    web: `command=sh -c 'exit 3'\n${ONCE}`,
    args: ["--exit-on", "exit"],
    status: 3,
  },
  {
    name: "--exit-on over the configuration",
    rule: "fatal",
    web: `command=sh -c 'exit 3'\n${ONCE}`,
    args: ["--exit-on=any"],
    status: 3,
  },
];

/** @param rule lines of [supervisord] */
function configure(rig: Rig, rule: string, sections: string): void {
  rig.write("d.conf", `${BASE.replace("[supervisord]", `[supervisord]\n${rule}`)}\n${sections}`);
}

for (const { name, rule, web, more = "", args = [], status } of TABLE) {
  e2e(`exit-on: ${name}`, async (rig) => {
    const program = `[program:web]\n${web}\nstdout_logfile=NONE\nstderr_logfile=NONE\n`;
    configure(rig, rule === undefined ? "" : `exit_on=${rule}`, `${program}\n${more}\n${BESIDE}`);
    const daemon = rig.launch({ args });
    const ended = await daemon.ended();
    assert.deepEqual([ended.status, ended.signal], [status, null], daemon.describe());
    await daemon.logged(/web has ended \(/);
    await daemon.logged(/stopped: beside \(/);
  });
}

/** Waits until a file exists, then exits with a status. */
const until = (file: string, status: number): string =>
  `sh -c 'echo up; while [ ! -e %(here)s/${file} ]; do sleep 0.05; done; exit ${status}'`;

const WAITING = (name: string, status: number, options = "", file = "go"): string =>
  `[program:${name}]\ncommand=${until(file, status)}\nstartsecs=0\nautorestart=false
stdout_logfile=%(here)s/${name}.out\n${options}\n`;

const isUp = (rig: Rig, name: string) => waitForText(rig.path(`${name}.out`), /up/);

e2e("exit-on: all ends with the highest status, once nothing runs", async (rig) => {
  const last = WAITING("c", 1, "", "last");
  configure(rig, "exit_on=all", WAITING("a", 3) + WAITING("b", 0) + last);
  const daemon = await rig.start();
  await Promise.all(["a", "b", "c"].map((name) => isUp(rig, name)));
  rig.write("go", "");
  await daemon.logged(/exited: a /);
  await daemon.logged(/exited: b /);
  rig.write("last", "");
  assert.equal((await daemon.ended()).status, 3);
});

/** A program that has no answer to SIGTERM. @param until a condition of the shell */
const deaf = (name: string, until: string, options = ""): string => `[program:${name}]
command=sh -c 'trap "" TERM; echo up; while ${until}; do sleep 0.05; done'
startsecs=0
stopwaitsecs=3600
stdout_logfile=%(here)s/${name}.out
${options}
`;

/** Program web has ended the daemon with status 3, which waits for another one until the file `end` is there. */
async function ending(rig: Rig): Promise<Daemon> {
  const stubborn = deaf("stubborn", "[ ! -e %(here)s/end ]");
  configure(rig, "exit_on=exit", WAITING("web", 3) + stubborn);
  const daemon = await rig.start();
  await Promise.all([isUp(rig, "web"), isUp(rig, "stubborn")]);
  rig.write("go", "");
  await daemon.logged(/waiting for stubborn to die/);
  return daemon;
}

e2e("exit-on: an upgrade meanwhile is refused with the reason", async (rig) => {
  const daemon = await ending(rig);
  const upgraded = await rig.tsv("upgrade", "-c", rig.path("d.conf"));
  assert.notEqual(upgraded.status, 0);
  assert.match(upgraded.stderr + upgraded.stdout, /the daemon is shutting down/);
  rig.write("end", "");
  assert.equal((await daemon.ended()).status, 3);
});

e2e("--grace: the status of an essential program survives a kill of the others", async (rig) => {
  configure(rig, "", WAITING("web", 3, "essential=true") + deaf("deaf", ":"));
  const daemon = await rig.start({ args: ["--grace", "1"] });
  await Promise.all([isUp(rig, "web"), isUp(rig, "deaf")]);
  rig.write("go", "");
  assert.equal((await daemon.ended()).status, 3);
  await daemon.logged(/stopped: deaf \(terminated by SIGKILL\)/);
});

e2e("exit-on survives an upgrade in place", async (rig) => {
  configure(rig, "exit_on=exit", WAITING("web", 7));
  const daemon = await rig.start();
  await isUp(rig, "web");
  const upgraded = await rig.tsv("upgrade", "-c", rig.path("d.conf"));
  assert.equal(upgraded.status, 0, upgraded.stderr + upgraded.stdout);
  rig.write("go", "");
  assert.equal((await daemon.ended()).status, 7);
});

e2e("status --check says in a line and by its status whether all is well", async (rig) => {
  const web = `[program:web]
command=sh -c 'echo up; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/web.out
[program:manual]
command=sleep 1000
autostart=false
`;
  configure(rig, "", web);
  const check = (...names: string[]) =>
    rig.tsv("status", "--check", "-c", rig.path("d.conf"), ...names);
  const absent = await check();
  assert.ok((absent.status ?? 0) >= 2, String(absent.status));
  rig.write("private.conf", "[supervisorctl]\nserverurl=http://127.0.0.1:1\n");
  assert.equal((await rig.tsv("status", "--check", "-c", rig.path("private.conf"))).status, 4);
  const daemon = await rig.start();
  await daemon.logged(/success: web/);
  const fine = await check();
  assert.deepEqual([fine.status, fine.stdout], [0, "ok: 1 of 2 programs running\n"]);
  const named = await check("web", "manual");
  assert.deepEqual([named.status, named.stdout], [1, "manual is STOPPED\n"]);
  const unknown = await check("nothing");
  assert.equal(unknown.status, 4);
  await daemon.ask("stopProcess", "web");
  assert.equal((await check()).status, 0, "it was stopped on purpose");
  assert.equal((await check("web")).status, 1);
});

e2e("status --check waits a short time for a daemon that hangs", async (rig) => {
  const daemon = await rig.startWith("[program:web]\ncommand=sleep 1000\n");
  daemon.signal("SIGSTOP");
  const conf = rig.path("d.conf");
  for (const names of [[], ["w*"]]) {
    const begun = performance.now();
    const { status, stdout, stderr } = await rig.tsv("status", "--check", "-c", conf, ...names);
    const seconds = (performance.now() - begun) / 1000;
    assert.deepEqual([status, stdout], [4, ""]);
    assert.match(stderr, /^Error: the daemon accepts connections and does not answer\n/);
    assert.ok(seconds < 5, `${seconds} s`);
  }
  daemon.signal("SIGCONT");
});
