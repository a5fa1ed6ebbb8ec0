// Faults of addresses in use: "Another program is already listening".

import { type Fault, fault, NOT_RUNNING } from "./fault.ts";
import { answer, DAEMON, PID, SECRET, SOCKET, URL } from "./healthy.ts";
import type { World } from "./world.ts";

const PORT = { section: "inet_http_server", url: "http://127.0.0.1:9001" } as const;
const SUPERVISOR = {
  ...DAEMON,
  kind: "supervisor",
  pid: 9,
  config: "/etc/supervisor/supervisord.conf",
  command: ["/usr/bin/python3", "/usr/bin/supervisord", "-c", "/etc/supervisor/supervisord.conf"],
} as const;

/** The daemon has a port beside its socket. */
function withPort(world: World): void {
  world.edit("[supervisord]", "[inet_http_server]\nport=127.0.0.1:9001\n\n[supervisord]");
  world.answers(answer("answers"), answer("answers", PORT));
  world.host.listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: PID });
}

function held(world: World, by: readonly string[], pid: number): void {
  world.down().host.run(pid, by);
  world.host.listen({ kind: "tcp", address: "0.0.0.0", port: 9001, pid });
}

/** The addresses of the interfaces: 127.0.0.1 and 192.168.1.5. */
const INTERFACES = `Local:
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 192.168.1.5
           /32 host LOCAL
        |-- 10.99.7.0
           /24 link UNICAST
`;

/** The port is moved to an address at which the daemon cannot listen. */
function movedTo(world: World, host: string, detail: string): void {
  world.down().edit("port=127.0.0.1:", `username=me\npassword=${SECRET}\nport=${host}:`);
  const asked = { ...PORT, url: `http://${host}:9001`, detail };
  world.answers(answer("missing"), answer("failed", asked));
  world.host.file("/proc/net/fib_trie", INTERFACES);
}

const NO_ADDRESS: readonly (readonly [what: string, host: string, detail: string])[] = [
  ["the address of a port was taken away by DHCP", "10.99.7.7", "ENETUNREACH"],
  ["the host name of a port does not resolve", "web7.nowhere.invalid", "ENOTFOUND"],
  ["a port is at an address of IPv6, which is off", "[::1]", "EADDRNOTAVAIL"],
];

export const PORT_FAULTS: readonly Fault[] = [
  ...NO_ADDRESS.map(([what, host, detail]) =>
    fault("SOCK-007", what, "person", (world) => movedTo(world, host, detail), {
      like: withPort,
      also: NOT_RUNNING,
    }),
  ),
  fault(
    "SOCK-008",
    "a web server has the port",
    "person",
    (world) => {
      held(world, ["/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf"], 77);
      world.answers(answer("missing"), answer("foreign", PORT));
    },
    { like: withPort },
  ),

  fault(
    "SOCK-008",
    "a daemon with another configuration answers at the socket",
    "person",
    (world) => {
      world
        .down()
        .set({ daemons: [SUPERVISOR] })
        .answers(answerOf(9));
      world.host.run(9, SUPERVISOR.command).socket(SOCKET, { mode: 0o660, gid: 990 });
      world.host.listen({ kind: "unix", address: `${SOCKET}.9`, pid: 9 });
    },
  ),
  fault(
    "SOCK-008",
    "a port below another address of all interfaces is taken by a process that cannot be seen",
    "person",
    (world) => {
      world.down().answers(answer("missing"), answer("foreign", PORT));
      world.host.listen({ kind: "tcp", address: "0.0.0.0", port: 9001 });
    },
    { like: withPort },
  ),
];

function answerOf(pid: number): ReturnType<typeof answer> {
  const up = answer("answers", { url: URL });
  return up.daemon === null ? up : { ...up, daemon: { ...up.daemon, pid, isTsv: false } };
}
