// SOCK-007 on hosts in memory: everything that keeps a daemon from making its socket.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UNUSABLE_PATH } from "../../../../../src/doctor/checks/socket/unusable-address.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { answer, CONFIG, host, INET, lookAt, one, repair, SOCKET, UP, withDaemon } from "./rig.ts";

const at = (path: string): string => CONFIG.replaceAll(SOCKET, path);
const ofPi = (text: string): string =>
  text.replace("[supervisord]\n", "[supervisord]\nuser=pi\n").replace("chown=root:tsv\n", "");
const clean = (on: DoctorHost, text: string | null = null): void =>
  assert.deepEqual(lookAt(UNUSABLE_PATH, on, text), []);

describe("SOCK-007", () => {
  test("its own runtime directory is made without asking", () => {
    const on = host().remove("/run/tsv");
    const finding = one(lookAt(UNUSABLE_PATH, on, CONFIG));
    assert.match(finding.symptom, /errno\.ENOENT \(2\)/);
    assert.match(finding.evidence[0] ?? "", /ENOENT: \/run\/tsv does not exist/);
    assert.equal(finding.repair.class, "A");
    repair(on, finding);
    clean(on);
  });

  test("where a service makes it at each start, a missing runtime directory is nothing", () => {
    const file = { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false };
    assert.deepEqual(
      lookAt(UNUSABLE_PATH, host().remove("/run/tsv"), CONFIG, { service: { file } }),
      [],
    );
  });

  test("other directories are made after a yes, all that are missing", () => {
    const on = host().directory("/srv");
    const finding = one(lookAt(UNUSABLE_PATH, on, at("/srv/app/run/tsv.sock")));
    assert.equal(finding.repair.class, "B");
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => ("path" in step ? step.path : "")),
      ["/srv/app", "/srv/app/run"],
    );
    repair(on, finding);
    clean(on);
  });

  test("one in memory is made at each boot, too, where systemd does that", () => {
    const on = host().mount("/run", { type: "tmpfs" });
    const text = CONFIG.replaceAll(SOCKET, "/run/app/tsv.sock");
    const finding = one(lookAt(UNUSABLE_PATH, on, text));
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    assert.match(
      on.readText("/etc/tmpfiles.d/tsv-doctor.conf") ?? "",
      /^d \/run\/app 0755 root root -$/m,
    );
    assert.deepEqual(lookAt(UNUSABLE_PATH, on, null), []);
  });

  test("the daemon's directory owned by another user is given to the daemon's user", () => {
    const on = host();
    const finding = one(lookAt(UNUSABLE_PATH, on, ofPi(CONFIG)));
    assert.match(finding.symptom, /errno\.EACCES \(13\)/);
    assert.match(
      finding.evidence[0] ?? "",
      /\/run\/tsv is root:root 0755; pi has no write \(w\) permission/,
    );
    assert.equal(finding.repair.class, "A");
    repair(on, finding);
    clean(on);
  });

  test("a directory that others use too stays theirs, and the socket moves", () => {
    const on = host()
      .directory("/srv/app")
      .file("/srv/app/data")
      .directory("/run/tsv", { uid: 1000 });
    const finding = one(lookAt(UNUSABLE_PATH, on, ofPi(at("/srv/app/tsv.sock"))));
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    const text = on.readText("/etc/tsv/tsv.conf") ?? "";
    assert.match(text, /^file=\/run\/tsv\/tsv\.sock$/m);
    assert.match(text, /^serverurl=unix:\/\/\/run\/tsv\/tsv\.sock$/m);
    clean(on);
  });

  for (const shared of ["/tmp", "/run"]) {
    test(`${shared} is never given away`, () => {
      const on = host().directory(shared, { mode: 0o1755 });
      const [finding] = lookAt(UNUSABLE_PATH, on, ofPi(at(`${shared}/x.sock`)));
      assert.ok(finding !== undefined && "repair" in finding);
      assert.ok(finding.repair.steps.every(({ step }) => step.kind !== "own"));
    });
  }

  test("a path that is too long moves, one of 107 bytes is fine", () => {
    const on = host().directory("/srv");
    const long = `/srv/${"x".repeat(103)}`;
    const finding = one(lookAt(UNUSABLE_PATH, on, at(long)));
    assert.match(finding.symptom, /AF_UNIX path too long$/);
    assert.deepEqual(finding.evidence, ["it has 108 bytes; the maximum is 107"]);
    repair(on, finding);
    clean(on);
    clean(on, at(long.slice(0, 107)));
  });

  test("an empty file is removed after confirmation, others are left to be fixed by hand", () => {
    const on = host().file(SOCKET, "", { mode: 0o777 });
    const finding = one(lookAt(UNUSABLE_PATH, on, CONFIG, { servers: [answer("refused")] }));
    assert.match(finding.evidence[0] ?? "", /an empty file, root:root 0777/);
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    clean(on);
    for (const other of [
      host().file(SOCKET, "precious"),
      host().directory(SOCKET),
      host().link(SOCKET, "/etc/passwd"),
    ]) {
      const kept = one(lookAt(UNUSABLE_PATH, other, CONFIG));
      assert.deepEqual([kept.repair.class, kept.repair.steps], ["C", []]);
    }
  });

  test("a lock file that root left to a daemon of another user goes", () => {
    const on = host()
      .directory("/run/tsv", { uid: 1000 })
      .file(`${SOCKET}.lock`, "9\n", { mode: 0o600 });
    const finding = one(lookAt(UNUSABLE_PATH, on, ofPi(CONFIG)));
    assert.match(finding.cause, /lock file .* belongs to another user/);
    assert.equal(finding.repair.class, "A");
    repair(on, finding);
    clean(on);
  });

  test("a lock file elsewhere goes after a yes, and one that is none or in use stays", () => {
    const lock = "/srv/Cargo.lock";
    const text = ofPi(at("/srv/Cargo"));
    const on = () => host().directory("/srv", { uid: 1000 });
    const left = one(lookAt(UNUSABLE_PATH, on().file(lock, "9\n", { mode: 0o600 }), text));
    assert.equal(left.repair.class, "B");
    for (const content of ["# deps\n", "9\n".repeat(40)]) {
      const kept = one(lookAt(UNUSABLE_PATH, on().file(lock, content), text));
      assert.deepEqual([kept.repair.class, kept.repair.steps], ["C", []]);
      assert.match(kept.cause, /another user's file that is not a lock file/);
    }
    const used = on().file(lock, "");
    const inode = used.nodes.get(lock)?.inode;
    used.file("/proc/locks", `1: POSIX  ADVISORY  WRITE 7 08:01:${inode} 0 EOF\n`);
    const kept = one(lookAt(UNUSABLE_PATH, used, text));
    assert.deepEqual([kept.repair.class, kept.repair.steps], ["C", []]);
    assert.match(kept.cause, /a process has locked it/);
  });

  test("a read-only file system is named", () => {
    const on = host().mount("/run", { options: ["ro"] });
    assert.match(one(lookAt(UNUSABLE_PATH, on, CONFIG)).symptom, /errno\.EROFS \(30\)/);
  });

  test("a port below 1024 takes root, or a host that says otherwise", () => {
    const text = ofPi(INET.replaceAll("9001", "80"));
    const low = (on: DoctorHost) => lookAt(UNUSABLE_PATH, on, text);
    assert.match(one(low(host())).evidence[0] ?? "", /runs as pi, and the port is 80/);
    assert.deepEqual(low(host().file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "80\n")), []);
    const unit = "[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n";
    const file = { path: "/etc/systemd/system/tsv.service", text: unit, isPackaged: false };
    assert.deepEqual(lookAt(UNUSABLE_PATH, host(), text, { service: { file } }), []);
    clean(host(), INET.replaceAll("9001", "80"));
  });

  test("facts that a user cannot read are unknown", () => {
    const on = host().directory("/run/tsv", { mode: 0o750, gid: 990 });
    on.uid = 1000;
    for (const path of [SOCKET, `${SOCKET}.lock`]) on.hidden.add(path);
    clean(on, CONFIG);
    on.hidden.add("/run/tsv");
    clean(on, CONFIG);
    assert.deepEqual(lookAt(UNUSABLE_PATH, on, CONFIG, { servers: [answer("denied")] }), []);
  });

  test("reports nothing on a healthy host, if the daemon answers, or for a stale socket that it can replace", () => {
    clean(host(), CONFIG);
    assert.deepEqual(lookAt(UNUSABLE_PATH, withDaemon(host()), CONFIG, UP), []);
    clean(host().socket(SOCKET).file(`${SOCKET}.lock`, "9\n", { mode: 0o600 }), CONFIG);
  });
});
