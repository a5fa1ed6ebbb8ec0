// Messages to systemd's journal over a socket: one that is not there, one that is slow, one that comes back.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { createPipes } from "../../../src/host/processes/pipes.ts";
import { createJournal } from "../../../src/host/system/syslog.ts";

const PYTHON = "/usr/bin/python3";
const absent = spawnSync(PYTHON, ["-V"]).status === 0 ? false : `${PYTHON} is missing`;
const home = mkdtempSync(join(tmpdir(), "tsv-journal-"));
after(() => rmSync(home, { recursive: true }));
const pipes = createPipes();

/** Binds a datagram socket; for each number on stdin it receives as many messages, and prints the sum of their lengths. */
const JOURNALD = `
import os, socket, sys
path = sys.argv[1]
if os.path.exists(path): os.unlink(path)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print("bound", flush=True)
for line in sys.stdin:
    print(sum(len(s.recv(1 << 20)) for _ in range(int(line))), flush=True)
`;

function journald(path: string) {
  const child = spawn(PYTHON, ["-c", JOURNALD, path]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  return {
    next,
    receive(count: number): Promise<string> {
      child.stdin.write(`${count}\n`);
      return next();
    },
    async end(): Promise<void> {
      child.stdin.end();
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

test("a journal that is full says when it has room again", { skip: absent }, async () => {
  const path = join(home, "socket");
  const journal = createJournal(pipes, path);
  assert.equal(journal.send(Buffer.from("nobody")), "deaf");
  const first = journald(path);
  assert.equal(await first.next(), "bound");
  let sent = 0;
  while (journal.send(Buffer.from("MESSAGE=x\n")) === "sent") sent += 1;
  const ready = new Promise<void>((resolve) => journal.whenReady(resolve));
  assert.equal(await first.receive(sent), String(10 * sent));
  await ready;
  assert.equal(journal.send(Buffer.alloc(100_000, "x")), "sent");
  assert.equal(await first.receive(1), "100000");
  while (journal.send(Buffer.from("MESSAGE=x\n")) === "sent");
  const gone = new Promise<void>((resolve) => journal.whenReady(resolve));
  await first.end();
  await gone;
  assert.equal(journal.send(Buffer.from("x")), "deaf");
  const second = journald(path);
  assert.equal(await second.next(), "bound");
  assert.equal(journal.send(Buffer.from("again")), "sent");
  assert.equal(await second.receive(1), "5");
  await second.end();
});
