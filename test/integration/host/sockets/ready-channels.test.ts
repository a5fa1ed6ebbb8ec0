// Sockets for sd_notify: who is believed, and what comes with a message.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { after, test } from "node:test";
import type { ProgramNotice } from "../../../../src/core/notify/notice.ts";
import { createPipes } from "../../../../src/host/processes/pipes.ts";
import { createReadyChannels } from "../../../../src/host/sockets/ready-channels.ts";
import type { ReadyChannel } from "../../../../src/ports/ready-channels.ts";

const channels = createReadyChannels(createPipes());
const alive = setInterval(() => {}, 10_000);
after(() => clearInterval(alive));

async function openSocket(uid: number | null = null): Promise<ReadyChannel> {
  const opened = await new Promise<Parameters<Parameters<typeof channels.open>[2]>[0]>((told) =>
    channels.open({ kind: "notify" }, uid, told),
  );
  assert.ok(opened.ok);
  return opened.value.channel;
}

/** Runs Python with a socket `s`, connected. It lives until its stdin ends. */
function sender(path: string, body: string, uid?: number): ChildProcess {
  const script = `import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try:
    s.connect(sys.argv[1])
    ${body}
except PermissionError: sys.exit(13)
sys.stdin.read()`;
  return spawn("/usr/bin/python3", ["-c", script, path], {
    stdio: ["pipe", "inherit", "inherit"],
    ...(uid === undefined ? {} : { uid }),
  });
}

/** What comes until there were so many messages of either kind. */
async function heard(
  channel: ReadyChannel,
  pid: number,
  most: number,
): Promise<{ notices: ProgramNotice[]; strangers: number[] }> {
  const notices: ProgramNotice[] = [];
  const strangers: number[] = [];
  await new Promise<void>((resolve) => {
    const told = (): void => {
      if (notices.length + strangers.length === most) resolve();
    };
    channels.watch(channel, pid, {
      noticed(notice) {
        notices.push(notice);
        told();
      },
      stranger(stranger) {
        strangers.push(stranger);
        told();
      },
      closed: () => assert.fail("a socket does not end"),
    });
  });
  return { notices, strangers };
}

test("its main process and a descendant are believed, another process is not", async () => {
  const channel = await openSocket();
  const path = channel.path ?? "";
  const main = sender(
    path,
    "s.send(b'READY=1')\n    os.fork() == 0 and os.setsid() and 0\n    s.send(b'STATUS=x')",
  );
  const mine = await heard(channel, main.pid ?? 0, 3);
  assert.deepEqual(mine.strangers, []);
  assert.equal(mine.notices.filter(({ ready }) => ready).length, 1);
  const other = sender(path, "s.send(b'READY=1')");
  const theirs = await heard(channel, main.pid ?? 0, 1);
  assert.deepEqual(theirs, { notices: [], strangers: [other.pid] });
  for (const each of [main, other]) each.stdin?.end();
  channels.close(channel);
  assert.equal(existsSync(path), false);
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
