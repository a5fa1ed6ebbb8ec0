// Addresses on hosts in memory at which the daemon cannot listen, or another process listens.

import type { ServerAnswer } from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import {
  answer,
  asUser,
  CONFIG,
  daemon,
  host,
  INET,
  PID,
  SOCKET,
  serving,
  UP,
  withDaemon,
} from "./rig.ts";

const CONF = "/etc/tsv/tsv.conf";
const UNIT = "/etc/systemd/system/tsv.service";

function at(path: string): string {
  return CONFIG.replaceAll(SOCKET, path);
}

/** The daemon runs as pi. */
function pis(on: DoctorHost, text = CONFIG, parts: Facts = {}): Facts {
  return { on, text: asUser("pi", text), ...parts };
}

function occupied(name: string, on: DoctorHost): Row {
  return [name, { on, text: CONFIG }, { class: "C" }];
}

/** A lock file that is not pi's, in a directory of pi. */
function locked(content: string, isUsed = false): Facts {
  const lock = "/srv/Cargo.lock";
  const on = host().directory("/srv", { uid: 1000 }).file(lock, content, { mode: 0o600 });
  const inode = on.nodes.get(lock)?.inode;
  if (isUsed) on.file("/proc/locks", `1: POSIX  ADVISORY  WRITE 7 08:01:${inode} 0 EOF\n`);
  return pis(on, at("/srv/Cargo"));
}

const LOW = INET.replaceAll("9001", "80");

/** The interfaces have 127.0.0.1, ::1 and fe80::fc:ff:fe00:1; a server wants this address. */
function wanting(address: string): Facts {
  const on = host()
    .file("/proc/net/fib_trie", "|-- 127.0.0.1\n")
    .file(
      "/proc/net/if_inet6",
      "00000000000000000000000000000001 01 80 10 80       lo\nfe8000000000000000fc00fffe000001 04 40 20 80     eth0\n",
    );
  return { on, text: INET.replaceAll("127.0.0.1", address), servers: [] };
}

/** A second server section is added to the first one. */
function second(text: string, section: string): Facts {
  return { on: host(), text: `${text}${section}\n`, servers: [] };
}
const NO_LOCK = {
  class: "C",
  steps: [],
  cause: /another user's file, which is locked or not a lock file/,
} as const;

/** A user cannot examine these paths. */
function hidden(...paths: readonly string[]): DoctorHost {
  const on = host().directory("/run/tsv", { mode: 0o750, gid: 990 });
  on.uid = 1000;
  for (const path of paths) on.hidden.add(path);
  return on;
}

const LOCK = `${SOCKET}.lock`;
const LONG = `/srv/${"x".repeat(103)}`;

rows("SOCK-007", [
  [
    "a link-local address without its interface",
    wanting("[fe80::fc:ff:fe00:1]"),
    { subject: "[fe80::fc:ff:fe00:1]:9001", cause: /needs its interface/, class: "C" },
  ],
  ["one with it", wanting("[fe80::fc:ff:fe00:1%%eth0]"), null],
  ["another address of IPv6", wanting("[2001:db8::5]"), { cause: /No network interface/ }],
  ["an address of IPv6 that an interface has", wanting("[0:0::1]"), null],
  [
    "two servers at one port",
    second(INET, "[inet_http_server:b]\nport=localhost:9001"),
    { cause: /^Only one socket/, class: "C" },
  ],
  [
    "two servers at one port, one of them at all addresses",
    second(INET, "[inet_http_server:b]\nport=*:9001"),
    { subject: "/etc/tsv/tsv.conf [inet_http_server:b] port" },
  ],
  [
    "two servers at one path",
    second(CONFIG, `[unix_http_server:b]\nfile=${SOCKET}`),
    { subject: "/etc/tsv/tsv.conf [unix_http_server:b] file", class: "C" },
  ],
  [
    "a FastCGI program at the path of a server",
    second(CONFIG, `[fcgi-program:f]\ncommand=/bin/true\nsocket=unix://${SOCKET}`),
    { subject: "/etc/tsv/tsv.conf [fcgi-program:f] socket", class: "C" },
  ],
  ["two servers", second(INET, "[inet_http_server:b]\nport=127.0.0.1:9002"), null],
  [
    "its own runtime directory",
    { on: host().remove("/run/tsv"), text: CONFIG },
    { class: "A", fixed: true },
  ],
  [
    "a service creates its runtime directory at each start",
    {
      ...{ on: host().remove("/run/tsv"), text: CONFIG },
      service: { file: { path: UNIT, text: "", isPackaged: false } },
    },
    null,
  ],
  [
    "other directories are created after confirmation",
    { on: host().directory("/srv"), text: at("/srv/app/run/tsv.sock") },
    {
      class: "B",
      steps: ["directory /srv/app root:root 755", "directory /srv/app/run root:root 755"],
      fixed: true,
    },
  ],
  [
    "one in memory is created at each boot, too",
    { on: host().mount("/run", { type: "tmpfs" }), text: at("/run/app/tsv.sock") },
    {
      class: "B",
      steps: ["directory /run/app root:root 755", "file /etc/tmpfiles.d/tsv-doctor.conf"],
      writes: { "/etc/tmpfiles.d/tsv-doctor.conf": /^d \/run\/app 0755 root root -$/m },
    },
  ],
  ["the daemon's directory owned by another user", pis(host()), { class: "A", fixed: true }],
  [
    "a directory that others use stays theirs, and the socket moves",
    pis(
      host().directory("/srv/app").file("/srv/app/data").directory("/run/tsv", { uid: 1000 }),
      at("/srv/app/tsv.sock"),
    ),
    {
      class: "B",
      writes: {
        [CONF]: /^file=\/run\/tsv\/tsv\.sock$[\s\S]*^serverurl=unix:\/\/\/run\/tsv\/tsv\.sock$/m,
      },
      fixed: true,
    },
  ],
  ...["/tmp", "/run"].map(
    (path): Row => [
      `${path} is never given away`,
      pis(host().directory(path, { mode: 0o1755 }), at(`${path}/x.sock`)),
      { steps: /^file/ },
    ],
  ),
  ["one of 107 bytes", { on: host().directory("/srv"), text: at(LONG.slice(0, 107)) }, null],
  [
    "an empty file is removed after confirmation",
    {
      ...{ on: host().file(SOCKET, "", { mode: 0o777 }), text: CONFIG },
      servers: [answer("refused")],
    },
    { class: "B", fixed: true },
  ],
  occupied("another file", host().file(SOCKET, "precious")),
  occupied("a directory", host().directory(SOCKET)),
  occupied("a symlink", host().link(SOCKET, "/etc/passwd")),
  ["a lock file elsewhere", locked("9\n"), { class: "B" }],
  ["a file of that name", locked("# deps\n"), NO_LOCK],
  ["a longer one", locked("9\n".repeat(40)), NO_LOCK],
  ["a lock file in use", locked("", true), { class: "C" }],
  [
    "a read-only file system",
    { on: host().mount("/run", { options: ["ro"] }), text: CONFIG },
    { symptom: /errno\.EROFS \(30\)/ },
  ],
  ["a port below 1024", pis(host(), LOW), { evidence: /runs as pi, and the port is 80/ }],
  [
    "the host allows it",
    pis(host().file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "80\n"), LOW),
    null,
  ],
  [
    "the unit allows it",
    pis(host(), LOW, {
      service: { file: { path: UNIT, text: "CAP_NET_BIND_SERVICE", isPackaged: false } },
    }),
    null,
  ],
  ["files that a user cannot read", { on: hidden(SOCKET, LOCK), text: CONFIG }, null],
  ["a directory that a user cannot read", { on: hidden("/run/tsv"), text: CONFIG }, null],
  [
    "a socket that denies access",
    { on: hidden("/run/tsv"), text: CONFIG, servers: [answer("denied")] },
    null,
  ],
  [
    "a stale socket that it can replace",
    { on: host().socket(SOCKET).file(LOCK, "9\n", { mode: 0o600 }), text: CONFIG },
    null,
  ],
]);

const SYMPTOM =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.";
const URL9001 = { section: "inet_http_server", url: "http://127.0.0.1:9001" };
const OTHER = daemon({
  ...{ kind: "supervisor", pid: 9, config: "/etc/supervisor/supervisord.conf" },
  command: ["/usr/bin/python3", "/usr/bin/supervisord", "-c", "/etc/supervisor/supervisord.conf"],
});

/** A process has the port. */
function port(
  pid: number | null,
  command: readonly string[] = [],
  parts: Facts = {},
  { address = "127.0.0.1", uid = 0, port: number = 9001 } = {},
): Facts {
  const on = host().listen({ kind: "tcp", address, port: number, pid });
  if (pid !== null && command.length > 0) on.run(pid, command, { uid });
  return { on, text: INET, ...parts };
}

function named(evidence: string, ...command: readonly string[]): Row {
  return [evidence, port(77, command), { evidence: [`pid 77 of root: ${evidence}`] }];
}

function overlap(wanted: string, address: string, isHeld: boolean): Row {
  const text = INET.replace("127.0.0.1:9001", `${wanted}:9001`);
  const name = `${address} is ${isHeld ? "" : "not "}in the way of ${wanted}`;
  return [name, port(5, [], { text }, { address }), isHeld ? {} : null];
}

/** Another daemon answers at the socket. */
function shared(address: string): Row {
  const on = host().socket(SOCKET).run(9, OTHER.command);
  on.listen({ kind: "unix", address, pid: 9 });
  const facts = { on, text: CONFIG, daemons: [OTHER], servers: [answer("answers", { pid: 9 })] };
  const expected = { symptom: SYMPTOM, subject: `unix://${SOCKET}`, evidence: /pid 9/ };
  return [`two configurations share ${address}`, facts, expected];
}

const FOREIGN = { servers: [answer("foreign", URL9001)] };
const MINE = { ...UP, servers: [answer("answers", URL9001)] };
const ELSEWHERE = serving("answers", {}, { config: "/etc/tsv/other.conf" });
const SERVICE = {
  ...{ path: "", text: "", name: "supervisor", isRunning: true, isEnabled: true, isMasked: false },
};

/** @param isTsv it is Supervisor otherwise */
function inContainer(isTsv: boolean): ServerAnswer {
  const answered = answer("answers", { ...URL9001, pid: 7 });
  return { ...answered, daemon: answered.daemon && { ...answered.daemon, isTsv } };
}

rows("SOCK-008", [
  [
    "a program has the port: its pid, user and command, not its secrets",
    port(77, ["/usr/sbin/nginx", "--password", "sesame", "-c", "/etc/nginx/nginx.conf"], FOREIGN, {
      address: "0.0.0.0",
      uid: 33,
    }),
    {
      ...{ symptom: SYMPTOM, subject: "127.0.0.1:9001", key: "port" },
      evidence: ["pid 77 of www-data: /usr/sbin/nginx"],
      commands: ["ps -fp 77", "kill 77"],
    },
  ],
  named("/usr/bin/python3 /opt/serve.py", "/usr/bin/python3", "/opt/serve.py", "--token=sesame"),
  named("python3", "python3", "-m", "http.server", "sesame"),
  [
    "a Supervisor has the port",
    port(9, OTHER.command, {
      daemons: [OTHER],
      servers: [answer("answers", { ...URL9001, pid: 9 })],
      service: { supervisors: { services: [SERVICE], processes: [], configs: [] } },
    }),
    {
      commands: [
        "tsv status -c /etc/supervisor/supervisord.conf",
        "systemctl disable --now supervisor.service",
      ],
    },
  ],
  shared(SOCKET),
  shared(`${SOCKET}.9`),
  [
    "a daemon that answers runs with another configuration",
    { on: withDaemon(host()), text: CONFIG, ...ELSEWHERE },
    {
      cause: /^Another tsv daemon listens on unix:.*sock\.$/,
      evidence: /with \/etc\/tsv\/other\.conf/,
    },
  ],
  [
    "which is a symlink to it",
    { on: withDaemon(host()).link("/etc/tsv/other.conf", CONF), text: CONFIG, ...ELSEWHERE },
    null,
  ],
  [
    "the pid of a daemon in a container is unknown here",
    {
      ...port(null, [], { servers: [inContainer(false)] }),
      on: host().run(7, ["/sbin/init"]).listen({ kind: "tcp", address: "0.0.0.0", port: 9001 }),
    },
    { evidence: /cannot see/ },
  ],
  [
    "tsv answers at the port, and doctor runs in another pid namespace",
    port(null, [], { servers: [inContainer(true)] }),
    null,
  ],
  [
    "tsv answers at the socket, and doctor runs in another pid namespace",
    {
      on: host().socket(SOCKET).listen({ kind: "unix", address: SOCKET, pid: null }),
      text: CONFIG,
      servers: [answer("answers")],
    },
    null,
  ],
  overlap("127.0.0.1", "127.0.0.1", true),
  overlap("127.0.0.1", "0.0.0.0", true),
  overlap("*", "10.0.0.5", true),
  overlap("*", "0.0.0.0", true),
  overlap("localhost", "127.0.0.1", true),
  overlap("127.0.0.1", "::", false),
  overlap("127.0.0.1", "10.0.0.5", false),
  overlap("127.0.0.1", "::1", false),
  ["a socket of IPv6 that takes IPv4 too", port(5, [], FOREIGN, { address: "::" }), {}],
  ["the daemon itself has the port", port(PID, [], MINE), null],
  ["this user cannot see that it is the daemon's", port(null, [], MINE), null],
  [
    "a socket that refuses this user, whose listener he cannot see, may be the daemon's",
    {
      on: host().socket(SOCKET).listen({ kind: "unix", address: SOCKET, pid: null }),
      ...{ text: CONFIG, servers: [answer("denied")], caller: { uid: 65534 } },
    },
    null,
  ],
  [
    "and so may a port that refuses his password",
    port(null, [], { servers: [answer("unauthorized", URL9001)], caller: { uid: 65534 } }),
    null,
  ],
  [
    "a stale socket refuses",
    { on: host().socket(SOCKET), text: CONFIG, servers: [answer("refused")] },
    null,
  ],
  [
    "a lost socket is only in the kernel's list",
    { on: host().listen({ kind: "unix", address: SOCKET, pid: 5 }), text: CONFIG },
    null,
  ],
]);
