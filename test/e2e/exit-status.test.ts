// The exit status of a daemon that ends with a program (exit-on), as a table: `daemon` keeps running unless a row says otherwise.

import assert from "node:assert/strict";
import { puppet } from "../rig/puppet.ts";
import { suspend } from "../rig/suspend.ts";
import { e2e, type Rig } from "./rig/rig.ts";

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
  readonly rule: string;
  /** The lines of [program:web]. */
  readonly web: string;
  readonly args?: readonly string[];
  readonly status: number;
}

const TABLE: readonly Case[] = [
  { name: "any, exit 3", rule: "any", web: "command=sh -c 'exit 3'\nautorestart=true", status: 3 },
  {
    name: "fatal, a command that does not exist",
    rule: "fatal",
    web: "command=/no/such/command\nstartretries=0",
    status: 127,
  },
  {
    name: "--exit-on over the configuration",
    rule: "fatal",
    web: "command=sh -c 'exit 3'\nstartsecs=0\nautorestart=false",
    args: ["--exit-on=any"],
    status: 3,
  },
];

/** @param rule lines of [supervisord] */
function configure(rig: Rig, rule: string, sections: string): void {
  rig.configure(`[supervisord]\n${rule}\n${sections}`);
}

for (const { name, rule, web, args = [], status } of TABLE) {
  e2e(`exit-on: ${name}`, async (rig) => {
    const program = `[program:web]\n${web}\nstdout_logfile=NONE\nstderr_logfile=NONE\n`;
    configure(rig, `exit_on=${rule}`, `${program}\n${BESIDE}`);
    const daemon = rig.launch({ args });
    const ended = await daemon.ended();
    assert.deepEqual([ended.status, ended.signal], [status, null], daemon.describe());
    await daemon.logged(/web has ended \(/);
    await daemon.logged(/stopped: beside \(/);
  });
}

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

e2e("status --check does not wait for ever for a daemon that hangs", async (rig) => {
  const daemon = await rig.startWith("[program:web]\ncommand=sleep 1000\n");
  await suspend(daemon.process);
  const conf = rig.path("d.conf");
  for (const names of [[], ["w*"]]) {
    const { status, stdout, stderr } = await rig.tsv("status", "--check", "-c", conf, ...names);
    assert.deepEqual([status, stdout], [4, ""]);
    assert.match(stderr, /^Error: the daemon accepts connections and does not answer\n/);
  }
  daemon.signal("SIGCONT");
});
