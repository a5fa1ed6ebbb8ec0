// Faults of sockets and their settings: locations, owners, passwords, interfaces, daemons that do not answer.

import { CAN_START, type Fault, fault, NOT_RUNNING, STARTED, whenSignalled } from "./fault.ts";
import { answer, SECRET, SOCKET } from "./healthy.ts";

const UP = whenSignalled((world) => world.up());

export const SETTING_FAULTS: readonly Fault[] = [
  fault(
    "SOCK-009",
    "the daemon was told to shut down and waits for a program",
    "A",
    (world) => {
      const up = answer("answers");
      if (up.daemon === null) return;
      world.answers({ ...up, daemon: { ...up.daemon, stateName: "SHUTDOWN" } });
      world.web({ state: "STOPPING", pid: 900 });
    },
    {
      after: (world, { kind }) => void (kind === "ended" ? world.down() : world.up()),
      leaves: CAN_START,
    },
  ),
  fault(
    "SOCK-011",
    "the socket is to lie on a share that knows no sockets",
    "B",
    (world) => {
      world.down().edit(SOCKET, "/vagrant/tsv.sock");
      world.host.directory("/vagrant").mount("/vagrant", { type: "vboxsf" });
    },
    { after: STARTED, also: NOT_RUNNING },
  ),
  fault("SOCK-012", "chmod is written as ls shows it", "B", (world) =>
    world.edit("chmod=0660", "chmod=rw-rw----"),
  ),
  fault("SOCK-012", "chown names a group that there is not", "B", (world) =>
    world.edit("root:tsv", "root:tvs"),
  ),
  fault("SOCK-013", "somebody removed [rpcinterface:supervisor]", "B", (world) =>
    world.edit("[rpcinterface:supervisor]\nsupervisor.rpc", "; supervisor.rpc"),
  ),
  fault("SOCK-014", "the server wants a password that ctl does not have", "B", (world) =>
    world.edit("chmod=0660", `chmod=0660\nusername=me\npassword=${SECRET}`),
  ),
  fault(
    "SOCK-015",
    "a signal has stopped the daemon",
    "B",
    (world) => world.daemon({ state: "T" }).answers(answer("silent")),
    { after: UP },
  ),
  fault("SOCK-015", "the daemon waits for a disk", "person", (world) =>
    world.daemon({ state: "D" }).answers(answer("silent")),
  ),
];
