// tsv why by the built executable: programs broken in common ways, and the explanation of each.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const ONCE = "startretries=0\n";

async function why(rig: Rig, name: string): Promise<string> {
  const { status, stdout, stderr } = await rig.verb("why", name);
  assert.equal(status, 0, stderr);
  return stdout;
}

function script(rig: Rig, name: string, text: string | Uint8Array): void {
  chmodSync(rig.write(name, text), 0o755);
}

/** Starts one program that is FATAL at once, and explains it. */
async function fatal(rig: Rig, lines: string): Promise<string> {
  const daemon = await rig.startWith(`[program:web]\n${lines}\n${ONCE}`);
  await daemon.logged(/gave up: web/);
  return await why(rig, "web");
}

e2e("why names the interpreter that a script asks for and that is missing", async (rig) => {
  script(rig, "run", "#!/opt/no-such/ruby\nputs 1\n");
  const told = await fatal(rig, "command=%(here)s/run");
  assert.match(told, /^web: FATAL since \d{4}-/);
  assert.match(told, /failed to start once: couldn't exec .*\/run: ENOENT/);
  assert.match(told, /PROG-003[\s\S]*first line of .*\/run is #!\/opt\/no-such\/ruby/);
  assert.match(told, /What to do:\n {2}1\. Install \/opt\/no-such\/ruby/);
  assert.match(told, /2\. Then start it\n +tsv start -c \S+d\.conf web\n/);
});

e2e("why distinguishes a SIGKILL of the daemon from others", async (rig) => {
  const daemon = await rig.startWith(
    "[program:web]\ncommand=sleep 1000\nstartsecs=0\nautorestart=false\n",
  );
  await daemon.logged(/success: web/);
  process.kill(Number((await daemon.info("web"))["pid"]), "SIGKILL");
  await daemon.logged(/exited: web/);
  assert.match(await why(rig, "web"), /killed by +(?:the daemon did not send|most likely)/);
  await daemon.ask("startProcess", "web");
  await daemon.ask("signalProcess", "web", "KILL");
  await daemon.logged(/exited: web/, 2);
  const told = await why(rig, "web");
  assert.match(told, /killed by SIGKILL[\s\S]*, after\s+the\s+daemon\s+sent\s+SIGKILL/);
  assert.doesNotMatch(told, /^ {2}killed by/m);
});

e2e("why without a daemon explains from the files, with status 1", async (rig) => {
  rig.configure("[program:web]\ncommand=no-such-command\n");
  const { status, stdout } = await rig.verb("why", "web");
  assert.equal(status, 1);
  assert.match(stdout, /^web: unknown state\n {2}No daemon runs/);
  assert.match(stdout, /PROG-001[\s\S]*can't find command 'no-such-command'/);
});

const V1 = "/sys/fs/cgroup/memory";
const V2 = "/sys/fs/cgroup";

/** The reason to skip, or false: a control group with a limit of memory must be made. */
function withoutMemoryGroups(): string | false {
  if (existsSync(`${V1}/memory.limit_in_bytes`)) return false;
  const controllers = `${V2}/cgroup.subtree_control`;
  const isThere = existsSync(controllers) && readFileSync(controllers, "utf8").includes("memory");
  return isThere ? false : "no control group of memory can be made here";
}

e2e(
  "why explains a program that the kernel killed because memory ran out",
  withoutRoot() || withoutMemoryGroups(),
  async (rig) => {
    const isOld = existsSync(`${V1}/memory.limit_in_bytes`);
    const group = `${isOld ? V1 : V2}/tsv-why-${rig.mark}`;
    mkdirSync(group);
    try {
      writeFileSync(`${group}/${isOld ? "memory.limit_in_bytes" : "memory.max"}`, "300M");
      // An endless line: tail keeps it in memory.
      rig.configure("[program:web]\ncommand=tail /dev/zero\nstartsecs=0\nautorestart=false\n");
      const join = `echo $$ > ${group}/cgroup.procs && exec "$@"`;
      const daemon = await rig.start({ wrapper: ["/bin/sh", "-c", join, "sh"] });
      await daemon.logged(/exited: web/);
      const told = await why(rig, "web");
      assert.match(told, /killed by SIGKILL/);
      assert.match(
        told,
        /killed by +(?:the kernel|most likely the kernel) killed it because memory was\s+short/,
      );
      assert.match(told, /Give the program more memory/);
      daemon.signal("SIGTERM");
      await daemon.ended();
    } finally {
      rmdirSync(group);
    }
  },
);

e2e("why names the line that says why a Node program failed, above its stack", async (rig) => {
  rig.write("app.js", "require('express-nope')\n");
  const told = await fatal(rig, `command=${process.execPath} %(here)s/app.js\nstartsecs=60`);
  assert.match(told, /\| Error: Cannot find module 'express-nope'/);
  assert.match(told, /meaning +Node\.js cannot find the package express-nope/);
  assert.match(told, /What to do:[\s\S]*npm install/);
});

e2e("why explains a shell whose command is missing, and ls without its file", async (rig) => {
  const daemon = await rig.startWith(
    [
      `[program:sh]\ncommand=sh -c 'nosuchcmd --x'\n${ONCE}`,
      `[program:ls]\ncommand=ls /etc/app.yml\n${ONCE}`,
    ].join("\n"),
  );
  await daemon.logged(/gave up: sh/);
  await daemon.logged(/gave up: ls/);
  assert.match(await why(rig, "sh"), /meaning +the command nosuchcmd is in no directory of PATH/);
  const told = await why(rig, "ls");
  assert.match(told, /meaning +\/etc\/app\.yml does not exist/);
  assert.doesNotMatch(told, /usage error/);
});
