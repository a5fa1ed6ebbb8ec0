// Sockets for sd_notify: who is believed, and what comes with a message.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import type { ProgramNotice } from "../../../../src/core/notify/sd-notify.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createNotifyChannels } from "../../../../src/host/sockets/notify-channels.ts";
import type { NotifyChannel } from "../../../../src/ports/notify-channels.ts";

const channels = createNotifyChannels(createPipes());
const alive = setInterval(() => {}, 10_000);
const senders: ChildProcess[] = [];
after(() => {
  clearInterval(alive);
  for (const each of senders) each.kill();
});

async function openSocket(uid: number | null = null): Promise<NotifyChannel> {
  const opened = await new Promise<Parameters<Parameters<typeof channels.open>[2]>[0]>((told) =>
    channels.open({ kind: "notify" }, uid, told),
  );
  assert.ok(opened.ok);
  return opened.value.channel;
}

/** Runs Python with a socket `s`, connected. It lives until its stdin ends. */
function sender(
  path: string,
  body: string,
  uid?: number,
  stdout: "inherit" | "pipe" = "inherit",
): ChildProcess {
  const script = `import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try:
    s.connect(sys.argv[1])
    ${body}
except PermissionError: sys.exit(13)
sys.stdin.read()`;
  const child = spawn("/usr/bin/python3", ["-c", script, path], {
    stdio: ["pipe", stdout, "inherit"],
    ...(uid === undefined ? {} : { uid }),
  });
  senders.push(child);
  return child;
}

/** What comes until there were so many messages of either kind. */
async function heard(
  channel: NotifyChannel,
  pid: number,
  most: number,
  each: (notice: ProgramNotice) => void = () => {},
  mains: readonly (number | undefined)[] = [],
): Promise<{ notices: ProgramNotice[]; unrelated: number[] }> {
  const notices: ProgramNotice[] = [];
  const unrelated: number[] = [];
  await new Promise<void>((resolve) => {
    const told = (): void => {
      if (notices.length + unrelated.length === most) resolve();
    };
    channels.watch(channel, pid, {
      received(notice) {
        notices.push(notice);
        each(notice);
        told();
      },
      unrelated(pid) {
        unrelated.push(pid);
        told();
      },
      closed: () => assert.fail("a socket does not end"),
      isMain: (main) => mains.includes(main),
    });
  });
  return { notices, unrelated };
}

test("its main process and a descendant are believed, another process is not", async () => {
  const channel = await openSocket();
  const path = channel.path ?? "";
  const main = sender(
    path,
    "s.send(b'READY=1')\n    os.fork() == 0 and os.setsid() and 0\n    s.send(b'STATUS=x')",
  );
  const mine = await heard(channel, main.pid ?? 0, 3);
  assert.deepEqual(mine.unrelated, []);
  assert.equal(mine.notices.filter(({ ready }) => ready).length, 1);
  const other = sender(path, "s.send(b'READY=1')");
  const theirs = await heard(channel, main.pid ?? 0, 1);
  assert.deepEqual(theirs, { notices: [], unrelated: [other.pid] });
  for (const each of [main, other]) each.stdin?.end();
  channels.close(channel);
  assert.equal(existsSync(path), false);
});

test("the process group counts, but not for processes of another program", async () => {
  const channel = await openSocket();
  const leader = sender(
    channel.path ?? "",
    `os.setpgid(0, 0)
    print('led', flush=True)`,
    undefined,
    "pipe",
  );
  assert.ok(leader.stdout);
  await once(leader.stdout, "data");
  const join = `os.setpgid(0, ${leader.pid})\n    s.send(b'READY=1')`;
  sender(channel.path ?? "", join);
  const member = await heard(channel, leader.pid ?? 0, 1);
  assert.deepEqual([member.notices.length, member.unrelated.length], [1, 0]);
  const main = sender(channel.path ?? "", `os.fork() == 0 or sys.stdin.read()\n    ${join}`);
  const intruder = await heard(channel, leader.pid ?? 0, 1, () => {}, [leader.pid, main.pid]);
  assert.deepEqual([intruder.notices.length, intruder.unrelated.length], [0, 1]);
  channels.close(channel);
});

test("descriptors that come with a message are closed, and a flood arrives whole", async () => {
  const channel = await openSocket();
  const before = readdirSync("/proc/self/fd").length;
  const pass =
    "s.sendmsg([b'READY=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 200))])";
  const flood = "[s.send(b'STATUS=%d' % i) for i in range(100)]";
  const main = sender(channel.path ?? "", `${pass}\n    ${flood}`);
  const { notices } = await heard(channel, main.pid ?? 0, 101);
  assert.equal(notices.at(-1)?.status, "99");
  main.stdin?.end();
  await once(main, "exit");
  assert.ok(readdirSync("/proc/self/fd").length <= before);
  channels.close(channel);
});

/** Python: passes a TCP socket with unsent data. Its last close waits for three seconds, as it has been told to. */
const LINGERING = `import struct
    l = socket.create_server(('127.0.0.1', 0))
    t = socket.create_connection(l.getsockname())
    peer = l.accept()
    t.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 3))
    t.setblocking(False)
    try:
        while True: t.send(bytes(100000))
    except BlockingIOError: pass
    s.sendmsg([b'READY=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [t.fileno()]))])
    t.close()`;

test("while the close of such a descriptor waits, others are heard", async () => {
  const [held, free] = [await openSocket(), await openSocket()];
  const main = sender(
    held.path ?? "",
    `${LINGERING}
    s.send(b'STATUS=after')
    s.connect('${free.path}')
    s.send(b'STATUS=free')
    print('sent', flush=True)`,
    undefined,
    "pipe",
  );
  assert.ok(main.stdout);
  await once(main.stdout, "data");
  const order: string[] = [];
  const hear = async (channel: NotifyChannel, count: number): Promise<void> => {
    await heard(channel, main.pid ?? 0, count, ({ ready, status }) =>
      order.push(ready ? "ready" : String(status)),
    );
  };
  await Promise.all([hear(held, 2), hear(free, 1)]);
  assert.deepEqual(order, ["ready", "free", "after"]);
  main.stdin?.end();
  for (const each of [held, free]) channels.close(each);
});

test("another user cannot write to it", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root to be another user");
    return;
  }
  const channel = await openSocket(65_533);
  const other = sender(channel.path ?? "", "s.send(b'READY=1')", 65_534);
  assert.deepEqual(await once(other, "exit"), [13, null]);
  const owner = sender(channel.path ?? "", "s.send(b'READY=1')", 65_533);
  const { notices } = await heard(channel, owner.pid ?? 0, 1);
  assert.equal(notices[0]?.ready, true);
  owner.stdin?.end();
  channels.close(channel);
});

test("a directory of another user, or that others can write to, is not used", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root to make files of several users");
    return;
  }
  const user = 65_531;
  const runtime = mkdtempSync(join(tmpdir(), "tsv-runtime-"));
  const taken = `/tmp/tsv-notify-${user}`;
  chownSync(runtime, user, user);
  mkdirSync(taken);
  const before = process.env["XDG_RUNTIME_DIR"];
  process.env["XDG_RUNTIME_DIR"] = runtime;
  process.seteuid?.(user);
  t.after(() => {
    process.seteuid?.(0);
    process.env["XDG_RUNTIME_DIR"] = before ?? "";
    rmdirSync(taken);
    rmSync(runtime, { recursive: true });
  });
  const place = `${runtime}/tsv-notify`;
  const first = await openSocket();
  assert.equal(dirname(first.path ?? ""), place);
  chmodSync(place, 0o777);
  const second = await openSocket();
  const last = dirname(second.path ?? "");
  assert.ok(last.startsWith(`${taken}-`));
  assert.equal(statSync(last).mode & 0o777, 0o711);
  channels.close(first);
  assert.ok(existsSync(first.path ?? ""), "nothing is removed there");
  channels.close(second);
  assert.equal(existsSync(last), false);
  rmSync(place, { recursive: true });
  const third = await openSocket();
  assert.equal(dirname(third.path ?? ""), place, "it is made again");
  channels.close(third);
});
