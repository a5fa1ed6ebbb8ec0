// A reload with a configuration that reads well but cannot be started: refused before anything stops, and if that could
// not be seen, the daemon continues with the configuration it had.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { event } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const UP = `[program:up]
command=sh -c 'echo "up $$"; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/up.out
`;

async function startUp(rig: Rig): Promise<Daemon> {
  const daemon = await rig.startWith(UP);
  await waitForText(rig.path("up.out"), /^up \d+$/m);
  return daemon;
}

/** A port on which another process listens until the test ends. */
async function takenPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await event(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

interface Case {
  readonly title: string;
  /** Makes the reason. @returns the new configuration */
  readonly obstruct: (rig: Rig, port: number) => string;
  readonly why: RegExp;
}

const CASES: readonly Case[] = [
  {
    title: "a broken program",
    obstruct: () => `${BASE}\n${UP}numprocs=two\n`,
    why: /'two'/,
  },
  {
    title: "a port that somebody else listens on",
    obstruct: (_rig, port) => `${BASE}\n${UP}\n[inet_http_server]\nport=127.0.0.1:${port}\n`,
    why: /\[inet_http_server\]: Another program is already listening[^\n]*\n[^\n]*process \d+[^\n]* is already listening on [^\n]*127\.0\.0\.1:\d+/,
  },
  {
    title: "a socket in a directory that does not exist",
    obstruct: () => `${BASE.replace("%(here)s/d.sock", "%(here)s/none/d.sock")}\n${UP}`,
    why: /The directory \S+none does not exist/,
  },
  {
    title: "a file in the place of a socket",
    obstruct(rig) {
      rig.write("file", "mine\n");
      return `${BASE}\n${UP}\n[unix_http_server:two]\nfile=%(here)s/file\n`;
    },
    why: /\[unix_http_server:two\]: [\s\S]*file is a plain file/,
  },
  {
    title: "a directory in the place of the activity log",
    obstruct(rig) {
      mkdirSync(rig.path("dir.log"));
      return `${BASE.replace("d.log", "dir.log")}\n${UP}`;
    },
    why: /the activity log \S+dir\.log cannot be written: EISDIR/,
  },
  {
    title: "a program of a user who does not exist",
    obstruct: () => `${BASE}\n${UP}user=no-such-user\n`,
    why: /Invalid user name no-such-user in section 'program:up'/,
  },
];

for (const { title, obstruct, why } of CASES) {
  e2e(`reload-checks-first: a reload with ${title} changes nothing and says why`, async (rig) => {
    const { server, port } = await takenPort();
    try {
      const daemon = await startUp(rig);
      const before = await daemon.info("up");
      writeFileSync(daemon.config, obstruct(rig, port));
      daemon.signal("SIGHUP");
      await daemon.logged(new RegExp(`CRIT not restarting, [\\s\\S]*?${why.source}`));
      const reload = await rig.command([
        TSV_BY_NAME.path("supervisorctl"),
        "-s",
        `unix://${rig.path("d.sock")}`,
        "reload",
      ]);
      assert.match(reload.stdout.replaceAll("\\n", "\n"), why);
      assert.equal(reload.status, 1);
      const after = await daemon.info("up");
      assert.deepEqual([after["pid"], after["statename"]], [before["pid"], "RUNNING"]);
      assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /stopped: up/);
    } finally {
      server.close();
    }
  });
}

e2e(
  "reload-falls-back: after an unforeseen error the daemon continues with its previous configuration",
  async (rig) => {
    const daemon = await startUp(rig);
    const before = await daemon.info("up");
    // A name with an empty part is refused without asking anybody, but only when it is looked up.
    rig.configure(`${UP}\n[inet_http_server]\nport=no..name:9001\n`);
    daemon.signal("SIGHUP");
    await daemon.logged(
      /CRIT the daemon cannot restart with the new configuration and continues with the previous one: [\s\S]*no\.\.name/,
    );
    await daemon.logged(/supervisord started with pid/, 2);
    await daemon.logged(/success: up/, 2);
    const after = await daemon.info("up");
    assert.notEqual(after["pid"], before["pid"]);
    assert.equal(after["statename"], "RUNNING");
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e("a reload takes over its own addresses, and one that is free again", async (rig) => {
  const port = await rig.findPort();
  const inet = (host: string): string => `[inet_http_server]\nport=${host}:${port}\n`;
  const daemon = await rig.startWith(inet("127.0.0.1"));
  rig.configure(inet("*"));
  daemon.signal("SIGHUP");
  await daemon.logged(/supervisord started with pid/, 2);
  assert.equal(await daemon.ask("getPID"), daemon.pid);
  rig.configure(inet("127.0.0.1"));
  daemon.signal("SIGHUP");
  await daemon.logged(/supervisord started with pid/, 3);
  assert.equal(await daemon.ask("getPID"), daemon.pid);
});

e2e(
  "reload-start-only: a reload moves the pid file, and names what it cannot change",
  async (rig) => {
    const daemon = await startUp(rig);
    const moved = BASE.replace("d.pid", "new.pid").replace(
      "[supervisord]",
      "[supervisord]\numask=077\nminfds=1025",
    );
    rig.write("d.conf", `${moved}\n${UP}`);
    daemon.signal("SIGHUP");
    await daemon.logged(
      /WARN changed, but applied only after a restart of the daemon: umask, minfds/,
    );
    await daemon.logged(/supervisord started with pid/, 2);
    assert.equal(readFileSync(rig.path("new.pid"), "utf8"), `${daemon.pid}\n`);
    assert.ok(!existsSync(rig.path("d.pid")));
    rig.write("passwd", "root:x:0\n");
    rig.write("d.conf", `${moved.replace("new.pid", "passwd")}\n${UP}`);
    daemon.signal("SIGHUP");
    await daemon.logged(
      /CRIT cannot use the pid file \S+passwd: .*something other than a pid.*; it is still \S+new\.pid/,
    );
    await daemon.shutdown();
    assert.ok(!existsSync(rig.path("new.pid")));
    assert.equal(readFileSync(rig.path("passwd"), "utf8"), "root:x:0\n");
  },
);

e2e("a reload with an include that matches nothing continues, with a warning", async (rig) => {
  rig.write("more/a.conf", "[program:more]\ncommand=sleep 1000\nstartsecs=0\n");
  const include = "[include]\nfiles=more/*.conf\n";
  const daemon = await rig.startWith(`${UP}\n${include}`);
  await daemon.logged(/success: more/);
  await daemon.logged(/success: up/);
  rmSync(rig.path("more"), { recursive: true });
  daemon.signal("SIGHUP");
  await daemon.logged(/supervisord started with pid/, 2);
  await daemon.logged(/WARN No file matches via include/);
  await daemon.logged(/success: up/, 2);
});
