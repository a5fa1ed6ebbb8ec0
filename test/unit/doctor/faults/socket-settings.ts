// Faults of sockets and their settings: locations, owners, passwords, interfaces, daemons that do not answer.

import { CAN_START, type Fault, NOT_RUNNING, STARTED, whenSignalled } from "./fault.ts";
import { answer, PID, SECRET, SOCKET } from "./healthy.ts";

const UP = whenSignalled((world) => world.up());

export const SETTING_FAULTS: readonly Fault[] = [
  {
    code: "SOCK-009",
    what: "the daemon was told to shut down and waits for a program",
    breaks: (world) => {
      const up = answer("answers");
      if (up.daemon === null) return;
      world.answers({ ...up, daemon: { ...up.daemon, stateName: "SHUTDOWN" } });
      world.web({ state: "STOPPING", pid: 900 });
    },
    after: (world, { kind }) => void (kind === "ended" ? world.down() : world.up()),
    fixes: "A",
    leaves: CAN_START,
  },
  {
    code: "SOCK-010",
    what: "the socket of a Supervisor lies in /tmp, which systemd cleans by age",
    like: (world) => {
      world.edit(SOCKET, "/tmp/s.sock").answers(answer("answers", { url: "unix:///tmp/s.sock" }));
      world.host.socket("/tmp/s.sock", { mode: 0o660, gid: 990 });
      world.host.listen({ kind: "unix", address: "/tmp/s.sock", pid: PID });
    },
    breaks: (world) => {
      world.daemon({ kind: "supervisor" });
      world.host.file("/usr/lib/tmpfiles.d/tmp.conf", "q /tmp 1777 root root 10d\n");
    },
    fixes: "person",
  },
  {
    code: "SOCK-010",
    what: "the socket of a daemon that is not started yet is to lie in /tmp",
    breaks: (world) => void world.down().edit(SOCKET, "/tmp/tsv.sock"),
    after: STARTED,
    fixes: "B",
    severity: "info",
    also: NOT_RUNNING,
  },
  {
    code: "SOCK-011",
    what: "the socket is to lie on a share that knows no sockets",
    breaks: (world) => {
      world.down().edit(SOCKET, "/vagrant/tsv.sock");
      world.host.directory("/vagrant").mount("/vagrant", { type: "vboxsf" });
    },
    after: STARTED,
    fixes: "B",
    also: NOT_RUNNING,
  },
  {
    code: "SOCK-012",
    what: "chmod is written as ls shows it",
    breaks: (world) => void world.edit("chmod=0660", "chmod=rw-rw----"),
    fixes: "B",
  },
  {
    code: "SOCK-012",
    what: "chown names a group that there is not",
    breaks: (world) => void world.edit("root:tsv", "root:tvs"),
    fixes: "B",
  },
  {
    code: "SOCK-013",
    what: "somebody removed [rpcinterface:supervisor]",
    breaks: (world) =>
      void world.edit("[rpcinterface:supervisor]\nsupervisor.rpc", "; supervisor.rpc"),
    fixes: "B",
  },
  {
    code: "SOCK-014",
    what: "the server wants a password that ctl does not have",
    breaks: (world) => void world.edit("chmod=0660", `chmod=0660\nusername=me\npassword=${SECRET}`),
    fixes: "B",
  },
  {
    code: "SOCK-014",
    what: "ctl has another password than the server",
    breaks: (world) => {
      world.edit("chmod=0660", `chmod=0660\nusername=me\npassword=${SECRET}`);
      world.edit("serverurl=", `username=me\npassword=${SECRET}-old\nserverurl=`);
    },
    fixes: "B",
  },
  {
    code: "SOCK-015",
    what: "a signal has stopped the daemon",
    breaks: (world) => void world.daemon({ state: "T" }).answers(answer("silent")),
    after: UP,
    fixes: "B",
  },
  {
    code: "SOCK-015",
    what: "the daemon waits for a disk",
    breaks: (world) => void world.daemon({ state: "D" }).answers(answer("silent")),
    fixes: "person",
  },
];
