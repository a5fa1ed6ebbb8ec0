// Daemons of every kind replaced: under a service manager, in the background, of another user, on the host's own Node, with
// programs that start and exit all the time, with clients that follow a log or wait for a program.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEAF } from "../rig/puppet.ts";
import { NotifySocket } from "./rig/notify-socket.ts";
import { ROOT, TSV, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { textOf, waitForChange, waitForText } from "./rig/watch.ts";
import { assertCounts, commandLine, pidsOf, UpgradeHost } from "./upgrade/host.ts";
import { next, putInPlace, withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext();
const withoutPython = existsSync("/usr/bin/python3") ? false : "python3 is not installed";

const CAT = "[program:cat]\ncommand=/bin/cat\nstartsecs=0\n";

e2e(
  "the service manager is notified that the same process is up, and its watchdog is served",
  absent || withoutPython,
  async (rig) => {
    const path = rig.path("notify");
    const socket = await NotifySocket.open(path);
    try {
      const host = new UpgradeHost(rig);
      const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "1000000", TSV_SERVICE: "tsv" };
      const daemon = await host.start(CAT, { env });
      await socket.heard(/^READY=1$/);
      for (const _ of [1, 2]) {
        const before = socket.told.length;
        host.install();
        await host.replaced();
        const ready = await socket.heard(/^READY=1$/, before);
        assert.equal(ready.pid, daemon.pid);
        await socket.heard(/^STATUS=1 program running$/, before);
        await socket.heard(/^WATCHDOG=1$/, socket.told.length);
      }
      const all = socket.told.flatMap(({ lines }) => lines);
      assert.ok(!all.includes("STOPPING=1"), "nothing was stopped");
      // A program of the daemon after has the environment that one of the daemon before had.
      await daemon.ask("stopProcess", "cat");
      await daemon.ask("startProcess", "cat");
      const { pid } = await daemon.info("cat");
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      assert.ok(environment.includes("TSV_SERVICE=tsv"));
      const strange = environment.filter((each) => /^(NOTIFY|WATCHDOG|TSV_SNAPSHOT)/.test(each));
      assert.deepEqual(strange, []);
    } finally {
      socket.close();
    }
  },
);

e2e("a followed log resumes at its place", absent || withoutTerminal(), async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(`
[program:counter]
command=/bin/sh -c 'i=0; while read -r line; do i=$((i+1)); echo $i; done'
stdout_logfile=%(here)s/counter.log
startsecs=0
`);
  await daemon.logged(/success: counter/);
  const argv = [TSV, "tail", "-f", "-c", rig.path("d.conf"), "counter"];
  const typist = new Typist(["/bin/sh", "-c", `exec ${argv.join(" ")} 2>&1 >out`], {
    ...{ cwd: rig.directory, mark: rig.mark, columns: 200 },
  });
  const count = async (to: number): Promise<void> => {
    await daemon.ask("sendProcessStdin", "counter", "\n");
    const look = () => textOf(rig.path("out")).includes(`\n${to}\n`) || undefined;
    await waitForChange(rig.directory, look, String(to));
  };
  await waitForText(rig.path("out"), /Press Ctrl-C/);
  // Longer than what a server sends first, so that nothing can be mistaken.
  // The first line says that it is heard.
  await count(1);
  for (let n = 2; n <= 400; n += 1) await daemon.ask("sendProcessStdin", "counter", "\n");
  await count(401);
  host.install();
  await host.replaced();
  await typist.shows(/^==> Connected again <==$/);
  await count(402);
  typist.type("\u0003");
  assert.equal(await typist.ended(), 0);
  const lines = textOf(rig.path("out")).split("\n").slice(1, 403);
  assert.equal(assertCounts(`${lines.join("\n")}\n`, "what was shown"), 402);
});

e2e(
  "a waiting command is answered that the daemon is being upgraded, and the program continues",
  absent,
  async (rig) => {
    const host = new UpgradeHost(rig);
    const daemon = await host.start(`
[program:slow]
command=${DEAF}
stopwaitsecs=1000
killasgroup=true
stdout_logfile=%(here)s/slow.log
`);
    await waitForText(rig.path("slow.log"), /up/);
    const stopped = daemon.call("supervisor.stopProcess", "slow");
    await daemon.logged(/waiting for slow to stop/);
    host.install();
    await host.replaced();
    const answer = await stopped;
    assert.ok(answer.kind === "fault");
    assert.match(answer.text, /^FAILED: the daemon is being upgraded/);
    const { statename, pid } = await daemon.info("slow");
    assert.equal(statename, "STOPPING");
    process.kill(Number(pid), "SIGKILL");
    await daemon.logged(/stopped: slow \(terminated by SIGKILL\)/);
  },
);

e2e("programs that die all the time are heard of by one of the two", absent, async (rig) => {
  const host = new UpgradeHost(rig);
  host.takeTurns();
  const names = Array.from({ length: 10 }, (_, n) => `brief${n}`);
  const section = (name: string): string =>
    `[program:${name}]\ncommand=/bin/sleep 0.03\nautorestart=true\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n`;
  const daemon = await host.start(names.map(section).join("\n"));
  await daemon.logged(/exited: brief9/);
  for (let n = 0; n < 5; n += 1) {
    host.turn();
    await host.replaced();
  }
  const before = (textOf(daemon.log).match(/exited: brief/g) ?? []).length;
  await daemon.logged(/exited: brief/, before + 50);
  const log = textOf(daemon.log);
  for (const name of names) {
    const spawned = (log.match(new RegExp(`spawned: '${name}' `, "g")) ?? []).length;
    const exited = (log.match(new RegExp(`exited: ${name} `, "g")) ?? []).length;
    assert.ok(spawned - exited >= 0 && spawned - exited <= 1, `${name}: ${spawned}, ${exited}`);
  }
  assert.ok(!/reaped unknown pid/.test(log), "nobody was a stranger");
  await daemon.shutdown();
});

e2e(
  "a daemon in the background, found by a relative path, keeps all its files",
  absent,
  async (rig) => {
    const host = new UpgradeHost(rig);
    rig.configure(
      `${CAT}\n[program:auto]\ncommand=/bin/sh -c 'echo here; exec sleep 1000'\nstartsecs=0\n`,
    );
    const config = readFileSync(rig.path("d.conf"), "utf8");
    rig.write("d.conf", config.replace("[supervisord]", "[supervisord]\ndirectory=/"));
    const started = await rig.command([rig.path("supervisord"), "-c", "d.conf"]);
    assert.equal(started.status, 0, started.stderr);
    await waitForText(rig.path("d.log"), /success: auto/);
    const pid = Number(textOf(rig.path("d.pid")));
    const logs = (): readonly string[] =>
      readdirSync(rig.directory).filter((name) => name.startsWith("auto-stdout"));
    const isMade = (): true | undefined => logs().length > 0 || undefined;
    await waitForChange(rig.directory, isMade, "the log of auto");
    const before = logs();
    const [log = ""] = before;
    await waitForText(rig.path(log), /here/);
    host.install();
    await host.replaced();
    assert.deepEqual(logs(), before);
    assert.equal(Number(textOf(rig.path("d.pid"))), pid);
    const reread = await rig.command([rig.path("supervisorctl"), "-c", "d.conf", "reread"]);
    assert.equal(reread.stdout, "No config updates to processes\n");
    // Everything that only a start can do works in the process that was taken over, too.
    rig.write(
      "d.conf",
      `${textOf(rig.path("d.conf"))}\n[program:new]\ncommand=/bin/cat\nstartsecs=0\n`,
    );
    const updated = await rig.command([rig.path("supervisorctl"), "-c", "d.conf", "update"]);
    assert.match(updated.stdout, /new: added process group/);
    await waitForText(rig.path("d.log"), /success: new/);
    await rig.command([rig.path("supervisorctl"), "-c", "d.conf", "reload"]);
    await waitForText(rig.path("d.log"), /success: new/, { times: 2 });
    process.kill(pid, "SIGTERM");
    await waitForChange(
      rig.directory,
      () => !existsSync(rig.path("d.pid")) || undefined,
      "the end",
    );
  },
);

e2e(
  "a daemon that has become another user is replaced as that user",
  absent || withoutRoot(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    const nobody = 65534;
    chownSync(rig.directory, nobody, nobody);
    chmodSync(rig.directory, 0o755);
    rig.configure(CAT);
    const config = readFileSync(rig.path("d.conf"), "utf8");
    rig.write("d.conf", config.replace("[supervisord]", "[supervisord]\nuser=nobody"));
    chmodSync(rig.path("d.conf"), 0o600);
    const daemon = await rig.start({ implementation: host.implementation });
    await daemon.logged(/success: cat/);
    const before = await pidsOf(daemon);
    host.install();
    await host.replaced();
    assert.deepEqual(await pidsOf(daemon), before);
    const status = readFileSync(`/proc/${daemon.pid}/status`, "utf8");
    assert.match(status, /^Uid:\s+65534\s+65534\s+65534/m);
    await daemon.shutdown();
  },
);

/** tsv on the host's own Node. */
function withoutHosted(): string | false {
  if (absent !== false) return absent;
  const script = join(ROOT, "packaging/standalone/build.mjs");
  const built = spawnSync(process.execPath, [script, "--hosted", "--out", HOSTED]);
  return built.status === 0 ? false : "tsv cannot be built for the host's own Node here";
}

const HOSTED = join(ROOT, "build/upgrade/hosted");

e2e(
  "tsv on the host's own Node is upgraded, and continues after a successor that fails",
  withoutHosted(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    host.install(readFileSync(HOSTED));
    const daemon = await host.start(CAT);
    await daemon.logged(/success: cat/);
    const before = await pidsOf(daemon);
    const words = commandLine(daemon.pid).replace(/\0+$/, "");
    const text = readFileSync(HOSTED);
    const at = text.indexOf(" was upgraded from ");
    assert.ok(at > 0);
    text.write("$" + "{null.taken.over}   ", at, "latin1");
    host.install(text);
    const broken = await host.upgrade();
    assert.match(
      broken.stderr,
      /the daemon continues: .*could not continue from the\s+snapshot: TypeError/,
    );
    host.install(readFileSync(HOSTED));
    await host.replaced();
    assert.equal(commandLine(daemon.pid).replace(/\0+$/, ""), words);
    // And to the flavour that carries its runtime.
    putInPlace(rig.path("tsv"), next());
    await host.replaced();
    assert.deepEqual(await pidsOf(daemon), before);
    await daemon.shutdown();
  },
);
