// Limits of open files: whose they are, and that raising them comes before giving up root's rights.

import assert from "node:assert/strict";
import { chownSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { event } from "../rig/wait.ts";
import { open } from "./rig/http.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { AS_NOBODY, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const NOBODY = 65534;

function configure(rig: Rig, options: string): void {
  rig.configure(`[supervisord]
${options}
[program:up]
command=sh -c 'ulimit -Sn; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/up.out
`);
}

/** Bit 24 of the effective capabilities, without which not even root raises a hard limit (capabilities(7)). */
function withoutSysResource(): string | false {
  const status = readFileSync("/proc/self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return (effective >> 24n) % 2n === 1n ? false : "needs CAP_SYS_RESOURCE: it raises a hard limit";
}

e2e(
  "limits-before-rights: minfds above the hard limit and a user go together",
  withoutRoot() || withoutSysResource(),
  async (rig) => {
    configure(rig, "minfds=2048\nuser=nobody");
    chownSync(rig.directory, NOBODY, NOBODY);
    const daemon = await rig.start({ wrapper: ["prlimit", "--nofile=1024:1024"] });
    await daemon.logged(/Set uid to user 65534 succeeded/);
    await daemon.logged(/Increased RLIMIT_NOFILE limit to 2048/);
    await waitForText(rig.path("up.out"), /^2048$/m);
  },
);

e2e(
  "limits-before-rights: of a limit and a user that are both refused, the limit is met first",
  withoutRoot(),
  async (rig) => {
    configure(rig, "minfds=99999999\nuser=root");
    const command = [...AS_NOBODY, TSV_BY_NAME.path("supervisord"), "-n", "-c", rig.path("d.conf")];
    const refused = await rig.command(command);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^Error: The minimum number of file descriptors required/);
    configure(rig, "user=root");
    const next = await rig.command(command);
    assert.match(next.stderr, /^Error: Can't drop privilege as nonroot user/);
  },
);

for (const [minfds, expected] of [
  [100, 333],
  [444, 444],
] as const) {
  e2e(
    `file-limit: started with 333 and minfds=${minfds}, programs get ${expected}`,
    async (rig) => {
      configure(rig, `minfds=${minfds}`);
      // The shell stays, as the one who started tsv.
      await rig.start({ wrapper: ["sh", "-c", 'ulimit -Sn 333; "$@"; exit $?', "sh"] });
      const [soft] = await waitForText(rig.path("up.out"), /^\d+$/m);
      assert.equal(soft, String(expected));
    },
  );
}

async function followUp(rig: Rig, name: string): Promise<Socket> {
  const socket = await open({ socketPath: rig.path("d.sock") });
  socket.write(`GET /logtail/${name} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

e2e("programs that do not run take no connections from readers of logs", async (rig) => {
  rig.configure(`[supervisord]
minfds=250
[program:up]
command=sleep 1000
startsecs=0
[program:down]
command=sleep 1000
process_name=down_%(process_num)s
numprocs=100
autostart=false
`);
  const daemon = await rig.start({ wrapper: ["prlimit", "--nofile=250:250"] });
  await daemon.logged(/success: up/);
  const held: Socket[] = [];
  const closed = new Set<Socket>();
  for (let i = 0; i < 60; i++) {
    const socket = await followUp(rig, "up");
    socket.on("close", () => closed.add(socket));
    await event(socket, "data");
    held.push(socket);
  }
  assert.equal(closed.size, 0);
  for (const socket of held) socket.destroy();
});

/** Connections of clients that hold them and do nothing more. */
const HOLDERS = {
  "unused connections": (_: Rig, port: number) => open({ host: "127.0.0.1", port }),
  "followers of logs": (rig: Rig) => followUp(rig, "up:up_0"),
};

for (const [what, hold] of Object.entries(HOLDERS)) {
  for (const [processes, files] of [
    [1, 256],
    [40, 350],
    // Programs leave next to nothing.
    [40, 300],
  ] as const) {
    e2e(
      `${what} leave descriptors for ${processes} programs and other clients, of ${files}`,
      async (rig) => {
        const port = await rig.findPort();
        rig.configure(`[supervisord]
minfds=200
[inet_http_server]
port=127.0.0.1:${port}
username=u
password=p
[program:up]
command=sleep 1000
process_name=up_%(process_num)s
numprocs=${processes}
startsecs=0
`);
        const daemon = await rig.start({ wrapper: ["prlimit", `--nofile=${files}:${files}`] });
        await daemon.logged(/success: up_/, processes);
        const held: Socket[] = [];
        for (let i = 0; i < 300; i++) held.push(await hold(rig, port));
        const last = `up:up_${processes - 1}`;
        const before = await daemon.info(last);
        process.kill(Number(before["pid"]), "SIGKILL");
        await daemon.logged(/success: up_/, processes + 1);
        assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /too many open files/);
        assert.equal((await daemon.info(last))["statename"], "RUNNING");
        for (const socket of held) socket.destroy();
      },
    );
  }
}
