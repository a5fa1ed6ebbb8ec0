// ready_check=notify: programs speak the protocol of sd_notify with tsv. Only their own processes are believed.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

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
  const why = await rig.verb("why", "app");
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
