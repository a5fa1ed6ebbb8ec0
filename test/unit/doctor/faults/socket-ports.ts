// Faults of addresses in use: "Another program is already listening".

import { type Fault, fault } from "./fault.ts";
import { answer, DAEMON, PID, SOCKET, URL } from "./healthy.ts";
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

export const PORT_FAULTS: readonly Fault[] = [
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
