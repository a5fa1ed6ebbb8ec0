// Faults of sockets and ports: ctl finds no daemon, has no permission, or reaches another one.

import { CAN_START, type Fault, fault, STARTED, whenSignalled } from "./fault.ts";
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
  fault(
    "SOCK-001",
    "the service failed at boot",
    "A",
    (world) => world.down().properties({ ActiveState: "failed", Result: "exit-code" }),
    { after: STARTED },
  ),
  fault(
    "SOCK-001",
    "the service was stopped, and a boot has emptied /run",
    "A",
    (world) => world.down().host.remove("/run/tsv"),
    { after: STARTED },
  ),
  fault(
    "SOCK-001",
    "a configuration that cannot be read keeps the daemon from starting",
    "person",
    (world) => world.down().edit("[rpc", "minfds=many\n[rpc"),
    { also: { "CONF-013": "that is the mistake" } },
  ),
  fault(
    "SOCK-001",
    "no service is installed, and nobody has started the daemon",
    "person",
    (world) =>
      world.down().service({ file: null, manifest: null, commands: null, restoration: null }),
  ),
  fault(
    "SOCK-001",
    "the service is masked",
    "person",
    (world) => world.down().service({ isMasked: true, isEnabled: false }),
    { also: { "BOOT-001": "a masked service does not start at boot" } },
  ),
];

const LOST_FAULTS: readonly Fault[] = [
  fault(
    "SOCK-002",
    "a cleaner has removed the socket of a daemon that lives",
    "A",
    ({ host }) => host.remove(SOCKET),
    { after: UP },
  ),
  fault(
    "SOCK-002",
    "the runtime directory is gone with everything in it",
    "A",
    ({ host }) => host.remove("/run/tsv"),
    { after: UP },
  ),
  fault(
    "SOCK-002",
    "a dead socket stands in the place of the living one",
    "A",
    (world) => world.answers(answer("refused")),
    { after: UP },
  ),
  fault(
    "SOCK-002",
    "somebody touched an empty file where the socket was",
    "B",
    (world) => world.answers(answer("refused")).host.remove(SOCKET).file(SOCKET),
    { after: UP },
  ),
  fault("SOCK-002", "a file with content stands where the socket was", "person", (world) =>
    world.answers(answer("refused")).host.remove(SOCKET).file(SOCKET, "precious"),
  ),
  fault(
    "SOCK-002",
    "a Supervisor has lost its socket, and only a restart brings it back",
    "person",
    (world) => {
      world.daemon({ kind: "supervisor" }).host.remove(SOCKET).listening.splice(0);
      world.host.listen({ kind: "unix", address: `${SOCKET}.${PID}`, pid: PID });
    },
  ),
  fault("SOCK-003", "a crash has left the socket", "A", stale, {
    after: STARTED,
    leaves: CAN_START,
  }),
  fault(
    "SOCK-003",
    "a power failure has left the socket, and its pid is another program's by now",
    "A",
    (world) => {
      stale(world);
      world.host.run(PID, ["/usr/sbin/cron"]);
    },
    { after: STARTED, leaves: CAN_START },
  ),
];

export const SOCKET_FAULTS: readonly Fault[] = [
  ...NOT_RUNNING_FAULTS,
  ...LOST_FAULTS,
  ...ACCESS_FAULTS,
  ...PORT_FAULTS,
  ...SETTING_FAULTS,
];
