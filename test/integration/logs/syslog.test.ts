// Messages to the system's log, framed as libc frames them, and to systemd's journal: over sockets that are not there,
// slow, or come back.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { createPipes } from "../../../src/host/processes/pipes.ts";
import { createJournal, createSyslog, syslogHead } from "../../../src/host/system/syslog.ts";

const PYTHON = "/usr/bin/python3";
const absent = spawnSync(PYTHON, ["-V"]).status === 0 ? false : `${PYTHON} is missing`;
const home = mkdtempSync(join(tmpdir(), "tsv-syslog-"));
after(() => rmSync(home, { recursive: true }));
const pipes = createPipes();

/** Binds a datagram socket; prints what comes, one line each, after a line on stdin. */
const LOG_DAEMON = `
import os, socket, sys
path = sys.argv[1]
if os.path.exists(path): os.unlink(path)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print("bound", flush=True)
for line in sys.stdin:
    for _ in range(int(line)): print(s.recv(1 << 20).decode().rstrip(), flush=True)
`;

function logDaemon(path: string) {
  const child = spawn(PYTHON, ["-c", LOG_DAEMON, path]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return {
    next,
    async read(count: number): Promise<string[]> {
      child.stdin.write(`${count}\n`);
      const read: string[] = [];
      while (read.length < count) read.push((await next()).replace(/^(<14>).{15}/, "$1"));
      return read;
    },
    async end(): Promise<void> {
      child.stdin.end();
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

test("the head of a message is libc's, the day padded with a blank", () => {
  assert.equal(
    syslogHead(Date.UTC(2026, 10, 1, 8, 5, 9), 0, "supervisord"),
    "<14>Nov  1 08:05:09 supervisord: ",
  );
});

test("a log daemon that is not there, comes, goes and comes again", { skip: absent }, async () => {
  const socketPath = join(home, "log");
  const syslog = createSyslog({ ident: "supervisord", pipes, socketPath });
  assert.equal(syslog.send(Buffer.from("nobody")), "deaf");
  const first = logDaemon(socketPath);
  assert.equal(await first.next(), "bound");
  assert.equal(syslog.send(Buffer.from("web hello")), "sent");
  assert.deepEqual(await first.read(1), ["<14> supervisord: web hello"]);
  await first.end();
  const second = logDaemon(socketPath);
  assert.equal(await second.next(), "bound");
  assert.equal(syslog.send(Buffer.from("web again")), "sent");
  assert.deepEqual(await second.read(1), ["<14> supervisord: web again"]);
  await second.end();
});

test("while a log daemon is behind, the daemon's own messages wait and go first", {
  skip: absent,
}, async () => {
  const socketPath = join(home, "slow");
  const syslog = createSyslog({ ident: "supervisord", pipes, socketPath });
  const slow = logDaemon(socketPath);
  assert.equal(await slow.next(), "bound");
  let sent = 0;
  while (syslog.send(Buffer.from("x")) === "sent") sent += 1;
  assert.ok(sent > 0);
  syslog.sendOwn(Buffer.from("first"));
  syslog.sendOwn(Buffer.from("second"));
  assert.equal(syslog.send(Buffer.from("not now")), "full");
  const read = await slow.read(sent + 2);
  assert.deepEqual(read.slice(sent), ["<14> supervisord: first", "<14> supervisord: second"]);
  while (syslog.send(Buffer.from("last")) !== "sent") await new Promise(setImmediate);
  assert.deepEqual(await slow.read(1), ["<14> supervisord: last"]);
  await slow.end();
});

test("a journal that is full says when it has room again", { skip: absent }, async () => {
  const path = join(home, "journal");
  const journal = createJournal(pipes, path);
  assert.equal(journal.send(Buffer.from("nobody")), "deaf");
  const first = logDaemon(path);
  assert.equal(await first.next(), "bound");
  let sent = 0;
  while (journal.send(Buffer.from("MESSAGE=x\n")) === "sent") sent += 1;
  const ready = new Promise<void>((resolve) => journal.whenReady(resolve));
  assert.deepEqual(await first.read(sent), Array(sent).fill("MESSAGE=x"));
  await ready;
  const large = "x".repeat(100_000);
  assert.equal(journal.send(Buffer.from(large)), "sent");
  assert.deepEqual(await first.read(1), [large]);
  while (journal.send(Buffer.from("MESSAGE=x\n")) === "sent");
  const gone = new Promise<void>((resolve) => journal.whenReady(resolve));
  await first.end();
  await gone;
  assert.equal(journal.send(Buffer.from("x")), "deaf");
  const second = logDaemon(path);
  assert.equal(await second.next(), "bound");
  assert.equal(journal.send(Buffer.from("again")), "sent");
  assert.deepEqual(await second.read(1), ["again"]);
  await second.end();
});
