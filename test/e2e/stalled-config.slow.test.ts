// Paths of a configuration that do not answer, and what is no file at all: reading takes no longer than its limit, tells
// what it waited for, and no other client waits for it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { beatSection, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";

/** Of a reading. */
const LIMIT_MS = 10_000;

/** The fault of a method, and how long it took. */
async function faultOf(daemon: Daemon, method: string): Promise<{ text: string; ms: number }> {
  const begun = Date.now();
  const answer = await daemon.call(`supervisor.${method}`);
  const text = answer.kind === "fault" ? answer.text : "no fault";
  return { text, ms: Date.now() - begun };
}

async function rereads(daemon: Daemon): Promise<string> {
  return JSON.stringify(await daemon.ask("reloadConfig"));
}

interface Case {
  readonly title: string;
  readonly deaf?: boolean;
  readonly method: "reloadConfig" | "restart";
  /** Makes the configuration that will not be read. */
  readonly configure: (rig: Rig, mount: StallingMount) => void;
  readonly stall: (mount: StallingMount) => Promise<void>;
  readonly doing: (mount: StallingMount) => string;
}

function rewrite(rig: Rig, text: string): void {
  rig.write("d.conf", `${text}\n${beatSection(rig.directory)}`);
}

const CASES: readonly Case[] = [
  {
    title: "an included file that is not opened",
    method: "reloadConfig",
    configure(rig, mount) {
      writeFileSync(join(mount.backing, "x.conf"), "[program:x]\ncommand=sleep 1000\n");
      rewrite(rig, `${BASE}\n[include]\nfiles=${mount.path}/*.conf`);
    },
    stall: (mount) => mount.stallBelow("x.conf", "open"),
    doing: (mount) => `reading ${mount.path}/x.conf`,
  },
  {
    title:
      "a directory of included files that is not listed, by a process that cannot even be killed",
    deaf: true,
    method: "reloadConfig",
    configure: (rig, mount) => rewrite(rig, `${BASE}\n[include]\nfiles=${mount.path}/*.conf`),
    stall: (mount) => mount.stall(),
    doing: (mount) => `looking for ${mount.path}/*.conf`,
  },
  {
    title: "the directory of a log",
    method: "reloadConfig",
    configure: (rig, mount) =>
      rewrite(
        rig,
        `${BASE}\n[program:x]\ncommand=sleep 1000\nstdout_logfile=${mount.path}/logs/x.log`,
      ),
    stall: (mount) => mount.stall(),
    doing: (mount) => `looking at ${mount.path}/logs`,
  },
  {
    title: "childlogdir",
    method: "restart",
    configure: (rig, mount) =>
      rewrite(rig, BASE.replace("childlogdir=%(here)s", `childlogdir=${mount.path}/logs`)),
    stall: (mount) => mount.stall(),
    doing: (mount) => `looking at ${mount.path}/logs`,
  },
  {
    title: "the path of a server's socket",
    method: "restart",
    configure: (rig, mount) =>
      rewrite(rig, BASE.replace("file=%(here)s/d.sock", `file=${mount.path}/d.sock`)),
    stall: (mount) => mount.stall("lookup"),
    doing: (mount) => `trying the socket ${mount.path}/d.sock`,
  },
];

for (const { title, deaf = false, method, configure, stall, doing } of CASES) {
  e2e(
    `${method} gives up on ${title} after its limit, and no other client waits (reread-limit)`,
    withoutStallingMount(),
    async (rig, t) => {
      const mount = await mountStalling({ t, deaf });
      rig.write("d.conf", `${BASE}\n${beatSection(rig.directory)}`);
      const daemon = await rig.start();
      const heart = await startHeartbeat(daemon, t);
      configure(rig, mount);
      await stall(mount);
      const [first, second] = await Promise.all([faultOf(daemon, method), faultOf(daemon, method)]);
      await heart.beats(10);
      expectInBounds(await heart.end(), t);
      const text = `CANT_REREAD: ${doing(mount)} took longer than 10 seconds`;
      assert.deepEqual([first.text, second.text], [text, text]);
      assert.ok(Math.min(first.ms, second.ms) < 3 * LIMIT_MS, `${first.ms}, ${second.ms}`);
      await mount.release();
      rewrite(rig, `${BASE}\n[program:new]\ncommand=sleep 1000`);
      assert.equal(await rereads(daemon), '[[["new"],[],[]]]');
    },
  );
}

e2e(
  "a path that is not a regular file is refused at once, wherever a configuration is read (config-plain-files)",
  false,
  async (rig) => {
    const include = `${BASE}\n[include]\nfiles=conf.d/*.conf`;
    rig.write("conf.d/good.conf", "[program:x]\ncommand=sleep 1000\n");
    rig.write("d.conf", include);
    const daemon = await rig.start();
    const path = rig.path("conf.d/bad.conf");
    const make: readonly (readonly [string, () => void])[] = [
      ["a named pipe", () => assert.equal(spawnSync("mkfifo", [path]).status, 0)],
      ["a device", () => symlinkSync("/dev/zero", path)],
    ];
    for (const [kind, create] of make) {
      create();
      const why = `included file "${path}" cannot be read: it is ${kind}, not a plain file`;
      assert.equal((await faultOf(daemon, "reloadConfig")).text, `CANT_REREAD: ${why}`);
      assert.equal((await faultOf(daemon, "restart")).text, `CANT_REREAD: ${why}`);
      for (const words of [
        ["check", daemon.config],
        ["doctor", "--config", daemon.config],
        ["why", "x", "-c", daemon.config],
      ]) {
        const outcome = await rig.tsv(...words);
        assert.doesNotMatch(outcome.stderr, /unexpectedly/, words.join(" "));
        assert.match(outcome.stdout + outcome.stderr, /named pipe|device|x\b/, words.join(" "));
      }
      rmSync(path);
    }
    assert.equal(await rereads(daemon), "[[[],[],[]]]");
    // The main file itself.
    rmSync(daemon.config);
    assert.equal(spawnSync("mkfifo", [daemon.config]).status, 0);
    const main = `could not read config file ${daemon.config}: it is a named pipe, not a plain file`;
    assert.equal((await faultOf(daemon, "reloadConfig")).text, `CANT_REREAD: ${main}`);
    assert.match((await rig.tsv("check", daemon.config)).stdout, /it is a named pipe/);
  },
);
