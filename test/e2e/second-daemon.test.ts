// A file at the path of the socket causes one clear error, and no daemon waits for it forever; a stale socket is replaced.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { event } from "../rig/wait.ts";
import type { Outcome } from "./rig/command.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
import { BASE, e2e, type Rig } from "./rig/rig.ts";
import { Typist } from "./rig/typist.ts";
import { waitForChange, waitForText } from "./rig/watch.ts";

const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

/** A second daemon on the same socket, with files of its own. It must give up by itself. */
async function second(rig: Rig): Promise<Outcome> {
  const args = ["-n", "-c", rig.path("d.conf"), "-j", rig.path("2.pid"), "-l", rig.path("2.log")];
  return await rig.run(TSV_BY_NAME, "supervisord", args);
}

function refused(outcome: Outcome, reason: RegExp): void {
  assert.equal(outcome.status, 2, outcome.stderr);
  const errors = outcome.stderr.split("\n").filter((line) => line.startsWith("Error: "));
  assert.equal(errors.length, 1, outcome.stderr);
  assert.match(outcome.stderr, reason);
}

e2e("a live daemon keeps its socket", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  const { pid } = await first.info("up");
  const inode = lstatSync(rig.path("d.sock")).ino;
  refused(await second(rig), /Another program is already listening/);
  assert.equal(lstatSync(rig.path("d.sock")).ino, inode);
  assert.equal((await first.info("up"))["pid"], pid);
  assert.ok(!existsSync(rig.path("2.pid")));
});

e2e("tsv daemon names the process that is already listening", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  const typist = new Typist([TSV, "daemon", "-c", rig.path("d.conf")], {
    cwd: rig.directory,
    mark: rig.mark,
  });
  await typist.shows(/^Error: process \d+ /);
  assert.equal(await typist.ended(), 2);
  assert.doesNotMatch(typist.screen.lines().join("\n"), /Another program|For help/);
});

e2e("a second daemon of the same configuration leaves no trace", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  // The record of programs and the last AUTO log are made a moment later.
  const isComplete = (): true | undefined => {
    const names = readdirSync(rig.directory);
    const made = [/^d\.programs$/, /^up-stdout/, /^up-stderr/];
    return made.every((each) => names.some((name) => each.test(name))) || undefined;
  };
  await waitForChange(rig.directory, isComplete, "all files of the first daemon");
  const before = [readdirSync(rig.path(".")), readFileSync(rig.path("d.log"), "utf8")];
  const args = ["-n", "-s", "-c", rig.path("d.conf")];
  refused(await rig.run(TSV_BY_NAME, "supervisord", args), /Another program is already listening/);
  assert.deepEqual([readdirSync(rig.path(".")), readFileSync(rig.path("d.log"), "utf8")], before);
});

e2e(
  "auto-log-cleanup: a daemon that starts leaves the logs of another one, which uses the same directory and identifier",
  async (rig) => {
    const first = await rig.startWith(
      PROGRAM.replace("sleep 1000", "sh -c 'echo important; exec sleep 1000'"),
    );
    await first.logged(/success: up/);
    const { logfile } = await first.info("up");
    await waitForText(String(logfile), /important/);
    // Between two runs too.
    await first.ask("stopProcess", "up");
    const other = rig.write(
      "e.conf",
      readFileSync(rig.path("d.conf"), "utf8").replaceAll("/d.", "/e."),
    );
    const started = await rig.command([TSV, "daemon", "-c", other]);
    assert.equal(started.status, 0, started.stderr);
    await waitForText(rig.path("e.log"), /success: up/);
    await rig.command([TSV, "shutdown", "-c", other]);
    assert.equal(readFileSync(String(logfile), "utf8"), "important\n");
    assert.equal(await first.ask("readProcessStdoutLog", "up", 0, 0), "important\n");
  },
);

e2e(
  "socket-hung-holder: a hung daemon keeps its socket, and the second does not hang with it",
  async (rig) => {
    const first = await rig.startWith(PROGRAM);
    first.signal("SIGSTOP");
    try {
      refused(await second(rig), /Another program is already listening/);
    } finally {
      first.signal("SIGCONT");
    }
    assert.equal(((await first.ask("getState")) as { statename: string }).statename, "RUNNING");
  },
);

e2e("a foreign program keeps its socket", async (rig) => {
  const { createServer } = await import("node:net");
  const server = createServer((socket) => socket.on("error", () => {}));
  await event(server.listen(rig.path("d.sock")), "listening");
  try {
    rig.configure(PROGRAM);
    refused(await second(rig), /Another program is already listening/);
    assert.ok(existsSync(rig.path("d.sock")));
  } finally {
    server.close();
  }
});

e2e("a directory is no socket", async (rig) => {
  rig.configure(PROGRAM);
  mkdirSync(rig.path("d.sock"));
  refused(await second(rig), /d\.sock.*directory/s);
  assert.ok(lstatSync(rig.path("d.sock")).isDirectory());
});

e2e("a plain file is no socket, and stays as it is", async (rig) => {
  rig.configure(PROGRAM);
  rig.write("d.sock", "precious\n");
  refused(await second(rig), /d\.sock/);
  assert.equal(readFileSync(rig.path("d.sock"), "utf8"), "precious\n");
});

e2e("the leftover of a killed daemon is taken over", async (rig) => {
  const first = await rig.startWith("");
  first.signal("SIGKILL");
  await first.ended();
  assert.ok(existsSync(rig.path("d.sock")));
  rig.write("d.log", "");
  const next = await rig.start();
  assert.equal(await next.ask("getIdentification"), "supervisor");
});

e2e("a stale socket that the daemon's user cannot remove is named", withoutRoot(), async (rig) => {
  const first = await rig.startWith("");
  first.signal("SIGKILL");
  await first.ended();
  chmodSync(rig.directory, 0o1777);
  mkdirSync(rig.path("mine"));
  chownSync(rig.path("mine"), 65534, 65534);
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const files = ["-j", rig.path("mine/pid"), "-l", rig.path("mine/log"), "-q", rig.path("mine")];
  const command = [...user, TSV_BY_NAME.path("supervisord"), "-n", "-c", rig.path("d.conf")];
  refused(await rig.command([...command, ...files]), /d\.sock/);
  assert.ok(existsSync(rig.path("d.sock")));
});

e2e(
  "root takes over its own dead socket although chown gave it away",
  withoutRoot(),
  async (rig) => {
    rig.write("d.conf", BASE.replace("d.sock\n", "d.sock\nchown=nobody\n"));
    const first = await rig.start();
    first.signal("SIGKILL");
    await first.ended();
    assert.equal(lstatSync(rig.path("d.sock")).uid, 65534);
    rig.write("d.log", "");
    const next = await rig.start();
    assert.equal(await next.ask("getIdentification"), "supervisor");
  },
);

e2e("mode and owner of the socket are those of the config", withoutRoot(), async (rig) => {
  rig.write("d.conf", BASE.replace("d.sock\n", "d.sock\nchmod=0765\nchown=nobody:nogroup\n"));
  await rig.start();
  const { mode, uid, gid } = lstatSync(rig.path("d.sock"));
  assert.equal(mode & 0o7777, 0o765);
  assert.deepEqual([uid, gid], [65534, 65534]);
});
