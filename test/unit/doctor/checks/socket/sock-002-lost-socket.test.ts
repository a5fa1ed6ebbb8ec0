// SOCK-002 on hosts in memory: a daemon that lives and cannot be reached by its socket.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LOST_SOCKET } from "../../../../../src/doctor/checks/socket/socket-file.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import {
  answer,
  CONFIG,
  daemon,
  host,
  lookAt,
  one,
  PID,
  repair,
  SOCKET,
  UP,
  URL,
  withDaemon,
} from "./rig.ts";

const GONE = { ...UP, servers: [answer("missing")] };
const REFUSED = { ...UP, servers: [answer("refused")] };
const SIGNAL = {
  kind: "signal",
  pid: PID,
  startTicks: PID * 100,
  signal: "SIGUSR2",
  what: "recreate its socket",
};
const ANSWER = { kind: "answer", server: URL, timeoutSeconds: 10 };

const lost = (): DoctorHost => withDaemon(host()).remove(SOCKET);

describe("SOCK-002", () => {
  test("a tsv daemon gets the signal to recreate its socket", () => {
    const on = lost();
    const finding = one(lookAt(LOST_SOCKET, on, CONFIG, GONE));
    assert.deepEqual([finding.severity, finding.repair.class], ["error", "A"]);
    assert.equal(finding.symptom, `${URL} no such file`);
    assert.deepEqual(finding.repair.commands, [`kill -USR2 ${PID}`]);
    assert.deepEqual(repair(on, finding), [SIGNAL, ANSWER]);
  });

  test("its runtime directory is made again where that is gone too", () => {
    const on = lost().remove("/run/tsv");
    const finding = one(lookAt(LOST_SOCKET, on, CONFIG, GONE));
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(repair(on, finding), [SIGNAL, ANSWER]);
    assert.ok(on.look("/run/tsv").ok);
  });

  test("a directory outside tsv's own is created after confirmation, and none above it", () => {
    const text = CONFIG.replaceAll("/run/tsv/", "/srv/app/run/");
    const on = host().listen({ kind: "unix", address: "/srv/app/run/tsv.sock", pid: PID });
    const gone = { ...UP, servers: [answer("missing", { url: "unix:///srv/app/run/tsv.sock" })] };
    assert.equal(one(lookAt(LOST_SOCKET, on.directory("/srv/app"), text, gone)).repair.class, "B");
    on.remove("/srv/app");
    assert.equal(one(lookAt(LOST_SOCKET, on, text, gone)).repair.class, "C");
  });

  test("a dead socket in its place is the daemon's to remove", () => {
    const finding = one(lookAt(LOST_SOCKET, lost().socket(SOCKET), CONFIG, REFUSED));
    assert.equal(finding.symptom, `${URL} refused connection`);
    assert.equal(finding.repair.class, "A");
  });

  test("an empty file is removed after confirmation, one with content stays", () => {
    const on = lost().file(SOCKET);
    const finding = one(lookAt(LOST_SOCKET, on, CONFIG, REFUSED));
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(repair(on, finding), [SIGNAL, ANSWER]);
    assert.ok(!on.look(SOCKET).ok);
    const kept = one(lookAt(LOST_SOCKET, lost().file(SOCKET, "precious"), CONFIG, REFUSED));
    assert.deepEqual([kept.repair.class, kept.repair.steps], ["C", []]);
  });

  test("the kernel knows Supervisor's socket by another name, and only a restart restores it", () => {
    const one_ = daemon({ kind: "supervisor" });
    const on = host().listen({ kind: "unix", address: `${SOCKET}.${PID}`, pid: PID });
    const parts = { daemon: one_, daemons: [one_], servers: [answer("missing")] };
    const finding = one(lookAt(LOST_SOCKET, on, CONFIG, parts));
    assert.deepEqual([finding.repair.class, finding.repair.steps], ["C", []]);
    assert.match(finding.evidence.join(), /tsv\.sock\.812/);
  });

  test("/var/run and /run are one directory", () => {
    const on = lost().link("/var/run", "/run");
    const text = CONFIG.replaceAll("/run/tsv/", "/var/run/tsv/");
    const gone = { ...UP, servers: [answer("missing", { url: "unix:///var/run/tsv/tsv.sock" })] };
    assert.equal(one(lookAt(LOST_SOCKET, on, text, gone)).repair.class, "A");
  });

  test("another daemon that answers in its place is not it", () => {
    const other = { ...UP, servers: [answer("answers", { pid: 99 })] };
    const on = withDaemon(host()).listen({ kind: "unix", address: SOCKET, pid: 99 });
    assert.match(one(lookAt(LOST_SOCKET, on, CONFIG, other)).cause, /replaced/);
  });

  for (const [what, parts, on] of [
    ["it answers", UP, withDaemon(host())],
    ["no daemon runs", {}, host()],
    ["the daemon never listened there", GONE, host()],
    [
      "another process has the socket",
      GONE,
      host().listen({ kind: "unix", address: SOCKET, pid: 7 }),
    ],
    ["this user may not ask", { ...UP, servers: [answer("denied")] }, withDaemon(host())],
    ["it hangs", { ...UP, servers: [answer("silent")] }, withDaemon(host())],
  ] as const) {
    test(`is silent when ${what}`, () => {
      assert.deepEqual(lookAt(LOST_SOCKET, on, CONFIG, parts), []);
    });
  }

  test("a name that only begins alike is another socket", () => {
    const on = host().listen({ kind: "unix", address: `${SOCKET}.old`, pid: PID });
    assert.deepEqual(lookAt(LOST_SOCKET, on, CONFIG, GONE), []);
  });

  test("a service with a private /tmp has not lost its socket", () => {
    const path = "/tmp/tsv.sock";
    const text = CONFIG.replaceAll(SOCKET, path);
    const on = host().listen({ kind: "unix", address: path, pid: PID });
    const parts = {
      ...UP,
      servers: [answer("missing", { url: `unix://${path}` })],
      service: { properties: { PrivateTmp: "yes", MainPID: String(PID) } },
    };
    assert.deepEqual(lookAt(LOST_SOCKET, on, text, parts), []);
  });
});
