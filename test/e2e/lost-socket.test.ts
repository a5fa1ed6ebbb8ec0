// A daemon whose socket file was removed: on SIGUSR2 it listens again, and its programs notice nothing.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { event } from "../rig/wait.ts";
import { BASE, e2e } from "./rig/rig.ts";

const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

/** Listening sockets that were bound below a directory, also those whose file was removed. */
function listenersBelow(directory: string): number {
  // Num RefCount Protocol Flags Type St Inode Path; the flag is SO_ACCEPTCON. Connections come and go, and do not count.
  const listening = /^\S+ \S+ \S+ 00010000 \S+ \S+ +\d+ (.*)$/gm;
  const paths = [...readFileSync("/proc/net/unix", "utf8").matchAll(listening)];
  return paths.filter(([, path = ""]) => path.startsWith(`${directory}/`)).length;
}

e2e("SIGUSR2 recreates a socket whose file was removed (socket-renewed)", async (rig) => {
  rig.write("d.conf", `${BASE.replace("d.sock\n", "d.sock\nchmod=0760\n")}\n${PROGRAM}`);
  const daemon = await rig.start();
  await daemon.logged(/success: up/);
  const { pid } = await daemon.info("up");
  for (const [round, files] of [["d.sock"], ["d.sock", "d.sock.lock"], ["d.sock"]].entries()) {
    for (const name of files) rmSync(rig.path(name));
    daemon.signal("SIGUSR2");
    await daemon.logged(/d\.sock was removed or replaced; it was recreated/, round + 1);
    assert.equal((await daemon.info("up"))["pid"], pid);
    assert.equal(lstatSync(rig.path("d.sock")).mode & 0o7777, 0o760);
    assert.equal(readFileSync(rig.path("d.sock.lock"), "utf8").trim(), String(daemon.pid));
  }
  assert.equal(listenersBelow(rig.directory), 1, "no descriptor is lost");
  daemon.signal("SIGTERM");
  await daemon.ended();
  for (const name of ["d.sock", "d.sock.lock"]) assert.ok(!existsSync(rig.path(name)), name);
});

e2e("SIGUSR2 leaves a socket alone that is where it should be", async (rig) => {
  const daemon = await rig.startWith("");
  // A manual change of the file stays.
  chmodSync(rig.path("d.sock"), 0o777);
  const before = lstatSync(rig.path("d.sock"));
  daemon.signal("SIGUSR2");
  await daemon.logged(/supervisord logreopen/);
  assert.equal(await daemon.ask("getIdentification"), "supervisor");
  const after = lstatSync(rig.path("d.sock"));
  assert.deepEqual([after.ino, after.mode], [before.ino, before.mode]);
  assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /was removed or replaced/);
});

e2e("an existing file at the path of a new socket stays, and is named", async (rig) => {
  const daemon = await rig.startWith("");
  rmSync(rig.path("d.sock"));
  mkdirSync(rig.path("d.sock"));
  daemon.signal("SIGUSR2");
  await daemon.logged(/cannot be recreated: .* is a directory/);
  rmdirSync(rig.path("d.sock"));
  const other = createServer((socket) => socket.destroy());
  await event(other.listen(rig.path("d.sock")), "listening");
  daemon.signal("SIGUSR2");
  await daemon.logged(/cannot be recreated: process .*is already listening on/);
  await event(other.close(), "close");
  daemon.signal("SIGUSR2");
  await daemon.logged(/was removed or replaced/);
  assert.equal(await daemon.ask("getIdentification"), "supervisor");
});
