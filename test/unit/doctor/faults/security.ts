// Faults of who may do what: open ports and sockets, passwords that others can read, files that others can change.

import { elf } from "../checks/programs/rig.ts";
import { type Fault, STARTED } from "./fault.ts";
import { answer, CONF, PID, PROGRAMS, SECRET, SOCKET, WEB } from "./healthy.ts";
import type { World } from "./world.ts";

/** The configuration has a port, too, with what else is written there. */
function withPort(world: World, address: string, ...lines: readonly string[]): void {
  const section = ["[inet_http_server]", `port=${address}`, ...lines].join("\n");
  world.edit("[supervisord]", `${section}\n\n[supervisord]`);
  world.host.listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: PID });
}

export const SECURITY_FAULTS: readonly Fault[] = [
  {
    code: "SEC-001",
    what: "the port is open to the network without a password",
    breaks: (world) => withPort(world, "*:9001"),
    fixes: "B",
  },
  {
    code: "SEC-002",
    what: "everybody can read the password of the port",
    like: (world) => withPort(world, "127.0.0.1:9001", "username=me", `password=${SECRET}`),
    breaks: ({ host }) => void host.file(CONF, host.readText(CONF) ?? "", { mode: 0o644 }),
    fixes: "B",
  },
  {
    code: "SEC-009",
    what: "everybody can read the secrets of a program",
    breaks: (world) => {
      world.host.file("/etc/web.env", `DB_PASSWORD=${SECRET}\n`, { mode: 0o644 });
      world.program("env_file=/etc/web.env");
    },
    fixes: "B",
  },
  {
    code: "SEC-003",
    what: "somebody gives a password to ctl on its command line",
    breaks: ({ host }) =>
      void host.run(50, ["/usr/bin/supervisorctl", "-u", "me", "-p", SECRET, "status"], {
        uid: 1000,
      }),
    fixes: "person",
    severity: "info",
  },
  {
    code: "SEC-004",
    what: "everybody may write to the configuration",
    breaks: ({ host }) =>
      void host.file(CONF, host.readText(CONF) ?? "", { mode: 0o666, gid: 990 }),
    fixes: "B",
  },
  {
    code: "SEC-004",
    what: "a user owns an included file",
    breaks: ({ host }) => void host.file(PROGRAMS, WEB, { mode: 0o640, uid: 1000, gid: 990 }),
    fixes: "B",
  },
  {
    code: "SEC-004",
    what: "everybody may write to a directory of logs",
    breaks: (world) => {
      world.host.directory("/var/log/app", { mode: 0o777 });
      world.program("stdout_logfile=/var/log/app/web.log");
    },
    fixes: "B",
  },
  {
    code: "SEC-004",
    what: "everybody may replace what root runs",
    breaks: (world) => {
      world.host
        .directory("/opt/app", { mode: 0o777 })
        .bytes("/opt/app/run", elf(62, 64), { mode: 0o755 });
      world.program("command=/opt/app/run", "user=root");
    },
    fixes: "B",
  },
  {
    code: "SEC-004",
    what: "root runs what lies in somebody's home",
    breaks: (world) => {
      world.host.bytes("/home/pi/run", elf(62, 64), { mode: 0o755, uid: 1000, gid: 1000 });
      world.program("command=/home/pi/run", "user=root");
    },
    fixes: "person",
  },
  {
    code: "SEC-001",
    what: "the password of the port is that of the samples",
    breaks: (world) => withPort(world, "*:9001", "username=user", "password=123"),
    fixes: "person",
  },
  {
    code: "SEC-007",
    what: "chmod=0777 was the cure of a blog",
    breaks: (world) =>
      void world.edit("chmod=0660", "chmod=0777").host.socket(SOCKET, { mode: 0o777, gid: 990 }),
    fixes: "B",
  },
  {
    code: "SEC-007",
    what: "somebody opened the socket by hand",
    breaks: ({ host }) => void host.socket(SOCKET, { mode: 0o777 }),
    fixes: "B",
    also: { "SOCK-004": "the socket has lost its group, too" },
  },
  {
    code: "SEC-007",
    what: "chmod=0777 is written, and a crash has left the socket",
    breaks: (world) => {
      world.down().edit("chmod=0660", "chmod=0777").answers(answer("refused"));
      world.host.socket(SOCKET, { mode: 0o777, gid: 990 });
    },
    after: STARTED,
    fixes: "B",
    also: { "SOCK-003": "the socket is dead" },
  },
];
