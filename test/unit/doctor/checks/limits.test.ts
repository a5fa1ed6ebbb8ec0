// Limits of tasks, processes and open files, on hosts in memory.

import type { DoctorHost } from "../../../fakes/doctor-host.ts";
import { DAEMON as ANY_DAEMON, healthyHost, installed as host } from "./boot/boot-host.ts";
import { type Facts, rows } from "./rows.ts";

const DAEMON = { ...ANY_DAEMON, command: [], config: null, exe: null };

/** A daemon in the control group of its service. */
function grouped(max: string, current: string, slice = "max"): DoctorHost {
  const group = "/sys/fs/cgroup/system.slice/tsv.service";
  return healthyHost()
    .file("/proc/400/cgroup", "0::/system.slice/tsv.service\n")
    .file(`${group}/pids.max`, `${max}\n`)
    .file(`${group}/pids.current`, `${current}\n`)
    .file("/sys/fs/cgroup/system.slice/pids.max", `${slice}\n`)
    .file("/sys/fs/cgroup/system.slice/pids.current", "40\n");
}

const UNIT_D = "/etc/systemd/system/tsv.service.d";

rows("BOOT-007", [
  ["a high limit", host({ on: grouped("4915", "12"), daemon: DAEMON }), null],
  [
    "nearly all tasks of the service",
    host({ on: grouped("40", "39"), daemon: DAEMON }),
    {
      severity: "error",
      writes: { [`${UNIT_D}/zz-tsv-doctor-tasksmax.conf`]: /^TasksMax=infinity$/m },
    },
  ],
  [
    "nearly all tasks of its slice",
    host({ on: grouped("max", "39", "42"), daemon: DAEMON }),
    { subject: "/sys/fs/cgroup/system.slice", class: "C" },
  ],
]);

const WANTS = "[supervisord]\nminfds=65536\n";
const MACHINE = "0 0 4294967295";
const LOW = { openFiles: { soft: 1024, hard: 4096 }, processes: { soft: 1e5, hard: 1e5 } };

/** The caller has these limits, and is root of the machine or of a container, without a service. */
function caller(map: string, text = WANTS, capabilities = "000001ffffffffff"): Facts {
  const on = healthyHost()
    .file("/proc/sys/fs/nr_open", "1048576\n")
    .file("/proc/77/status", `CapEff:\t${capabilities}\n`)
    .file("/proc/77/uid_map", `${map}\n`)
    .link("/proc/self", "77");
  on.limitsOf.set(77, LOW);
  return host({ on, text, service: { init: null, file: null, properties: {} } });
}

/** The daemon has so many files open. */
function opened(count: number, openFiles: (typeof LOW)["openFiles"]): DoctorHost {
  const on = healthyHost();
  on.limitsOf.set(400, { ...LOW, openFiles });
  on.files.set(
    400,
    Array.from({ length: count }, (_, fd) => ({ fd, target: "/x", deleted: false })),
  );
  return on;
}

const LOWERED = {
  symptom: /^The minimum number of file descriptors required to run this process is 65536/,
  class: "B",
  line: 2,
  writes: { "/etc/tsv/tsv.conf": /^minfds=4096$/m },
  fixed: true,
} as const;

rows("BOOT-008", [
  ["root of the machine raises the limit", caller(MACHINE), null],
  [
    "nobody gets more than the kernel allows",
    caller(MACHINE, "[supervisord]\nminfds=2000000\n"),
    { evidence: /hard limit 1048576/ },
  ],
  ["root of a container with its own users", caller("0 100000 65536"), LOWERED],
  ["root without the capability", caller(MACHINE, WANTS, "00000000a80425fb"), LOWERED],
  [
    "too few processes",
    host({
      text: "[supervisord]\nminprocs=500\nuser=pi\n",
      service: { properties: { LimitNOFILE: "524288", LimitNPROC: "100" } },
    }),
    {
      symptom: /^The minimum number of available processes required to run this program is 500/,
    },
  ],
  [
    "a hard limit that is higher already stays",
    host({
      on: opened(10, { soft: 10, hard: Number.POSITIVE_INFINITY }),
      daemon: { ...DAEMON, config: "/etc/tsv/tsv.conf" },
    }),
    {
      commands: /prlimit --pid 400 --nofile=65536:unlimited$/,
      writes: {
        [`${UNIT_D}/zz-tsv-doctor-limitnofile.conf`]: /^LimitNOFILE=65536:infinity$/m,
      },
    },
  ],
]);
