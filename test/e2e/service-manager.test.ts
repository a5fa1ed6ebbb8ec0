// The daemon under a service manager: its notifications to systemd and s6, and variables that programs do not get.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { NotifySocket, type Told } from "./rig/notify-socket.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";

const PROGRAMS = `[program:up]
command=sh -c 'env; cat /proc/self/oom_score_adj; echo end; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/up.out

[program:never]
command=sh -c 'exit 3'
startretries=0
startsecs=1000
`;

const absent = existsSync("/usr/bin/python3") ? false : "python3 is not installed";

async function withSocket(
  path: string,
  body: (socket: NotifySocket) => Promise<void>,
): Promise<void> {
  const socket = await NotifySocket.open(path);
  try {
    await body(socket);
  } finally {
    socket.close();
  }
}

/** Only CAP_SYS_RESOURCE may lower the score (proc(5)); root in a container may lack it. */
function withoutLowering(): string | false {
  const tried = spawnSync("/bin/sh", ["-c", "echo -300 >/proc/self/oom_score_adj"]);
  return tried.status === 0 ? false : "the out-of-memory score may not be lowered here";
}

function linesOf(told: readonly Told[]): readonly string[] {
  return told.flatMap(({ lines }) => lines);
}

for (const kind of ["a path", "an abstract name"] as const) {
  e2e(
    `notify: start, states, reload and end are reported to the service manager, by ${kind}`,
    absent,
    async (rig) => {
      const path = kind === "a path" ? rig.path("notify") : `@tsv-e2e-${rig.mark}`;
      await withSocket(path, async (socket) => {
        const daemon = await rig.startWith(PROGRAMS, { env: { NOTIFY_SOCKET: path } });
        const ready = await socket.heard(/^READY=1$/);
        assert.equal(ready.pid, daemon.pid);
        assert.match(ready.lines[1] ?? "", /^STATUS=/);
        await socket.heard(/^STATUS=1 program running, 1 failed: never$/);

        const before = socket.told.length;
        const earliest = process.hrtime.bigint();
        daemon.signal("SIGHUP");
        const reload = await socket.heard(/^RELOADING=1$/, before);
        const micros = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(reload.lines[1] ?? "")?.[1] ?? 0);
        const [from, to] = [earliest / 1000n, process.hrtime.bigint() / 1000n];
        // A daemon may know milliseconds only.
        const isNow = micros >= from - 1000n && micros <= to + 1000n;
        assert.ok(isNow, `${micros} is a moment of CLOCK_MONOTONIC, from ${from} to ${to}`);
        await socket.heard(/^READY=1$/, before);

        await daemon.shutdown();
        const stopping = await socket.heard(/^STOPPING=1$/);
        assert.equal(stopping.lines[1], "EXTEND_TIMEOUT_USEC=20000000");
        const all = linesOf(socket.told);
        assert.equal(all.filter((line) => line === "READY=1").length, 2);
        assert.ok(!all.some((line) => line.startsWith("WATCHDOG")), "nobody asked for it");
      });
    },
  );
}

e2e("notify: a watchdog of another process is not ours", absent, async (rig) => {
  const path = rig.path("notify");
  await withSocket(path, async (socket) => {
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "100000", WATCHDOG_PID: "1" };
    const daemon = await rig.startWith(PROGRAMS, { env });
    await socket.heard(/1 failed: never$/);
    await daemon.shutdown();
    assert.ok(!linesOf(socket.told).includes("WATCHDOG=1"));
  });
});

e2e("notify: the reason of a failed start is reported", absent, async (rig) => {
  const path = rig.path("notify");
  await withSocket(path, async (socket) => {
    rig.configure("[program:x]\ncommand=x\nnumprocs=two\n");
    const command = [TSV_BY_NAME.path("supervisord"), "-n", "-c", rig.path("d.conf")];
    const refused = await rig.command(command, { env: { NOTIFY_SOCKET: path } });
    assert.equal(refused.status, 2);
    const told = await socket.heard(/^STATUS=did not start: .*'two'/);
    assert.deepEqual(told.lines.slice(1), ["ERRNO=22", "EXIT_STATUS=2"]);
  });
});

e2e("notify: a daemon that goes into the background is named by its pid", absent, async (rig) => {
  const path = rig.path("notify");
  await withSocket(path, async (socket) => {
    rig.configure(PROGRAMS);
    const command = [TSV_BY_NAME.path("supervisord"), "-c", rig.path("d.conf")];
    const started = await rig.command(command, { env: { NOTIFY_SOCKET: path } });
    assert.equal(started.status, 0, started.stderr);
    const told = await socket.heard(/^READY=1$/);
    assert.equal(told.lines[0], `MAINPID=${readFileSync(rig.path("d.pid"), "utf8").trim()}`);
    await rig.ctl(TSV_BY_NAME, "shutdown");
  });
});

e2e(
  "notify-environment: programs do not get the service manager's variables",
  absent,
  async (rig) => {
    const path = rig.path("notify");
    await withSocket(path, async () => {
      const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "9000000", WATCHDOG_PID: "", OTHER: "1" };
      await rig.startWith(PROGRAMS, { env });
      await waitForText(rig.path("up.out"), /^end$/m);
      const text = textOf(rig.path("up.out"));
      assert.match(text, /^OTHER=1$/m);
      assert.doesNotMatch(text, /NOTIFY|WATCHDOG/);
    });
  },
);

e2e("notify: a newline on a descriptor says that the daemon is up", async (rig) => {
  rig.configure(`${PROGRAMS}\n[program:fds]
command=sh -c 'ls /proc/self/fd | wc -l'
startsecs=0
autorestart=false
stdout_logfile=%(here)s/fds.out
`);
  // read ends at the newline, or in vain when nobody holds the pipe any more.
  const script = `{ TSV_NOTIFY_FD=7 "$0" daemon -n -s -c "$1" 7>&1 >/dev/null 2>"$2" & } | read -r line && echo up`;
  const words = [TSV, rig.path("d.conf"), rig.path("d.err")];
  const up = await rig.command(["/bin/sh", "-c", script, ...words]);
  assert.equal(up.stdout, "up\n", textOf(rig.path("d.err")));
  assert.equal((await rig.ctl(TSV_BY_NAME, "status", "up")).status, 0);
  await waitForText(rig.path("up.out"), /^end$/m);
  assert.doesNotMatch(textOf(rig.path("up.out")), /TSV_NOTIFY_FD/);
  await rig.ctl(TSV_BY_NAME, "shutdown");

  rig.configure("[program:x]\ncommand=x\nnumprocs=two\n");
  const down = await rig.command(["/bin/sh", "-c", script, ...words]);
  assert.notEqual(down.status, 0);
  assert.match(textOf(rig.path("d.err")), /d\.conf:\d+: \[program:x\] numprocs: 'two'/);
});

e2e("notify: a descriptor that is none is a line in the log", async (rig) => {
  const daemon = await rig.startWith(PROGRAMS, { env: { TSV_NOTIFY_FD: "99" } });
  await daemon.logged(/cannot notify the service manager: .*TSV_NOTIFY_FD=99 is not open/);
});

e2e(
  "oom-score: programs get the ordinary score where the daemon's is lowered",
  withoutLowering(),
  async (rig) => {
    const lowered = ["/bin/sh", "-c", 'echo -300 >/proc/self/oom_score_adj; exec "$@"', "sh"];
    const daemon = await rig.startWith(PROGRAMS, { wrapper: lowered });
    assert.equal(readFileSync(`/proc/${daemon.pid}/oom_score_adj`, "utf8"), "-300\n");
    await waitForText(rig.path("up.out"), /^0\nend$/m);
  },
);
