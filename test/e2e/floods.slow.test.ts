// Programs whose output costs the daemon the most: others are restarted and answered meanwhile, in bounded memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { event } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { open } from "./rig/http.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

const MEGABYTE = 1024;
/** What the daemon may take, whatever programs write. */
const LIMIT_KB = 150 * MEGABYTE;
/** Restarts to wait for: some four seconds. */
const BEATS = 20;

/** A program that writes one pattern forever. */
function writer(rig: Rig, pattern: string): string {
  return rig.write(
    "flood.py",
    `import os\npattern = ${pattern}\nwhile True: os.write(1, pattern)\n`,
  );
}

function memoryKb(daemon: Daemon): number {
  const status = readFileSync(`/proc/${daemon.process}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

async function expectUnharmed(daemon: Daemon, t: TestContext): Promise<void> {
  const heart = await startHeartbeat(daemon, t);
  await heart.beats(BEATS);
  expectInBounds(await heart.end(), t);
  const used = memoryKb(daemon);
  t.diagnostic(`${Math.round(used / MEGABYTE)} MB at most`);
  assert.ok(used < LIMIT_KB, `${used} kB`);
  assert.deepEqual(await daemon.shutdown(8000), { status: 0, signal: null });
}

/** In a /dev of its own, where the log socket is a link to `target`. */
const withLogSocket = (rig: Rig, target: string): readonly string[] => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `mkdir -p ${rig.path("dev")} && mount -t tmpfs tmpfs ${rig.path("dev")} && cd ${rig.path("dev")} &&
for name in null zero full random urandom tty; do : > $name; mount --bind /dev/$name $name; done &&
ln -s /proc/self/fd fd && ln -s /proc/self/fd/1 stdout && ln -s /proc/self/fd/2 stderr && ln -s ${target} log &&
mount --rbind ${rig.path("dev")} /dev && cd / && exec "$@"`,
  "sh",
];

const LOG_DAEMON = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while sys.argv[2] == "reads": s.recv(65536)
sys.stdin.read()
`;

async function logDaemon(rig: Rig, t: TestContext, kind: "reads" | "never"): Promise<string> {
  const path = rig.path("log.sock");
  const child = spawn("python3", ["-c", LOG_DAEMON, path, kind]);
  t.after(() => void child.kill("SIGKILL"));
  await event(child.stdout, "data");
  return path;
}

for (const [pattern, what] of [
  ["b'\\n' * 65536", "line feeds"],
  ["b'x\\n' * 32768", "short lines"],
] as const) {
  for (const kind of ["reads", "never", "none"] as const) {
    e2e(
      `${what} for syslog delay no client or program, with a log daemon of the kind: ${kind}`,
      withoutRoot(),
      async (rig, t) => {
        const target = kind === "none" ? rig.path("nobody") : await logDaemon(rig, t, kind);
        const program = `command=python3 ${writer(rig, pattern)}\nstartsecs=0\nstderr_logfile=NONE`;
        const daemon = await rig.startWith(
          `[program:flood]\n${program}\nstdout_logfile=syslog\n[program:too]\n${program}\nstdout_syslog=true\nstdout_logfile=NONE\n`,
          { wrapper: withLogSocket(rig, target) },
        );
        await expectUnharmed(daemon, t);
      },
    );
  }
}

for (const [what, pattern] of [
  ["line feeds", "b'\\n' * 65536"],
  ["control characters in long lines", "b'\\x01' * 65536"],
] as const) {
  e2e(`${what} in a log with a format delay no client or program`, async (rig, t) => {
    const program = `command=python3 ${writer(rig, pattern)}\nprocess_name=%(process_num)d\nnumprocs=4\nstartsecs=0\nlog_format=json`;
    const log =
      "stdout_logfile=%(here)s/flood.log\nstdout_logfile_maxbytes=1MB\nstdout_logfile_backups=0";
    const daemon = await rig.startWith(`[program:flood]\n${program}\n${log}\n`);
    await expectUnharmed(daemon, t);
  });
}

const LISTENER =
  "[eventlistener:deaf]\ncommand=sleep 1000000\nevents=PROCESS_LOG,PROCESS_COMMUNICATION\nbuffer_size=100000\n";

for (const [what, pattern, more] of [
  ["bytes that are no text", "b'\\xf0' * 65536", "stdout_events_enabled=true"],
  ["bytes that are no text, as errors too", "b'\\xf0\\n' * 300", "stdout_events_enabled=true"],
  ["text of one character each", "b'\\xe2\\x82\\xac' * 20000", "stdout_events_enabled=true"],
  [
    "small captures",
    "b'<!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:END-->' * 1400",
    "stdout_capture_maxbytes=1MB",
  ],
  ["beginnings of captures", "b'<!--XSUPERVISOR:BEGIN-' * 3000", "stdout_capture_maxbytes=1MB"],
] as const) {
  e2e(
    `${what}, for an event listener that does not read, delay no client or program`,
    async (rig, t) => {
      const program = `command=python3 ${writer(rig, pattern)}\nprocess_name=%(process_num)d\nnumprocs=4\nstartsecs=0\nstdout_logfile=%(here)s/flood.log\nstderr_logfile=NONE\nstdout_logfile_maxbytes=1MB\nstdout_logfile_backups=0`;
      const daemon = await rig.startWith(`${LISTENER}\n[program:flood]\n${program}\n${more}\n`);
      await expectUnharmed(daemon, t);
    },
  );
}

e2e("terminal sequences in a log with strip_ansi delay no client or program", async (rig, t) => {
  const program = `command=python3 ${writer(rig, "b'\\x1b[0m\\x1b' * 10000")}\nprocess_name=%(process_num)d\nnumprocs=4\nstartsecs=0\nstdout_logfile=%(here)s/flood.log\nstdout_logfile_maxbytes=1MB\nstdout_logfile_backups=0`;
  const daemon = await rig.startWith(
    `[supervisord]\nstrip_ansi=true\n[program:flood]\n${program}\n`,
  );
  await expectUnharmed(daemon, t);
});

e2e("sixteen programs that flood plain logs delay no client or program", async (rig, t) => {
  const program = `command=python3 ${writer(rig, "b'x' * 65535 + b'\\n'")}\nprocess_name=%(process_num)d\nnumprocs=16\nstartsecs=0\nstdout_logfile=%(here)s/flood%(process_num)d.log\nstdout_logfile_maxbytes=1MB\nstdout_logfile_backups=0`;
  const daemon = await rig.startWith(
    `[program:flood]\n${program}\n[program:quiet]\ncommand=cat\nstartsecs=0\nstdout_logfile=%(here)s/quiet.log\n`,
  );
  await daemon.logged(/success: quiet/);
  await daemon.ask("sendProcessStdin", "quiet", "heard\n");
  await waitForText(rig.path("quiet.log"), /heard/, { timeoutMs: 5000 });
  await expectUnharmed(daemon, t);
});

e2e("clients that read no answers keep tsv status waiting, and no more", async (rig, t) => {
  const daemon = await rig.startWith(
    "[program:p]\ncommand=sleep 1\nprocess_name=p%(process_num)s\nnumprocs=150\nautostart=false\n",
  );
  const body = encodeCall("supervisor.getAllProcessInfo", []);
  const request = `POST /RPC2 HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sockets = await Promise.all(Array.from({ length: 150 }, () => open(daemon.endpoint)));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.pause().write(request.repeat(3));
  const { stdout, stderr, status } = await rig.verb("status");
  assert.equal(status, 3, stderr);
  assert.equal(stdout.match(/^p:p\d+ +STOPPED/gm)?.length, 150, stdout);
});
