// Permissions of sockets on hosts in memory: who is denied access, and owners and modes that are not possible.

import assert from "node:assert/strict";
import { test } from "node:test";
import { meantMode } from "../../../../../src/doctor/checks/socket/socket-access.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { CONFIG, host, SOCKET, serving, UP, withDaemon } from "./rig.ts";

const CONF = "/etc/tsv/tsv.conf";
const OPEN = "chmod=0660\nchown=root:tsv\n";

/** The user pi is denied access. */
function denied(on: DoctorHost, gids: readonly number[] = [], parts: Facts = {}): Facts {
  on.uid = 1000;
  on.memberships.set("pi", gids);
  return { on, text: CONFIG, ...serving("denied"), ...parts };
}

/** As root, with a daemon that answers. */
function up(on: DoctorHost, text = CONFIG): Facts {
  return { on, text, ...UP };
}

/** A runtime directory that is not public. */
function closed(gid = 0, mode = 0o700): DoctorHost {
  return withDaemon(host().directory("/run/tsv", { mode, gid }));
}

rows("SOCK-004", [
  [
    "a closed directory on the way",
    denied(closed(), [990]),
    { commands: ["sudo setfacl -m u:pi:x /run/tsv"] },
  ],
  [
    "a socket of root alone is opened to a group by the user",
    denied(withDaemon(host()).socket(SOCKET), [], { text: CONFIG.replace(OPEN, "") }),
    {
      class: "C",
      commands: /write: chmod=0770\n.*write: chown=root:tsv\nsudo chgrp tsv \/run/,
    },
  ],
  [
    "a member since after the login",
    denied(withDaemon(host()), [990], { caller: { gids: [1000] } }),
    { cause: /after this login/, advice: /Log in again/ },
  ],
  [
    "where others could put a link in its place, only commands are shown",
    up(closed(0, 0o777).socket(SOCKET)),
    { steps: [], commands: [`chown -h root:tsv ${SOCKET}`, `chmod 0660 ${SOCKET}`] },
  ],
  [
    "a socket of root alone",
    up(withDaemon(host()).socket(SOCKET, { mode: 0o700 }), CONFIG.replace(OPEN, "")),
    null,
  ],
  [
    "a socket of one user",
    up(
      withDaemon(host()).socket(SOCKET, { mode: 0o700, uid: 33, gid: 33 }),
      CONFIG.replace(OPEN, "chmod=0700\nchown=www-data:www-data\n"),
    ),
    null,
  ],
  [
    "a socket that was opened further",
    up(withDaemon(host()).socket(SOCKET, { mode: 0o666, gid: 990 })),
    null,
  ],
  ["a member of the group", denied(withDaemon(host()), [990], UP), null],
]);

test("SOCK-012: the mode that was meant", () => {
  const meanings: readonly (readonly [string, string])[] = [
    ["rwxrwx---", "0770"],
    ["srw-rw----", "0660"],
    ["0o770", "0770"],
    ["0o0700", "0700"],
    ["u=rwx", "0700"],
    ["0999", "0700"],
  ];
  for (const [written, meant] of meanings) assert.equal(meantMode(written), meant, written);
});

function accounts(): DoctorHost {
  return host()
    .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n")
    .file("/etc/group", "root:x:0:\ntsv:x:990:pi\nwww-data:x:33:\n");
}

function withoutGroup(): DoctorHost {
  const on = host();
  on.groups.splice(0, on.groups.length, ...on.groups.filter(({ name }) => name !== "tsv"));
  return on;
}

function member(): DoctorHost {
  const on = accounts();
  on.memberships.set("pi", [990]);
  return on;
}

function owner(written: string, meant: string): Row {
  return [
    `an owner ${written} becomes ${meant}`,
    { on: accounts(), text: CONFIG.replace("root:tsv", written) },
    { writes: { [CONF]: new RegExp(`^chown=${meant}$`, "m") }, fixed: true },
  ];
}

const PIS = CONFIG.replace("[supervisord]\n", "[supervisord]\nuser=pi\n");

rows("SOCK-012", [
  owner("root:tvs", "root:tsv"),
  owner("ww-data", "www-data"),
  owner("nobodyknows:whoitis", "root"),
  [
    "a group of the service that was deleted",
    {
      ...{ on: withoutGroup(), text: CONFIG },
      service: {
        file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false },
      },
    },
    { steps: ["group tsv"], commands: /^groupadd --system tsv/ },
  ],
  ["a daemon that is not root keeps its socket", { on: accounts(), text: PIS }, { fixed: true }],
  [
    "it may choose among its groups",
    { on: member(), text: PIS.replace("root:tsv", "pi:tsv") },
    null,
  ],
  ["another mistake", { on: accounts(), text: `${CONFIG}[program:x]\n` }, null],
]);
