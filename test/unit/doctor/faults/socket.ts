// Faults of sockets and ports: ctl finds no daemon, has no permission, or reaches another one.

import { CAN_START, type Fault, STARTED, whenSignalled } from "./fault.ts";
import { answer, PID, SOCKET } from "./healthy.ts";
import { ACCESS_FAULTS } from "./socket-access.ts";
import { PORT_FAULTS } from "./socket-ports.ts";
import { SETTING_FAULTS } from "./socket-settings.ts";
import type { World } from "./world.ts";

const UP = whenSignalled((world) => world.up());

/** After a crash: the file of the socket is left, and nobody listens. */
function stale(world: World): void {
  world.down().answers(answer("refused")).host.socket(SOCKET, { mode: 0o660, gid: 990 });
}

const NOT_RUNNING_FAULTS: readonly Fault[] = [
  {
    code: "SOCK-001",
    what: "the service failed at boot",
    breaks: (world) => void world.down().properties({ ActiveState: "failed", Result: "exit-code" }),
    after: STARTED,
    fixes: "A",
  },
  {
    code: "SOCK-001",
    what: "the service was stopped, and a boot has emptied /run",
    breaks: (world) => void world.down().host.remove("/run/tsv"),
    after: STARTED,
    fixes: "A",
  },
  {
    code: "SOCK-001",
    what: "a configuration that cannot be read keeps the daemon from starting",
    breaks: (world) => void world.down().edit("[rpc", "minfds=many\n[rpc"),
    fixes: "person",
    also: { "CONF-013": "that is the mistake" },
  },
  {
    code: "SOCK-001",
    what: "no service is installed, and nobody has started the daemon",
    breaks: (world) =>
      void world.down().service({ file: null, manifest: null, commands: null, restoration: null }),
    fixes: "person",
  },
  {
    code: "SOCK-001",
    what: "the service is masked",
    breaks: (world) => void world.down().service({ isMasked: true, isEnabled: false }),
    fixes: "person",
    also: { "BOOT-001": "a masked service does not start at boot" },
  },
];

const LOST_FAULTS: readonly Fault[] = [
  {
    code: "SOCK-002",
    what: "a cleaner has removed the socket of a daemon that lives",
    breaks: ({ host }) => void host.remove(SOCKET),
    after: UP,
    fixes: "A",
  },
  {
    code: "SOCK-002",
    what: "the runtime directory is gone with everything in it",
    breaks: ({ host }) => void host.remove("/run/tsv"),
    after: UP,
    fixes: "A",
  },
  {
    code: "SOCK-002",
    what: "a dead socket stands in the place of the living one",
    breaks: (world) => void world.answers(answer("refused")),
    after: UP,
    fixes: "A",
  },
  {
    code: "SOCK-002",
    what: "somebody touched an empty file where the socket was",
    breaks: (world) => void world.answers(answer("refused")).host.remove(SOCKET).file(SOCKET),
    after: UP,
    fixes: "B",
  },
  {
    code: "SOCK-002",
    what: "a file with content stands where the socket was",
    breaks: (world) =>
      void world.answers(answer("refused")).host.remove(SOCKET).file(SOCKET, "precious"),
    fixes: "person",
  },
  {
    code: "SOCK-002",
    what: "a Supervisor has lost its socket, and only a restart brings it back",
    breaks: (world) => {
      world.daemon({ kind: "supervisor" }).host.remove(SOCKET).listening.splice(0);
      world.host.listen({ kind: "unix", address: `${SOCKET}.${PID}`, pid: PID });
    },
    fixes: "person",
  },
  {
    code: "SOCK-003",
    what: "a crash has left the socket",
    breaks: stale,
    after: STARTED,
    fixes: "A",
    leaves: CAN_START,
  },
  {
    code: "SOCK-003",
    what: "a power failure has left the socket, and its pid is another program's by now",
    breaks: (world) => {
      stale(world);
      world.host.run(PID, ["/usr/sbin/cron"]);
    },
    after: STARTED,
    fixes: "A",
    leaves: CAN_START,
  },
];

export const SOCKET_FAULTS: readonly Fault[] = [
  ...NOT_RUNNING_FAULTS,
  ...LOST_FAULTS,
  ...ACCESS_FAULTS,
  ...PORT_FAULTS,
  ...SETTING_FAULTS,
];
