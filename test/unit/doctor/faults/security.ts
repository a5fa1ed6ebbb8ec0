// Faults of who may do what: open ports and sockets, passwords that others can read, files that others can change.

import { elf } from "../checks/programs/rig.ts";
import { type Fault, fault, STARTED } from "./fault.ts";
import { answer, CONF, NOW_MS, PID, PROGRAMS, SECRET, SOCKET, WEB } from "./healthy.ts";
import type { World } from "./world.ts";

/** The configuration has a port, too, with what else is written there. */
function withPort(world: World, address: string, ...lines: readonly string[]): void {
  const section = ["[inet_http_server]", `port=${address}`, ...lines].join("\n");
  world.edit("[supervisord]", `${section}\n\n[supervisord]`);
  world.host.listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: PID });
}

const CERT_FILE = "/etc/tsv/cert.pem";
const KEY_FILE = "/etc/tsv/key.pem";
const TLS_CERT = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
const TLS_KEY = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";

/** The configuration has a port with TLS. @param days until the certificate expires */
function withTls(world: World, mode = 0o600, days = 60): void {
  withPort(world, "127.0.0.1:9001", `ssl_cert=${CERT_FILE}`, `ssl_key=${KEY_FILE}`);
  world.host.file(CERT_FILE, TLS_CERT).file(KEY_FILE, TLS_KEY, { mode });
  const untilMs = NOW_MS + days * 86_400_000;
  world.host.certificates.set(TLS_CERT, { fromMs: NOW_MS - 1, untilMs, key: TLS_KEY });
}

export const SECURITY_FAULTS: readonly Fault[] = [
  fault("SEC-001", "the port is open to the network without a password", "B", (world) =>
    withPort(world, "*:9001"),
  ),
  fault(
    "SEC-002",
    "everybody can read the password of the port",
    "B",
    ({ host }) => host.file(CONF, host.readText(CONF) ?? "", { mode: 0o644 }),
    { like: (world) => withPort(world, "127.0.0.1:9001", "username=me", `password=${SECRET}`) },
  ),
  fault("SEC-009", "everybody can read the secrets of a program", "B", (world) => {
    world.host.file("/etc/web.env", `DB_PASSWORD=${SECRET}\n`, { mode: 0o644 });
    world.program("env_file=/etc/web.env");
  }),
  fault("SEC-010", "everybody can read the key of the server", "B", (world) =>
    withTls(world, 0o644),
  ),
  fault("SOCK-016", "the key is that of another certificate", "person", (world) => {
    withTls(world);
    world.host.file(KEY_FILE, TLS_KEY.replace("TUlJ", "SUlN"), { mode: 0o600 });
  }),
  fault("SOCK-017", "the certificate was not renewed", "person", (world) =>
    withTls(world, 0o600, 3),
  ),
  fault("SEC-004", "everybody may write to the configuration", "B", ({ host }) =>
    host.file(CONF, host.readText(CONF) ?? "", { mode: 0o666, gid: 990 }),
  ),
  fault("SEC-004", "a user owns an included file", "B", ({ host }) =>
    host.file(PROGRAMS, WEB, { mode: 0o640, uid: 1000, gid: 990 }),
  ),
  fault("SEC-004", "everybody may write to a directory of logs", "B", (world) => {
    world.host.directory("/var/log/app", { mode: 0o777 });
    world.program("stdout_logfile=/var/log/app/web.log");
  }),
  fault("SEC-004", "everybody may replace what root runs", "B", (world) => {
    world.host
      .directory("/opt/app", { mode: 0o777 })
      .bytes("/opt/app/run", elf(62, 64), { mode: 0o755 });
    world.program("command=/opt/app/run", "user=root");
  }),
  fault("SEC-004", "root runs what lies in somebody's home", "person", (world) => {
    world.host.bytes("/home/pi/run", elf(62, 64), { mode: 0o755, uid: 1000, gid: 1000 });
    world.program("command=/home/pi/run", "user=root");
  }),
  fault("SEC-001", "the password of the port is that of the samples", "person", (world) =>
    withPort(world, "*:9001", "username=user", "password=123"),
  ),
  fault("SEC-007", "chmod=0777 was the cure of a blog", "B", (world) =>
    world.edit("chmod=0660", "chmod=0777").host.socket(SOCKET, { mode: 0o777, gid: 990 }),
  ),
  fault(
    "SEC-007",
    "somebody opened the socket by hand",
    "B",
    ({ host }) => host.socket(SOCKET, { mode: 0o777 }),
    { also: { "SOCK-004": "the socket has lost its group, too" } },
  ),
  fault(
    "SEC-007",
    "chmod=0777 is written, and a crash has left the socket",
    "B",
    (world) => {
      world.down().edit("chmod=0660", "chmod=0777").answers(answer("refused"));
      world.host.socket(SOCKET, { mode: 0o777, gid: 990 });
    },
    { after: STARTED, also: { "SOCK-003": "the socket is dead" } },
  ),
];
