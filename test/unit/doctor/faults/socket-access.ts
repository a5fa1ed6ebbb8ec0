// Faults of who may use the socket, where ctl looks for it, and whether it can be made.

import { type Fault, fault, NOT_RUNNING, NOT_YET_TAKEN_OVER, runsAs, STARTED } from "./fault.ts";
import { answer, CONF, SOCKET, URL } from "./healthy.ts";
import type { World } from "./world.ts";

function asPi(world: World): void {
  world.host.uid = 1000;
  world.host.file("/var/lib/tsv/install.json", "{}");
}

export const ACCESS_FAULTS: readonly Fault[] = [
  fault("SOCK-004", "chown names a group that chmod keeps out", "B", ({ host }) =>
    host.socket(SOCKET, { mode: 0o700, gid: 990 }),
  ),
  fault(
    "SOCK-004",
    "the configuration lets a group in by its owner and not by its mode",
    "B",
    (world) => world.edit("chmod=0660\n", "").host.socket(SOCKET, { mode: 0o700, gid: 990 }),
    { leaves: NOT_YET_TAKEN_OVER },
  ),
  fault("SOCK-004", "somebody gave the socket back to root", "B", ({ host }) =>
    host.socket(SOCKET, { mode: 0o600 }),
  ),
  fault("SOCK-004", "the runtime directory is closed to the group of the socket", "A", ({ host }) =>
    host.directory("/run/tsv", { mode: 0o700 }),
  ),
  fault("SOCK-004", "a user who is in no group of the socket asks", "person", (world) => {
    asPi(world);
    world.answers(answer("denied"));
  }),
  fault("SOCK-004", "a user who may not even read the configuration asks", "person", (world) => {
    asPi(world);
    world.host.hidden.add(CONF);
    world.answers(answer("denied"));
  }),
  fault("SOCK-005", "serverurl leads to the socket of another daemon", "B", (world) =>
    world.edit(`serverurl=${URL}`, "serverurl=unix:///run/supervisor.sock"),
  ),
  fault("SOCK-005", "the address was changed under a running daemon", "person", (world) =>
    world.edit(SOCKET, "/run/tsv/new.sock"),
  ),
  fault("SOCK-006", "serverurl is a path without unix://", "B", (world) =>
    world.edit(`serverurl=${URL}`, `serverurl=${SOCKET}`),
  ),
  fault(
    "SOCK-007",
    "user= names a user for whom the installer has made nothing",
    "B",
    (world) => {
      const own = { uid: 33, gid: 33 };
      world.down().edit("user=root", "user=www-data").program('environment=HOME="/var/www"');
      world.host.directory("/var/log/tsv", own).remove("/run/tsv").directory("/var/lib/tsv");
      for (const name of ["tsv.log", "web.log", "web.err"]) {
        world.host.file(`/var/log/tsv/${name}`, "", own);
      }
    },
    {
      after: (world, step) => {
        if (step.kind === "command" && step.argv[0] === "usermod") {
          world.host.memberships.set("www-data", [990]);
        }
        if (step.kind === "command" && step.argv.includes("start")) world.up().daemon({ uid: 33 });
      },
      also: {
        ...NOT_RUNNING,
        "SOCK-012": "the user cannot give the socket to root",
        "CONF-001": "the user is not in the group that may read the configuration",
      },
    },
  ),
  fault(
    "SOCK-007",
    "the directory of the socket is missing",
    "B",
    (world) => world.down().edit(SOCKET, "/srv/app/run/tsv.sock").host.directory("/srv"),
    { after: STARTED, also: NOT_RUNNING },
  ),
  fault(
    "SOCK-007",
    "the path of the socket is too long",
    "B",
    (world) =>
      world
        .down()
        .edit(SOCKET, `/srv/${"x".repeat(120)}`)
        .host.directory("/srv"),
    { after: STARTED, also: NOT_RUNNING },
  ),
  fault(
    "SOCK-007",
    "root has left a lock file to a daemon of another user",
    "A",
    (world) => {
      const { host } = world.down();
      host.file(`${SOCKET}.lock`, "9\n", { mode: 0o600 });
    },
    { like: (world) => runsAs(world, "pi", 1000), after: STARTED, also: NOT_RUNNING },
  ),
];
