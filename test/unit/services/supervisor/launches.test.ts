// The launch of a program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { Rig } from "./rig.ts";
import { WEB, web } from "./web-rig.ts";

test("a program to be run as another user is started as that user, or not at all", () => {
  const asUser = (prepare: (rig: Rig) => void) => {
    const rig = new Rig(group("web", [program({ uid: 33, user: "www" })]));
    prepare(rig);
    return rig.begin();
  };
  const user = {
    uid: 33,
    gid: 34,
    groups: [34, 50],
    entry: { name: "www", home: "/srv", shell: "" },
  };
  const started = asUser((rig) => rig.host.users.set(33, user));
  assert.deepEqual(started.spawner.children.get(100)?.spec.user, user);
  const own = asUser((rig) => {
    rig.host.ownUid = 33;
  });
  assert.equal(own.spawner.children.get(100)?.spec.user, null);
  const unknown = asUser(() => {});
  assert.equal(unknown.supervisor.info(WEB)?.spawnErr, "couldn't setuid to 33: Can't find uid 33");
  const poor = asUser((rig) => {
    rig.host.ownUid = 1000;
  });
  assert.equal(
    poor.supervisor.info(WEB)?.spawnErr,
    "couldn't setuid to 33: Can't drop privilege as nonroot user",
  );
});

test("a launch contains everything that exec needs", () => {
  const rig = web({
    command: '/bin/web -c "a b"',
    directory: "/srv",
    umask: 0o27,
    environment: { A: "1" },
    redirectStderr: true,
  });
  assert.deepEqual(rig.spawner.children.get(100)?.spec, {
    candidates: [{ path: "/bin/web", file: "/bin/web", shown: "/bin/web" }],
    argv: ["/bin/web", "-c", "a b"],
    env: [
      "SUPERVISOR_ENABLED=1",
      "SUPERVISOR_PROCESS_NAME=web",
      "SUPERVISOR_GROUP_NAME=web",
      "A=1",
    ],
    cwd: "/srv",
    umask: 0o27,
    user: null,
    softFileLimit: 1024,
    redirectStderr: true,
    stdinFd: null,
    tty: false,
    passed: [],
    isSuspect: false,
  });
  assert.equal(rig.descriptors.entries().size, 2);
});
