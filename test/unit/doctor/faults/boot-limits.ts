// Faults of systemd's limits for the service: time to stop, memory, processes and open files.

import { UNIT, UNIT_TEXT } from "../checks/boot/boot-host.ts";
import { type Fault, fault, rewriting, whenRun } from "./fault.ts";
import { PID } from "./healthy.ts";
import type { World } from "./world.ts";

const GROUP = "/sys/fs/cgroup/system.slice/tsv.service";
const SLOW = "stopwaitsecs=300";

function isPackaged(world: World): void {
  const path = "/usr/lib/systemd/system/tsv.service";
  world.host.remove(UNIT).file(path, UNIT_TEXT);
  world.service({
    file: { path, text: UNIT_TEXT, isPackaged: true },
    manifest: null,
    restoration: null,
  });
}

function inGroup({ host }: World): void {
  host
    .file(`${GROUP}/pids.max`, "max\n")
    .file(`${GROUP}/pids.current`, "5\n")
    .file("/sys/fs/cgroup/system.slice/pids.max", "max\n");
}

/** What systemd tells after it has read the unit again. */
const LONGER = whenRun("daemon-reload", (world) =>
  world.properties({ TimeoutStopUSec: "5min 10s" }),
);

export const LIMIT_FAULTS: readonly Fault[] = [
  fault(
    "BOOT-005",
    "a program may take longer to stop than the unit of tsv install",
    "A",
    (world) => {
      world.program(SLOW);
      world.installed = rewriting(UNIT_TEXT.replace("TimeoutStopSec=90", "TimeoutStopSec=310"));
    },
    { after: LONGER },
  ),
  fault(
    "BOOT-005",
    "a program may take longer to stop than the unit of a package",
    "A",
    (world) => world.program(SLOW),
    { like: isPackaged, after: LONGER },
  ),
  fault(
    "BOOT-005",
    "somebody's drop-in gives the service five seconds",
    "B",
    (world) => {
      const path = `${UNIT}.d/override.conf`;
      world.host.file(path, "[Service]\nTimeoutStopSec=5\n");
      world.properties({ TimeoutStopUSec: "5s", DropInPaths: path });
    },
    {
      after: whenRun("daemon-reload", (world) => world.properties({ TimeoutStopUSec: "1min 30s" })),
    },
  ),
  fault(
    "BOOT-006",
    "systemd stops the whole service for one program out of memory",
    "A",
    (world) => {
      world.host.file(
        "/usr/lib/systemd/system/tsv.service",
        UNIT_TEXT.replace("OOMPolicy=continue\n", ""),
      );
      world.properties({ OOMPolicy: "stop" });
    },
    {
      like: isPackaged,
      after: whenRun("daemon-reload", (world) => world.properties({ OOMPolicy: "continue" })),
    },
  ),
  fault(
    "BOOT-007",
    "nearly all tasks of the service are taken",
    "A",
    ({ host }) => host.file(`${GROUP}/pids.max`, "100\n").file(`${GROUP}/pids.current`, "95\n"),
    {
      like: inGroup,
      after: whenRun("daemon-reload", ({ host }) => host.file(`${GROUP}/pids.max`, "max\n")),
    },
  ),
  fault(
    "BOOT-007",
    "the slice around the service is nearly full",
    "person",
    ({ host }) =>
      host
        .file("/sys/fs/cgroup/system.slice/pids.max", "42\n")
        .file("/sys/fs/cgroup/system.slice/pids.current", "40\n"),
    { like: inGroup },
  ),
  fault(
    "BOOT-008",
    "the unit allows fewer open files than minfds wants",
    "A",
    (world) => {
      world.down().edit("user=root", "minfds=65536");
      world.properties({ LimitNOFILE: "4096", User: "www-data" });
      world.host.memberships.set("www-data", [990]);
      for (const path of ["/var/log/tsv", "/run/tsv"])
        world.host.directory(path, { uid: 33, gid: 33 });
      for (const name of ["tsv.log", "web.log", "web.err"]) {
        world.host.file(`/var/log/tsv/${name}`, "", { uid: 33, gid: 33 });
      }
      world.edit("chown=root:tsv\n", "");
    },
    {
      after: (world, step) => {
        if (step.kind !== "command") return;
        if (step.argv.includes("daemon-reload")) world.properties({ LimitNOFILE: "65536" });
        if (step.argv.includes("start")) world.up();
      },
      also: { "SOCK-001": "the daemon does not run" },
    },
  ),
  fault(
    "BOOT-008",
    "the daemon has nearly all its files open",
    "A",
    ({ host }) => {
      const few = { soft: 1024, hard: 1024 };
      host.limitsOf.set(PID, { openFiles: few, processes: few });
      const open = Array.from({ length: 1000 }, (_, fd) => ({ fd, target: "/x", deleted: false }));
      host.files.set(PID, [...(host.files.get(PID) ?? []), ...open]);
    },
    {
      after: whenRun("prlimit", ({ host }) => {
        const plenty = { soft: 65_536, hard: 65_536 };
        host.limitsOf.set(PID, { openFiles: plenty, processes: plenty });
      }),
    },
  ),
];
