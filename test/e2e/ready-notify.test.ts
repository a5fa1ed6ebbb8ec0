// ready_check=notify: programs speak the protocol of sd_notify with tsv. Only their own processes are believed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { ROOT } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const SYSTEMD_NOTIFY = "/usr/bin/systemd-notify";
const WEB = "[program:web]\ncommand=/bin/sleep 1000\ndepends_on=app:ready\n";

/** Sends the messages that are files in its directory, in order, and then sleeps. An empty file is still to be written. */
const SENDER = `import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
address = os.environ['NOTIFY_SOCKET']
open('socket', 'w').write(address)
for name in sys.argv[1:]:
    while not os.path.exists(name) or os.path.getsize(name) == 0: time.sleep(0.02)
    s.sendto(open(name, 'rb').read(), address)
    open(name + '.sent', 'w')
time.sleep(1000)
`;

function program(messages: readonly string[], ...options: readonly string[]): string {
  const command = `command=/usr/bin/python3 sender.py ${messages.join(" ")}`;
  const lines = ["directory=%(here)s", "ready_check=notify", ...options];
  return `[program:app]\n${command}\n${lines.join("\n")}\n${WEB}`;
}

/** Sends a message as a process that is no program's. */
const OTHER_USER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode(), sys.argv[1])`;

e2e("READY=1 makes a program ready, its status is shown (ready-notify)", async (rig) => {
  rig.write("sender.py", SENDER);
  rig.write("one", "STATUS=loading 3 of 7\nEXTEND_TIMEOUT_USEC=60000000");
  const daemon = await rig.startWith(program(["one", "two"], "ready_timeout=20s"));
  while (!existsSync(rig.path("one.sent"))) await daemon.ask("getState");
  for (;;) {
    const { description } = await daemon.info("app");
    if (description === "not ready yet, loading 3 of 7") break;
    assert.match(String(description), /^not ready yet/);
  }
  const why = await rig.tsv("why", "-c", rig.path("d.conf"), "app");
  assert.match(why.stdout.replaceAll(/\s+/g, " "), /notify: no READY=1 yet .* loading 3 of 7/);
  rig.write("two", "READY=1\nSTATUS=serving\nSTOPPING=1");
  await daemon.logged(/success: web entered/);
  assert.match(
    String((await daemon.info("app"))["description"]),
    /^pid \d+, uptime [\d:]+, serving$/,
  );
  const path = textOf(rig.path("socket"));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await daemon.ask("stopProcess", "app");
  assert.equal(existsSync(path), false, "the socket goes with the program");
});

e2e("the example of the page is ready", async (rig) => {
  const page = readFileSync(`${ROOT}/docs/dependencies.md`, "utf8");
  const [, example = ""] =
    /```ini\n(\[program:app\][^`]*ready_check=notify[^`]*)```/.exec(page) ?? [];
  rig.write("sender.py", SENDER);
  rig.write("one", "READY=1");
  const text = example
    .replace(/^command=.*app$/m, "command=/usr/bin/python3 sender.py one\ndirectory=%(here)s")
    .replace(/^command=\/srv.*/gm, "command=/bin/sleep 1000");
  const daemon = await rig.startWith(text);
  await daemon.logged(/success: app entered/);
});

e2e(
  "systemd-notify works, from a child of the program",
  existsSync(SYSTEMD_NOTIFY) ? false : "systemd-notify is not installed",
  async (rig) => {
    const script = `${SYSTEMD_NOTIFY} --ready --status=up; exec sleep 1000`;
    const daemon = await rig.startWith(
      `[program:app]\ncommand=/bin/sh -c '${script}'\nready_check=notify\n${WEB}`,
    );
    await daemon.logged(/success: web entered/);
    assert.match(String((await daemon.info("app"))["description"]), /, up$/);
  },
);

e2e(
  "messages of other processes are dropped, and a flood of them disturbs nothing",
  async (rig) => {
    rig.write("sender.py", SENDER);
    const daemon = await rig.startWith(
      program(["one"]) +
        "[program:other]\ncommand=/bin/sh -c 'echo $NOTIFY_SOCKET. >%(here)s/other; exec sleep 1000'\n",
      { args: ["-e", "debug"] },
    );
    while (textOf(rig.path("socket")) === "" || textOf(rig.path("other")) === "")
      await daemon.ask("getState");
    assert.equal(textOf(rig.path("other")), ".\n", "no other program gets the socket");
    for (let i = 0; i < 5; i += 1) {
      execFileSync("/usr/bin/python3", ["-c", OTHER_USER, textOf(rig.path("socket")), "READY=1"]);
    }
    await daemon.logged(/a notify message for app is ignored/);
    assert.equal((await daemon.info("app"))["statename"], "STARTING");
    rig.write("one", "READY=1");
    await daemon.logged(/success: web entered/);
  },
);

const needsRoot = process.getuid?.() === 0 ? false : "needs root";

e2e("as root, the socket is its user's alone", needsRoot, async (rig) => {
  execFileSync("chmod", ["0777", rig.directory]);
  rig.write("sender.py", SENDER);
  rig.write("one", "READY=1");
  const daemon = await rig.startWith(program(["one"], "user=nobody"));
  await daemon.logged(/success: web entered/);
  const { uid, mode } = statSync(textOf(rig.path("socket")));
  assert.deepEqual([uid === 0, mode & 0o777], [false, 0o600]);
});

e2e("an upgrade keeps the socket and what was said", withoutNext(), async (rig) => {
  rig.write("sender.py", SENDER);
  rig.write("one", "STATUS=loading");
  const host = new UpgradeHost(rig);
  const daemon = await host.start(program(["one", "two"]));
  while ((await daemon.info("app"))["description"] !== "not ready yet, loading") {
    await daemon.ask("getState");
  }
  host.install();
  await host.replaced();
  assert.equal((await daemon.info("app"))["description"], "not ready yet, loading");
  rig.write("two", "READY=1");
  await daemon.logged(/success: web entered/);
  await daemon.ask("stopProcess", "app");
  assert.equal(existsSync(textOf(rig.path("socket"))), false);
});

e2e(
  "health_check=notify: a program that sends no WATCHDOG=1 any more is restarted",
  async (rig) => {
    const script = `import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
open('interval', 'w').write(os.environ['WATCHDOG_USEC'])
while True:
    if not os.path.exists('hang'): s.sendto(b'WATCHDOG=1', os.environ['NOTIFY_SOCKET'])
    time.sleep(0.05)
`;
    rig.write("app.py", script);
    const daemon = await rig.startWith(
      "[program:app]\ncommand=/usr/bin/python3 app.py\ndirectory=%(here)s\nhealth_check=notify\nhealth_interval=2s\nhealth_retries=1\n",
    );
    await daemon.logged(/healthy: app/);
    assert.equal(textOf(rig.path("interval")), "2000000");
    rig.write("hang", "");
    await daemon.logged(/unhealthy: app: no WATCHDOG=1 within 2s/);
    await daemon.logged(/spawned: 'app'/, 2);
  },
);

e2e("after an upgrade, a new socket leaves those of others alone", withoutNext(), async (rig) => {
  rig.write("sender.py", SENDER);
  rig.write("empty", "STATUS=up");
  const host = new UpgradeHost(rig);
  const other = `[program:other]\ncommand=/usr/bin/python3 ../sender.py ../empty\ndirectory=${rig.path("sub")}\nready_check=notify\n`;
  mkdirSync(rig.path("sub"));
  const daemon = await host.start(program(["empty", "two"]) + other);
  while (textOf(rig.path("socket")) === "" || textOf(rig.path("sub/socket")) === "") {
    await daemon.ask("getState");
  }
  host.install();
  await host.replaced();
  const before = textOf(rig.path("sub/socket"));
  const { pid } = await daemon.info("app");
  for (const _ of [1, 2, 3]) {
    await daemon.ask("stopProcess", "other");
    await daemon.ask("startProcess", "other", false);
  }
  while (textOf(rig.path("sub/socket")) === before) await daemon.ask("getState");
  rig.write("two", "READY=1");
  await daemon.logged(/success: web entered/);
  assert.equal((await daemon.info("app"))["pid"], pid);
});

/** Passes TCP sockets with unsent data, whose last close waits for a second, until no more messages fit. */
const LINGERING = `import array, os, socket, struct, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'])
s.setblocking(False)
l = socket.create_server(('127.0.0.1', 0))
if os.fork() == 0:
    peers = []
    while True: peers.append(l.accept())
def send():
    t = socket.create_connection(l.getsockname())
    t.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 5))
    t.setblocking(False)
    try:
        while True: t.send(bytes(100000))
    except BlockingIOError: pass
    s.sendmsg([b'READY=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [t.fileno()]))])
    t.close()
try:
    for _ in range(5): send()
except BlockingIOError: pass
open('sent', 'w')
time.sleep(1000)
`;

e2e("descriptors whose close waits delay neither clients nor other programs", async (rig, t) => {
  rig.write("app.py", LINGERING);
  const options = "ready_check=notify\nautostart=false\nstopasgroup=true\nkillasgroup=true";
  const daemon = await rig.startWith(
    `[program:app]\ncommand=/usr/bin/python3 app.py\ndirectory=%(here)s\n${options}\n`,
  );
  const heart = await startHeartbeat(daemon, t);
  await daemon.ask("startProcess", "app", false);
  await daemon.logged(/success: app entered/);
  while (!existsSync(rig.path("sent"))) await daemon.ask("getState");
  await heart.beats(3);
  process.kill(Number((await daemon.info("app"))["pid"]), "SIGKILL");
  await daemon.logged(/exited: app/);
  await heart.beats(3);
  expectInBounds(await heart.end(), t);
});
