// The life of a FastCGI socket: from the first process that needs it to the last that had it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  GroupConfig,
  ProcessConfig,
  SocketConfig,
} from "../../../../src/core/config/model.ts";
import { faultText } from "../../../../src/core/xmlrpc/faults.ts";
import { group, program } from "../../core/process/samples.ts";
import { key, Rig } from "./rig.ts";

const UNIX: SocketConfig = {
  url: "unix:///run/app.sock",
  address: { kind: "unix", path: "/run/app.sock" },
  backlog: null,
  owner: null,
  mode: 0o700,
};

function origin(section: string): ProcessConfig["origin"] {
  return { file: "test.conf", section, line: 1 };
}

/** Processes of one fcgi-program section. */
function pool(name: string, count: number, changes: Partial<ProcessConfig> = {}): GroupConfig {
  const processes = Array.from({ length: count }, (_, n) =>
    program({
      name: `${name}${n}`,
      programName: name,
      command: `/bin/${name}`,
      startSecs: 0,
      fcgiSocket: UNIX,
      origin: origin(`fcgi-program:${name}`),
      ...changes,
    }),
  );
  return { ...group(name, processes), kind: "fcgi", socket: UNIX };
}

const socketLines = (rig: Rig): string[] => rig.log().filter((line) => /socket/i.test(line));

test("the first process makes the socket and the others get the same one as their stdin", () => {
  const rig = new Rig(pool("app", 3)).begin();
  assert.deepEqual(socketLines(rig), ["INFO Creating socket unix:///run/app.sock"]);
  const given = [...rig.spawner.children.values()].map((child) => child.spec.stdinFd);
  assert.deepEqual(
    given,
    [...rig.sockets.live.keys()].flatMap((fd) => [fd, fd, fd]),
  );
});

test("the socket stays while one process is replaced, and is closed after the last death", async () => {
  const rig = new Rig(pool("app", 2)).begin();
  rig.log();
  rig.die("app:app0", { exitCode: 1 });
  rig.advance(1000);
  assert.equal(rig.state("app:app0"), "RUNNING");
  assert.deepEqual(socketLines(rig), []);
  for (const name of ["app:app0", "app:app1"]) {
    void rig.supervisor.stop(key(name), false);
    assert.equal(rig.sockets.live.size, 1);
    rig.die(name, { signal: 15 });
  }
  assert.deepEqual(socketLines(rig), ["INFO Closing socket unix:///run/app.sock"]);
  assert.equal(rig.sockets.live.size, 0);
});

test("its descriptors stand in the table as long as it lives", () => {
  const rig = new Rig(pool("app", 1)).begin();
  const roles = (): string[] =>
    [...rig.descriptors.values()].filter(({ owner }) => owner === UNIX.url).map(({ role }) => role);
  assert.deepEqual(roles(), ["program-socket", "lock"]);
  void rig.supervisor.stop(key("app:app0"), false);
  rig.die("app:app0", { signal: 15 });
  assert.deepEqual(roles(), []);
});

test("fcgi-spawn-error: a socket that cannot be made is the spawn error, retried and given up like any other", () => {
  const rig = new Rig(pool("app", 1, { startRetries: 1 }));
  rig.sockets.refuse = () => "/run/app.sock is a plain file, not a socket.";
  rig.begin();
  assert.equal(rig.state("app:app0"), "BACKOFF");
  const info = rig.supervisor.info(key("app:app0"));
  assert.equal(
    info?.spawnErr,
    "Could not create FastCGI socket unix:///run/app.sock: /run/app.sock is a plain file, not a socket.",
  );
  rig.advance(1000);
  assert.equal(rig.state("app:app0"), "FATAL");
});

test("after a failed spawn the socket is closed again", () => {
  const rig = new Rig(pool("app", 1));
  rig.spawner.refuse = () => ({ stage: "exec", errno: "ENOEXEC" });
  rig.begin();
  assert.equal(rig.sockets.opened, 1);
  assert.equal(rig.sockets.live.size, 0);
});

test("fcgi-one-section: a second section with the address of the first gets an error that names it", () => {
  const rig = new Rig(pool("app", 1), pool("other", 1)).begin();
  assert.equal(rig.state("app:app0"), "RUNNING");
  assert.match(
    rig.supervisor.info(key("other:other0"))?.spawnErr ?? "",
    /unix:\/\/\/run\/app\.sock: it is the socket of \[fcgi-program:app\] already/,
  );
});

test("fcgi-in-group: processes of one section share their socket across groups", () => {
  const member = pool("app", 1).processes;
  const rig = new Rig(group("g", [...member, program({ name: "plain" })]), group("h", member));
  rig.begin();
  const given = [...rig.spawner.children.values()].map((child) => child.spec.stdinFd !== null);
  assert.deepEqual(given, [true, false, true]);
  assert.equal(rig.sockets.opened, 1);
});

test("stdin of a FastCGI program cannot be written to", () => {
  const rig = new Rig(pool("app", 1)).begin();
  const answer = rig.supervisor.writeStdin(key("app:app0"), new Uint8Array([1]));
  assert.equal(answer.ok ? "" : faultText(answer.error), "NO_FILE: app:app0");
});

test("descriptors still open at the end of supervision are closed", () => {
  const rig = new Rig(pool("app", 1)).begin();
  rig.supervisor.close();
  assert.equal(rig.sockets.live.size, 0);
});
