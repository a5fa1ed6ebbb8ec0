// Daemons that cannot be reached, made so on purpose: tsv doctor names the code, --fix fixes it where it may, the programs
// notice nothing, and a second look finds nothing.

import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { suspend } from "../rig/suspend.ts";
import { event } from "../rig/wait.ts";
import { codesOf, doctor, examine, fixes } from "./rig/doctor.ts";
import { DEBIAN, TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV, withoutRoot, withoutSupervisor } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const skip = withoutRoot();
const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

/** What doctor says of what it leaves to a person, which it does not touch. */
async function left(rig: Rig, code: string): Promise<string> {
  assert.deepEqual(codesOf(await examine(rig, "socket")), [code]);
  const before = readdirSync(rig.directory);
  const words = ["socket", "--config", rig.path("d.conf"), "--fix", "--yes"];
  const { stdout, status } = await doctor(rig, words);
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`${code} .*: not fixed`));
  assert.deepEqual(readdirSync(rig.directory), before);
  return stdout.replace(/\s+/g, " ");
}

e2e("doctor has a daemon recreate its socket that was removed with its lock", skip, async (rig) => {
  const daemon = await rig.startWith(PROGRAM);
  await daemon.logged(/success: up/);
  const { pid } = await daemon.info("up");
  for (const name of ["d.sock", "d.sock.lock"]) rmSync(rig.path(name));
  await fixes(rig, "socket", "SOCK-002");
  assert.equal((await daemon.info("up"))["pid"], pid);
});

e2e("doctor continues a stopped daemon", skip, async (rig) => {
  const daemon = await rig.startWith(PROGRAM);
  await suspend(daemon.process);
  try {
    await fixes(rig, "socket", "SOCK-015");
  } finally {
    daemon.signal("SIGCONT");
  }
});

e2e("doctor names the holder of the port, and stops no process", skip, async (rig) => {
  const holder = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await event(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  rig.configure(`[inet_http_server]\nport=127.0.0.1:${port}\nusername=u\npassword=p\n`);
  try {
    const said = await left(rig, "SOCK-008");
    assert.match(
      said,
      /Another program is already listening on a port that one of our HTTP servers/,
    );
    assert.match(said, new RegExp(`pid ${process.pid} of root: .*node`));
    assert.match(said, new RegExp(`where ${rig.path("d.conf")}:`));
    assert.ok(holder.listening);
  } finally {
    await event(holder.close(), "close");
  }
});

e2e(
  "doctor names the other daemon on a shared socket, with its configuration",
  skip,
  async (rig) => {
    await rig.startWith(PROGRAM);
    const text = readFileSync(rig.path("d.conf"), "utf8").replaceAll("d.log", "2.log");
    const second = rig.write("second.conf", text.replaceAll("d.pid", "2.pid"));
    const { stdout } = await doctor(rig, ["SOCK-008", "--config", second]);
    assert.match(stdout, /SOCK-008 unix:\S+d\.sock/);
    assert.match(stdout.replace(/\s+/g, " "), /a tsv daemon, pid \d+ of root, with \S+d\.conf/);
  },
);

e2e(
  "doctor finds the daemon of a Supervisor that lost its hard-linked socket, and leaves it to a person",
  skip || withoutSupervisor(),
  async (rig) => {
    rig.configure(PROGRAM);
    const daemon = await rig.start({ implementation: DEBIAN });
    await daemon.logged(/success: up/);
    rmSync(rig.path("d.sock"));
    const said = await left(rig, "SOCK-002");
    assert.match(said, /Supervisor's supervisord, pid \d+ of root/);
    assert.match(said, /bound to \S+d\.sock\.\d+/);
    assert.match(said, new RegExp(`kill -HUP ${daemon.pid}`));
  },
);

e2e(
  "doctor removes the socket of a killed Supervisor, whose pid file looks like that of a live one",
  skip || withoutSupervisor(),
  async (rig) => {
    // What a child of Supervisor inherits it holds until it has become the program.
    rig.configure(
      "[program:up]\ncommand=sh -c 'echo up; exec sleep 1000'\nstdout_logfile=%(here)s/up.out\n",
    );
    const daemon = await rig.start({ implementation: DEBIAN });
    await waitForText(rig.path("up.out"), /up\n/);
    await daemon.killed();
    // Its number belongs to another process by now.
    writeFileSync(rig.path("d.pid"), `${process.pid}\n`);
    assert.ok(lstatSync(rig.path("d.sock")).isSocket());
    await fixes(rig, "socket", "SOCK-003", { left: ["SOCK-001"] });
    assert.ok(!existsSync(rig.path("d.sock")));
  },
);

e2e("doctor makes a daemon's socket possible again, step by step", skip, async (rig) => {
  rig.write(
    "d.conf",
    BASE.replace("%(here)s/d.sock", "%(here)s/gone/d.sock\nchmod=rw-rw----")
      .replace("serverurl=unix://%(here)s/d.sock", "serverurl=%(here)s/gone/d.sock")
      .replace(/\[rpcinterface:supervisor\]\n.*\n/, ""),
  );
  const words = ["socket", "--config", rig.path("d.conf"), "--fix", "--yes"];
  const { stdout, status } = await doctor(rig, words);
  for (const code of ["SOCK-006", "SOCK-007", "SOCK-012", "SOCK-013"]) {
    assert.match(stdout, new RegExp(`${code} .*: fixed`), stdout);
  }
  assert.equal(status, 0);
  const daemon = rig.launch();
  await daemon.logged(/supervisord started with pid/);
  assert.match((await rig.ctl(TSV_BY_NAME, "pid")).stdout, new RegExp(`^${daemon.pid}$`, "m"));
  assert.equal(lstatSync(rig.path("gone/d.sock")).mode & 0o777, 0o660);
});

e2e("hints of ctl name commands that find what is wrong", skip, async (rig) => {
  const daemon = await rig.startWith(
    `${PROGRAM}[program:bad]\ncommand=/no/such\nautostart=false\n`,
  );
  await daemon.logged(/success: up/);
  const bad = await rig.verb("start", "bad");
  assert.equal(bad.stdout, "bad: ERROR (no such file)\n");
  assert.match(bad.stderr, /^Hint: .*not found\n {2}Find out why: tsv why bad -c \S+d\.conf\n$/);
  await daemon.killed();
  const { stderr } = await rig.verb("status");
  const [, words = ""] = /: tsv doctor (.+)\n$/.exec(stderr) ?? [];
  const { stdout } = await doctor(rig, words.split(" "));
  assert.match(stdout, /SOCK-003 .*d\.sock/);
});

/** Numbers the next process of this namespace; pid_namespaces(7). */
const NEXT_PID = "/proc/sys/kernel/ns_last_pid";

e2e("a daemon with a lower pid than its keeper holds its own port", skip, async (rig) => {
  const port = await rig.findPort();
  rig.configure(`[inet_http_server]\nport=127.0.0.1:${port}\nusername=u\npassword=p\n`);
  const script = `
    echo 5000 >${NEXT_PID}; "$1" daemon -c d.conf
    echo 100 >${NEXT_PID}; "$1" upgrade -c d.conf >upgraded
    cp d.pid keeper; cat /proc/$(cat keeper)/task/*/children >children
    "$1" doctor socket -c d.conf; "$1" shutdown -c d.conf`;
  const namespace = ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const { stdout } = await rig.command([...namespace, "/bin/sh", "-c", script, "sh", TSV], {
    cwd: rig.directory,
  });
  const [keeper, daemon] = ["keeper", "children"].map((name) =>
    Number.parseInt(readFileSync(rig.path(name), "utf8"), 10),
  );
  assert.ok((daemon ?? 0) > 0 && (daemon ?? 0) < (keeper ?? 0), `${daemon} and ${keeper}`);
  assert.match(stdout, /✓ socket|ok socket/);
});
