// Daemons of every kind replaced: under a service manager, in the background, of another user, on the host's own Node.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NotifySocket } from "./rig/notify-socket.ts";
import { ROOT, withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForChange, waitForText } from "./rig/watch.ts";
import { commandLine, pidsOf, UpgradeHost } from "./upgrade/host.ts";
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

e2e(
  "a daemon in the background, found by a relative path, keeps all its files",
  absent,
  async (rig) => {
    const host = new UpgradeHost(rig);
    rig.configure(
      `[supervisord]\ndirectory=/\n${CAT}[program:auto]\ncommand=/bin/sh -c 'echo here; exec sleep 1000'\nstartsecs=0\n`,
    );
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
    rig.configure(`[supervisord]\nuser=nobody\n${CAT}`);
    chmodSync(rig.path("d.conf"), 0o600);
    const daemon = await rig.start({ implementation: host.implementation });
    await daemon.logged(/success: cat/);
    const before = await pidsOf(daemon);
    host.install();
    await host.replaced();
    assert.deepEqual(await pidsOf(daemon), before);
    const status = readFileSync(`/proc/${daemon.process}/status`, "utf8");
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
