// Sockets and modules on a file system that stops answering: the daemon continues without them, and exits in time.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { beatSection, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { BASE, e2e } from "./rig/rig.ts";

e2e(
  "a socket whose path does not answer any more holds up neither SIGUSR2 nor the end",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const second = `[unix_http_server:two]\nfile=${mount.path}/two.sock\n`;
    rig.write("d.conf", `${BASE}\n${second}\n${beatSection(rig.directory)}`);
    const daemon = await rig.start();
    const heart = await startHeartbeat(daemon, t);
    // All but closing: a process that ends closes its lock, and the kernel waits for that, until SIGKILL.
    await mount.stall("lookup", "getattr", "open", "unlink");
    for (let n = 0; n < 5; n += 1) daemon.signal("SIGUSR2");
    await daemon.logged(/two\.sock does not answer, so it was not checked/);
    await heart.beats(5);
    expectInBounds(await heart.end(), t);
    const begun = Date.now();
    assert.equal((await daemon.shutdown()).status, 0);
    assert.ok(Date.now() - begun < 10_000, "the end was held up");
  },
);

e2e(
  "a module whose path does not answer is left out, and the daemon starts over without it",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    writeFileSync(join(mount.backing, "x.cjs"), "exports.make = () => ({ methods: {} });\n");
    const section = `[rpcinterface:x]\nsupervisor.rpcinterface_factory=${mount.path}/x.cjs:make\n`;
    rig.write("d.conf", `${BASE}\n${section}\n[program:up]\ncommand=sleep 1000\n`);
    const daemon = await rig.start();
    await daemon.logged(/spawned: 'up'/);
    await mount.stall();
    daemon.signal("SIGHUP");
    await daemon.logged(/x\.cjs: its file system does not answer/, 1, 60_000);
    await daemon.logged(/spawned: 'up'/, 2, 60_000);
    assert.equal((await daemon.shutdown()).status, 0);
  },
);

e2e(
  "an upgrade to an executable whose path does not answer is refused, and holds up nothing",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    writeFileSync(join(mount.backing, "tsv"), "#!/bin/sh\n", { mode: 0o755 });
    rig.write("d.conf", `${BASE}\n${beatSection(rig.directory)}`);
    const daemon = await rig.start();
    const heart = await startHeartbeat(daemon, t);
    await mount.stall();
    const asked = daemon.call("tsv.checkUpgrade", `${mount.path}/tsv`);
    await heart.beats(5);
    assert.match(JSON.stringify(await asked), /its file system does not answer/);
    expectInBounds(await heart.end(), t);
    assert.equal((await daemon.shutdown()).status, 0);
  },
);
