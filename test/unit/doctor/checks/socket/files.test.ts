// Files of sockets on hosts in memory: lost, stale, in /tmp, or on a file system without sockets.

import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { answer, asUser, CONFIG, host, PID, SOCKET, serving, UP, withDaemon } from "./rig.ts";

const GONE = serving("missing");

/** The daemon listens at the path of another configuration, whose file is missing. */
function lostAt(path: string, on: DoctorHost, parts = {}): Facts {
  const text = CONFIG.replaceAll(SOCKET, path);
  const listening = on.listen({ kind: "unix", address: path, pid: PID });
  return { on: listening, text, ...serving("missing", { url: `unix://${path}` }), ...parts };
}

rows("SOCK-002", [
  [
    "a directory outside tsv's own is created after confirmation",
    lostAt("/srv/app/run/tsv.sock", host().directory("/srv/app")),
    { class: "B" },
  ],
  [
    "those above it belong to root",
    lostAt("/srv/app/run/tsv.sock", host().directory("/srv")),
    {
      class: "B",
      steps:
        /^directory \/srv\/app root:root 755\ndirectory \/srv\/app\/run root:root 755\nsignal /,
    },
  ],
  [
    "in /tmp, from which old files are removed",
    lostAt("/tmp/tsv.sock", host()),
    { evidence: /old files in \/tmp are removed/ },
  ],
  [
    "/var/run and /run are one directory",
    {
      on: withDaemon(host()).remove(SOCKET).link("/var/run", "/run"),
      text: CONFIG.replaceAll("/run/tsv/", "/var/run/tsv/"),
      ...serving("missing", { url: "unix:///var/run/tsv/tsv.sock" }),
    },
    { class: "A" },
  ],
  [
    "another daemon that answers in its place",
    {
      on: withDaemon(host()).listen({ kind: "unix", address: SOCKET, pid: 99 }),
      text: CONFIG,
      ...serving("answers", { pid: 99 }),
    },
    { cause: /replaced/ },
  ],
  ["the daemon never listened there", { on: host(), text: CONFIG, ...GONE }, null],
  [
    "another process has the socket",
    { on: host().listen({ kind: "unix", address: SOCKET, pid: 7 }), text: CONFIG, ...GONE },
    null,
  ],
  ["no permission", { on: withDaemon(host()), text: CONFIG, ...serving("denied") }, null],
  ["no answer", { on: withDaemon(host()), text: CONFIG, ...serving("silent") }, null],
  [
    "a name that only begins alike",
    {
      on: host().listen({ kind: "unix", address: `${SOCKET}.old`, pid: PID }),
      text: CONFIG,
      ...GONE,
    },
    null,
  ],
  [
    "a service with a private /tmp has not lost its socket, but hides it",
    lostAt("/tmp/tsv.sock", host(), {
      service: { properties: { PrivateTmp: "yes", MainPID: String(PID) } },
    }),
    {
      class: "C",
      evidence: /PrivateTmp=yes/,
      commands: /write: file=\/run\/tsv\/tsv\.sock/,
    },
  ],
]);

function stale(on: DoctorHost, parts: Facts = { servers: [answer("refused")] }): Facts {
  return { on, text: CONFIG, ...parts };
}

rows("SOCK-003", [
  [
    "another user's in a sticky directory keeps the daemon from starting",
    {
      on: host().socket("/tmp/x.sock"),
      text: asUser("pi", CONFIG.replaceAll(SOCKET, "/tmp/x.sock")),
      servers: [answer("refused", { url: "unix:///tmp/x.sock" })],
    },
    { cause: /runs as pi, which has no permission to remove it/, evidence: /root:root 0700/ },
  ],
  [
    "the kernel lists it under Supervisor's name",
    stale(
      host()
        .socket(SOCKET)
        .listen({ kind: "unix", address: `${SOCKET}.812`, pid: 812 }),
    ),
    null,
  ],
  [
    "a user who cannot connect, because the kernel's list is public",
    stale(host().socket(SOCKET), { servers: [answer("denied")] }),
    { subject: SOCKET },
  ],
  ["a file that is no socket", stale(host().file(SOCKET)), null],
  ["a link to a socket", stale(host().socket("/run/tsv/x").link(SOCKET, "/run/tsv/x")), null],
  [
    "a socket that the kernel still lists",
    stale(host().socket(SOCKET).listen({ kind: "unix", address: SOCKET })),
    null,
  ],
]);

function shared(type: string): Facts {
  const on = host().directory("/vagrant/run").mount("/vagrant", { type });
  return { on, text: CONFIG.replaceAll(SOCKET, "/vagrant/run/tsv.sock") };
}

function fuse(): DoctorHost {
  return withDaemon(host()).mount("/run", { type: "fuse.overlay" });
}

rows("SOCK-011", [
  ...["vfat", "exfat", "vboxsf", "9p", "cifs", "fuse.sshfs"].map(
    (type): Row => [
      `a socket on ${type} moves to the runtime directory`,
      shared(type),
      { severity: "error", class: "B", fixed: true },
    ],
  ),
  ["a network file system", shared("nfs4"), null],
  ["a socket that works", { on: fuse(), text: CONFIG, ...UP }, null],
  ["one that denies access", { on: fuse(), text: CONFIG, ...serving("denied") }, null],
  ...["tmpfs", "ext4", "overlay", "btrfs", "fuseblk", "virtiofs"].map(
    (type): Row => [type, { on: host().mount("/run", { type }), text: CONFIG }, null],
  ),
]);
