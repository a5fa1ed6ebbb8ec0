// Faults of who may use the socket, where ctl looks for it, and whether it can be made.

import { type Fault, NOT_RUNNING, NOT_YET_TAKEN_OVER, runsAs, STARTED } from "./fault.ts";
import { answer, SOCKET, URL } from "./healthy.ts";
import type { World } from "./world.ts";

function asPi(world: World): void {
  world.host.uid = 1000;
  world.host.file("/var/lib/tsv/install.json", "{}");
}

export const ACCESS_FAULTS: readonly Fault[] = [
  {
    code: "SOCK-004",
    what: "chown names a group that chmod keeps out",
    breaks: ({ host }) => void host.socket(SOCKET, { mode: 0o700, gid: 990 }),
    fixes: "B",
  },
  {
    code: "SOCK-004",
    what: "the configuration lets a group in by its owner and not by its mode",
    breaks: (world) =>
      void world.edit("chmod=0660\n", "").host.socket(SOCKET, { mode: 0o700, gid: 990 }),
    fixes: "B",
    leaves: NOT_YET_TAKEN_OVER,
  },
  {
    code: "SOCK-004",
    what: "somebody gave the socket back to root",
    breaks: ({ host }) => void host.socket(SOCKET, { mode: 0o600 }),
    fixes: "B",
  },
  {
    code: "SOCK-004",
    what: "the runtime directory is closed to the group of the socket",
    breaks: ({ host }) => void host.directory("/run/tsv", { mode: 0o700 }),
    fixes: "A",
  },
  {
    code: "SOCK-004",
    what: "a user who is in no group of the socket asks",
    breaks: (world) => {
      asPi(world);
      world.answers(answer("denied"));
    },
    fixes: "person",
  },
  {
    code: "SOCK-005",
    what: "serverurl leads to the socket of another daemon",
    breaks: (world) => void world.edit(`serverurl=${URL}`, "serverurl=unix:///run/supervisor.sock"),
    fixes: "B",
  },
  {
    code: "SOCK-005",
    what: "[supervisorctl] has no serverurl",
    breaks: (world) => void world.edit(`serverurl=${URL}\n`, ""),
    fixes: "B",
  },
  {
    code: "SOCK-005",
    what: "the address was changed under a running daemon",
    breaks: (world) => void world.edit(SOCKET, "/run/tsv/new.sock"),
    fixes: "person",
  },
  {
    code: "SOCK-006",
    what: "serverurl is a path without unix://",
    breaks: (world) => void world.edit(`serverurl=${URL}`, `serverurl=${SOCKET}`),
    fixes: "B",
  },
  {
    code: "SOCK-007",
    what: "user= names a user for whom the installer has made nothing",
    breaks: (world) => {
      const own = { uid: 33, gid: 33 };
      world.down().edit("user=root", "user=www-data").program('environment=HOME="/var/www"');
      world.host.directory("/var/log/tsv", own).remove("/run/tsv").directory("/var/lib/tsv");
      for (const name of ["tsv.log", "web.log", "web.err"]) {
        world.host.file(`/var/log/tsv/${name}`, "", own);
      }
    },
    after: (world, step) => {
      if (step.kind === "command" && step.argv[0] === "usermod") {
        world.host.memberships.set("www-data", [990]);
      }
      if (step.kind === "command" && step.argv.includes("start")) world.up().daemon({ uid: 33 });
    },
    fixes: "B",
    also: {
      ...NOT_RUNNING,
      "SOCK-012": "the user cannot give the socket to root",
      "CONF-001": "the user is not in the group that may read the configuration",
    },
  },
  {
    code: "SOCK-007",
    what: "the directory of the socket is missing",
    breaks: (world) =>
      void world.down().edit(SOCKET, "/srv/app/run/tsv.sock").host.directory("/srv"),
    after: STARTED,
    fixes: "B",
    also: NOT_RUNNING,
  },
  {
    code: "SOCK-007",
    what: "the path of the socket is too long",
    breaks: (world) =>
      void world
        .down()
        .edit(SOCKET, `/srv/${"x".repeat(120)}`)
        .host.directory("/srv"),
    after: STARTED,
    fixes: "B",
    also: NOT_RUNNING,
  },
  {
    code: "SOCK-007",
    what: "root has left a lock file to a daemon of another user",
    like: (world) => runsAs(world, "pi", 1000),
    breaks: (world) => {
      const { host } = world.down();
      host.file(`${SOCKET}.lock`, "9\n", { mode: 0o600 });
    },
    after: STARTED,
    fixes: "A",
    also: NOT_RUNNING,
  },
];
