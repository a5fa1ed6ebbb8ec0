// The page docs/logs.md is true of the output of programs: its examples write what it says, to the daemon's own descriptors of any
// kind, to files and to the journal, also across an upgrade in the middle of a line; clients still read what was written.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { event } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { withoutPython } from "./rig/fcgi.ts";
import { ROOT, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutPython();
const NOBODY = 65_534;
const PAGE = readFileSync(join(ROOT, "docs/logs.md"), "utf8");

/** The example of the page with this program, with other commands. */
function example(program: string, commands: Readonly<Record<string, string>>): string {
  const blocks = Array.from(PAGE.matchAll(/```ini\n([\s\S]*?)```/g), ([, block = ""]) => block);
  const found = blocks.find((block) => block.includes(`[program:${program}]`));
  assert.ok(found !== undefined, `docs/logs.md has an example with ${program}`);
  return found
    .replaceAll("/tmp/", "%(here)s/")
    .replaceAll(/\[program:(\w+)\]\ncommand=.*/g, (_, name: string) => {
      return `[program:${name}]\ncommand=${commands[name]}`;
    });
}

/** Gives the daemon descriptors of one kind, copies what comes out of them to files, and becomes another user. */
const BECOME = `
import os, socket, sys
kind, uid, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
for fd, name in ((1, "out"), (2, "err")):
    file = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    if kind == "file":
        os.dup2(file, fd)
        continue
    ours, theirs = os.pipe() if kind == "pipe" else [s.detach() for s in socket.socketpair()]
    if os.fork() == 0:
        os.close(theirs)
        os.setsid()
        while True:
            bytes = os.read(ours, 65536)
            if not bytes: os._exit(0)
            os.write(file, bytes)
    os.dup2(theirs, fd)
    os.close(ours)
    os.close(theirs)
os.closerange(3, 100)
if uid: os.setgroups([]); os.setgid(uid); os.setuid(uid)
os.execvp(command[0], command)
`;

function become(rig: Rig, kind: "pipe" | "socket" | "file", uid: number): readonly string[] {
  return ["python3", rig.write("become.py", BECOME), kind, String(uid)];
}

const LINES = 300;

/** Writes lines in pieces, as programs do that share a terminal. */
const CHATTER = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); printf 'line '; echo $i; done; echo error >&2; echo end; exec sleep 1000`;

async function tail(daemon: Daemon, name: string): Promise<string> {
  const [text] = (await daemon.ask("tailProcessStdoutLog", name, 0, 1 << 20)) as [string];
  return text;
}

const WRITTEN = `${Array.from({ length: LINES }, (_, n) => `line ${n + 1}\n`).join("")}end\n`;

for (const kind of ["pipe", "socket", "file"] as const) {
  e2e(
    `a daemon that is not root writes to a ${kind} that it could not open, in whole lines`,
    absent || withoutRoot(),
    async (rig) => {
      chownSync(rig.directory, NOBODY, NOBODY);
      const command = `/bin/sh -c "${CHATTER}"`;
      const config = example("web", { web: command, api: command });
      const wrapper = become(rig, kind, NOBODY);
      const daemon = await new UpgradeHost(rig).start(config, { wrapper });
      await waitForText(rig.path("out"), / web \| end$/m);
      await waitForText(rig.path("err"), /^\d\d:\d\d:\d\d web \| error$/m);
      const lines = textOf(rig.path("out")).match(/^\d\d:\d\d:\d\d web \| .*\n/gm) ?? [];
      assert.equal(lines.map((line) => line.slice(15)).join(""), WRITTEN);
      await waitForText(rig.path("api.log"), /"message":"end"/);
      const records = textOf(rig.path("api.log")).trimEnd().split("\n");
      const messages = records.map((record) => JSON.parse(record));
      assert.equal(messages[0].program, "api");
      assert.match(messages[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(
        messages.map(({ message }) => message).sort(),
        [...WRITTEN.trimEnd().split("\n"), "error"].sort(),
      );
      assert.equal(await tail(daemon, "web"), WRITTEN);
      assert.equal((await daemon.info("web"))["stdout_logfile"], "@stdout");
      await daemon.ask("clearProcessLogs", "web");
      assert.equal(await tail(daemon, "web"), "");
      assert.doesNotMatch(textOf(daemon.log), /EACCES|ESPIPE|cannot/);
      assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
    },
  );
}

/** Writes a line and a half; the rest when there is a file `go`. */
const HALF = `printf 'one\\\\ntw'; until [ -e go ]; do sleep 0.05; done; echo o; echo end; exec sleep 1000`;

e2e(
  "an upgrade in the middle of a line cuts no line, and clients still read what was written",
  withoutNext() || withoutPython(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    const half = `command=/bin/sh -c "${HALF}"\ndirectory=%(here)s\nstderr_logfile=NONE\n`;
    const daemon = await host.start(
      `[program:web]\n${half}stdout_logfile=@stdout\nlog_format=logfmt\n` +
        `[program:api]\n${half}stdout_logfile=%(here)s/api.log\nlog_format=prefix\nlog_timestamp=none\n`,
      { wrapper: become(rig, "pipe", 0) },
    );
    await waitForText(rig.path("out"), /message="one"/);
    await waitForText(rig.path("api.log"), /api \| one/);
    host.install();
    await host.replaced();
    assert.equal(await tail(daemon, "web"), "one\ntw");
    rig.write("go", "");
    await waitForText(rig.path("out"), /message="end"/);
    await waitForText(rig.path("api.log"), /api \| end/);
    assert.equal(textOf(rig.path("api.log")), "api | one\napi | two\napi | end\n");
    const messages = textOf(rig.path("out")).matchAll(/program=web channel=stdout message=(.*)/g);
    assert.deepEqual(
      Array.from(messages, ([, message]) => message),
      ['"one"', '"two"', '"end"'],
    );
    assert.equal(await tail(daemon, "web"), "one\ntwo\nend\n");
    await daemon.shutdown();
  },
);

/** In a /run of its own, where the socket of the journal is a link to `target`. */
const withJournal = (target: string): readonly string[] => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && ln -s ${target} /run/systemd/journal/socket && exec "$@"`,
  "sh",
];

/** Writes each message to a file, its fields separated by blanks. */
const JOURNALD = `
import os, socket, sys
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
file = open(sys.argv[2], "ab", buffering=0)
while True: file.write(s.recv(1 << 20).replace(b"\\n", b" ") + b"\\n")
`;

async function journald(rig: Rig, t: TestContext): Promise<() => Promise<unknown>> {
  const args = ["-c", JOURNALD, rig.path("journal.sock"), rig.path("journal")];
  const child = spawn("python3", args);
  t.after(() => void child.kill("SIGKILL"));
  await event(child.stdout, "data");
  const ended = once(child, "exit");
  return () => {
    child.kill("SIGKILL");
    return ended;
  };
}

e2e(
  "output for the journal has name, priority and fields, and one that is away is reported",
  absent || withoutRoot(),
  async (rig, t) => {
    const say = "echo hello; echo '<4>careful'; echo oops >&2; exec cat";
    const end = await journald(rig, t);
    const daemon = await rig.startWith(example("worker", { worker: `/bin/sh -c "${say}"` }), {
      wrapper: withJournal(rig.path("journal.sock")),
    });
    await waitForText(rig.path("journal"), /MESSAGE=oops/);
    const { pid } = await daemon.info("worker");
    const journal = (): string => textOf(rig.path("journal"));
    const fields = (channel: string): string =>
      `SYSLOG_FACILITY=3 SYSLOG_IDENTIFIER=worker SYSLOG_PID=${pid} OBJECT_PID=${pid} ` +
      `TSV_PROGRAM=worker TSV_GROUP=worker TSV_CHANNEL=${channel} TSV_PID=${pid}`;
    await waitForText(rig.path("journal"), /MESSAGE=careful/);
    assert.deepEqual(journal().trimEnd().split(" \n").sort(), [
      `PRIORITY=3 MESSAGE=oops ${fields("stderr")}`,
      `PRIORITY=4 MESSAGE=careful ${fields("stdout")}`,
      `PRIORITY=6 MESSAGE=hello ${fields("stdout")} `.trimEnd(),
    ]);
    assert.equal(await tail(daemon, "worker"), "hello\n<4>careful\n");
    await end();
    await daemon.ask("sendProcessStdin", "worker", "lost\n");
    await daemon.logged(/WARN the journal of systemd is not there: output of programs for it is/);
    await journald(rig, t);
    await daemon.ask("sendProcessStdin", "worker", "back\n");
    await waitForText(rig.path("journal"), /MESSAGE=back/);
    await daemon.logged(/INFO the journal of systemd is there now: 1 line was dropped before/);
    assert.doesNotMatch(journal(), /MESSAGE=lost/);
    await daemon.shutdown();
  },
);
