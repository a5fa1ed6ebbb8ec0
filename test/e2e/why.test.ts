// tsv why by the built executable: programs broken in common ways, and the explanation of each.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const ONCE = "startretries=0\n";
/** For programs that end by themselves: however slow the machine is, that is too early. */
const LONG = "startsecs=1000\n";

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

/** An ELF head for a processor that neither this host nor anybody's qemu runs. */
function foreignProgram(): Uint8Array {
  const bytes = new Uint8Array(128);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true);
  view.setUint16(18, 0xfa17, true);
  return bytes;
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

e2e(
  "why explains a carriage return after #!, and its advice fixes it",
  withoutRoot(),
  async (rig) => {
    script(rig, "run", "#!/bin/sh\r\nexec sleep 1000\r\n");
    const told = await fatal(rig, "command=%(here)s/run");
    assert.match(told, /PROG-003[\s\S]*Windows line endings/);
    const [, command = ""] = /^ +(sed -i .*)$/m.exec(told) ?? [];
    assert.equal((await rig.command(["/bin/sh", "-c", command])).status, 0);
    await rig.verb("start", "web");
    assert.match(await why(rig, "web"), /^web: RUNNING since[\s\S]*It is running with pid \d+/);
  },
);

e2e("why explains a program built for another processor", async (rig) => {
  script(rig, "run", foreignProgram());
  const told = await fatal(rig, "command=%(here)s/run");
  assert.match(told, /ENOEXEC/);
  assert.match(told, /PROG-003[\s\S]*another processor[\s\S]*64-bit machine 64023; this host is/);
});

e2e("why explains a file that is not executable, and a script without #!", async (rig) => {
  rig.write("plain", "#!/bin/sh\n");
  script(rig, "bare.sh", "sleep 1000\n");
  const daemon = await rig.startWith(
    `[program:plain]\ncommand=%(here)s/plain\n${ONCE}[program:bare]\ncommand=%(here)s/bare.sh\n${ONCE}`,
  );
  await daemon.logged(/gave up/, 2);
  assert.match(await why(rig, "plain"), /PROG-002[\s\S]*is not executable[\s\S]*chmod 0755/);
  assert.match(await why(rig, "bare"), /PROG-004[\s\S]*ENOEXEC[\s\S]*Run it with sh/);
});

e2e("why explains a missing working directory", async (rig) => {
  const told = await fatal(rig, "command=sleep 1000\ndirectory=%(here)s/gone");
  assert.match(told, /PROG-005[\s\S]*couldn't chdir to .*\/gone: ENOENT/);
});

e2e("why shows the exit status, how often, and the last lines that were written", async (rig) => {
  script(rig, "run", "#!/bin/sh\nprintf 'no \\033[31mconfig\\033[0m\\a file\\n' >&2\nexit 78\n");
  const daemon = await rig.startWith(
    "[program:web]\ncommand=%(here)s/run\nstartretries=1\nstartsecs=1000\n",
  );
  await daemon.logged(/gave up: web/);
  const told = await why(rig, "web");
  assert.match(told, /failed to start 2 times in a row: it exited within\s+1000\s+seconds/);
  assert.match(
    told,
    /after [\d.]+ s: exit status 78 \(sysexits:\s+configuration\s+error\),\s+and\s+1\s+time\s+before/,
  );
  assert.match(told, /\| no config\\x07 file\n/);
  assert.match(told, /1\. Read its output before it exited\n +tsv tail .* web stderr/);
});

e2e("why explains a crash by SIGSEGV, and its core dump if there is one", async (rig) => {
  script(rig, "run", "#!/bin/sh\nulimit -c unlimited\nkill -SEGV $$\n");
  const told = await fatal(rig, `command=%(here)s/run\ndirectory=%(here)s\n${LONG}`);
  assert.match(told, /killed by\s+SIGSEGV\s+\(segmentation\s+fault\)/);
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
  if (/^[^/|]/.test(pattern)) assert.match(told, /, core dumped[\s\S]*left a core dump/);
});

e2e("why shows the time and the number of the next attempt", async (rig) => {
  const daemon = await rig.startWith(
    `[program:web]\ncommand=sh -c 'exit 1'\nstartretries=100\n${LONG}`,
  );
  await daemon.logged(/exited: web/, 3);
  const told = await why(rig, "web");
  assert.match(told, /^web: (?:BACKOFF|STARTING) since/);
  if (told.startsWith("web: BACKOFF"))
    assert.match(told, /next start +in [\d.]+ s \(attempt \d+ of 101\)/);
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

e2e("why explains a stopped program, and one that was never started", async (rig) => {
  const daemon = await rig.startWith(
    "[program:web]\ncommand=sleep 1000\nstartsecs=0\n[program:off]\ncommand=sleep 1000\nautostart=false\n",
  );
  await daemon.logged(/success: web/);
  await daemon.ask("stopProcess", "web");
  assert.match(await why(rig, "web"), /stopped on request \(by SIGTERM\)/);
  assert.match(await why(rig, "off"), /It was never started: autostart=false/);
});

e2e("why explains a program that crashes again and again", async (rig) => {
  const daemon = await rig.startWith(
    "[program:web]\ncommand=sh -c 'exit 1'\nstartsecs=0\nautorestart=true\n",
  );
  await daemon.logged(/exited: web/, 5);
  const told = await why(rig, "web");
  assert.match(told, /PROG-010/);
  assert.match(told, /restarted automatically after\s+it\s+exited\s+\(autorestart\)/);
});

e2e("why --json is one document with the same", async (rig) => {
  const daemon = await rig.startWith(`[program:web]\ncommand=sh -c 'exit 3'\n${ONCE}${LONG}`);
  await daemon.logged(/gave up: web/);
  const { stdout } = await rig.tsv("why", "--json", "-c", rig.path("d.conf"), "web");
  const [told] = JSON.parse(stdout).results;
  assert.equal(stdout.trim().split("\n").length, 1);
  assert.deepEqual(
    [told.name, told.state, told.nextStartMs, told.endedRuns],
    ["web", "FATAL", null, 1],
  );
  assert.deepEqual([told.exits[0].exitStatus, told.exits[0].ending], [3, "too-early"]);
});

e2e("why without a daemon explains from the files, with status 1", async (rig) => {
  rig.configure("[program:web]\ncommand=no-such-command\n");
  const { status, stdout } = await rig.verb("why", "web");
  assert.equal(status, 1);
  assert.match(stdout, /^web: unknown state\n {2}No daemon runs/);
  assert.match(stdout, /PROG-001[\s\S]*can't find command 'no-such-command'/);
});

e2e("why of a name that there is not offers the near one, with status 4", async (rig) => {
  await rig.startWith("[program:web]\ncommand=sleep 1000\n");
  const asked = await rig.verb("why", "wbe");
  assert.equal(asked.status, 4);
  assert.match(asked.stderr, /^Error: there is no program wbe\n {2}Did you mean: tsv why .*web\n/);
  assert.equal(asked.stdout, "");
  for (const words of [[], ["a", "b"], ["--nope", "web"]]) {
    assert.equal((await rig.tsv("why", ...words)).status, 2, words.join(" "));
  }
});

e2e("why of a daemon without programs says that there are none", async (rig) => {
  await rig.startWith("");
  const asked = await rig.verb("why", "web");
  assert.equal(asked.status, 4);
  assert.match(asked.stderr, /^Error: there is no program web; there are no programs\n/);
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
