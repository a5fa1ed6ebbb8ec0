// FastCGI programs whose socket is on a file system that does not answer: neither opening nor closing it keeps anything else
// waiting, and it is made when the disk answers again.

import assert from "node:assert/strict";
import { join } from "node:path";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { FCGI_CHILD, request, withoutPython } from "./rig/fcgi.ts";
import { beatSection, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const absent = withoutPython() || withoutStallingMount();
const LATE = /'x' took longer than 5 seconds to open its socket: ETIMEDOUT/;

function startOn(rig: Rig, mount: StallingMount, autostart: boolean): Promise<Daemon> {
  return rig.startWith(
    `[fcgi-program:x]\ncommand=${FCGI_CHILD} x\nsocket=unix://${mount.path}/x.sock\nautostart=${autostart}\n` +
      `autorestart=true\nstartretries=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n${beatSection(rig.directory)}`,
  );
}

e2e(
  "a socket that cannot be opened delays nothing else, and is opened in the end (start-bounded, host-failures)",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const daemon = await startOn(rig, mount, false);
    const heart = await startHeartbeat(daemon, t);
    await mount.stall();
    void daemon.call("supervisor.startProcess", "x").catch(() => {});
    await daemon.logged(LATE, 1, 60_000);
    await heart.beats(10);
    expectInBounds(await heart.end(), t);
    assert.match(String((await daemon.info("x"))["statename"]), /^(BACKOFF|STARTING)$/);
    await mount.release();
    await daemon.logged(/success: x entered/, 1, 90_000);
    assert.match(await request({ path: join(mount.path, "x.sock") }), /^x /);
  },
);

e2e(
  "a socket that cannot be removed delays only the next one at its path",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const daemon = await startOn(rig, mount, true);
    await daemon.logged(/success: x entered/);
    const heart = await startHeartbeat(daemon, t);
    await mount.stall();
    assert.equal(await daemon.ask("stopProcess", "x"), true);
    void daemon.call("supervisor.startProcess", "x").catch(() => {});
    await daemon.logged(LATE, 1, 60_000);
    await heart.beats(10);
    expectInBounds(await heart.end(), t);
    await mount.release();
    await daemon.logged(/success: x entered/, 2, 90_000);
    assert.match(await request({ path: join(mount.path, "x.sock") }), /^x /);
  },
);
