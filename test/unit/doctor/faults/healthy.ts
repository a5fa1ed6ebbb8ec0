// The host of the table of faults before anything breaks: a Debian with systemd, tsv installed and running, one program.

import type {
  AnswerKind,
  RunningDaemon,
  ServerAnswer,
} from "../../../../src/doctor/facts/doctor-facts.ts";
import { defaultConfig } from "../../../../src/install/plan/default-files.ts";
import { layoutFor } from "../../../../src/install/plan/layout.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { HEALTHY, MANIFEST, UNIT, UNIT_TEXT } from "../checks/boot/boot-host.ts";
import { elf, NOW_S, status } from "../checks/programs/rig.ts";

export const EXECUTABLE = "/usr/local/bin/tsv";
export const CONF = "/etc/tsv/tsv.conf";
export const PROGRAMS = "/etc/tsv/conf.d/web.conf";
export const SOCKET = "/run/tsv/tsv.sock";
export const URL = `unix://${SOCKET}`;
export const PID = 812;
export const WEB_PID = 900;
export const NOW_MS = NOW_S * 1000;
/** It stands in the configuration, and nothing that doctor says may hold it. */
export const SECRET = "hunter2-sesame";

export const INSTALLED = defaultConfig(
  layoutFor({
    platform: "linux",
    scope: "system",
    name: "tsv",
    home: "/root",
    runtimeDirectory: null,
    hasSysconfig: false,
  }),
  { name: "tsv", group: "tsv", scope: "system" },
);

export const WEB = `[program:web]
command=/usr/bin/sleep 600
user=www-data
environment=HOME="/var/www",API_TOKEN="${SECRET}"
stdout_logfile=/var/log/tsv/web.log
stderr_logfile=/var/log/tsv/web.err
`;

type Parts = NonNullable<Parameters<DoctorHost["facts"]>[1]>;
export type MutableParts = { -readonly [K in keyof Parts]: Parts[K] };

export const DAEMON: RunningDaemon = {
  kind: "tsv",
  pid: PID,
  uid: 0,
  startTicks: PID * 100,
  startedMs: NOW_MS - 3_600_000,
  command: ["/usr/local/bin/tsv", "daemon", "-n", "-c", CONF],
  config: CONF,
  state: "S",
  exe: "/usr/local/bin/tsv",
  exeDeleted: false,
  isKeeper: true,
};

export const WEB_STATUS = status({
  pid: WEB_PID,
  start: NOW_S - 3000,
  stdoutLog: "/var/log/tsv/web.log",
  stderrLog: "/var/log/tsv/web.err",
});

export const RUNNING_PROPERTIES = {
  ActiveState: "active",
  SubState: "running",
  MainPID: String(PID),
};

export function answer(kind: AnswerKind, more: Partial<ServerAnswer> = {}): ServerAnswer {
  const daemon = {
    pid: PID,
    version: "4.2.5",
    isTsv: true,

    stateName: "RUNNING",
    methods: ["supervisor.getState", "system.listMethods", "tsv.upgrade"],
  };
  const from = kind === "answers" ? daemon : null;
  return { section: "unix_http_server", url: URL, kind, detail: "", daemon: from, ...more };
}

export function runningParts(): MutableParts {
  const servers = [answer("answers")];
  return {
    ...{ daemon: DAEMON, daemons: [DAEMON], servers, programs: [WEB_STATUS] },
    ...{ histories: [], pools: [], lost: [], failing: [] },
  };
}

export function healthyParts(): MutableParts {
  const properties = { ...HEALTHY.properties, ...RUNNING_PROPERTIES, TasksMax: "infinity" };
  const manifest = { ...MANIFEST, entries: [...MANIFEST.entries] };
  return {
    ...runningParts(),
    executable: { path: "/usr/local/bin/tsv", version: "1.0.0", builtMs: NOW_MS - 86_400_000 },
    config: { chosenBy: "service" },
    service: { ...HEALTHY, manifest, properties },
  };
}

export function healthyHost(): DoctorHost {
  const host = new DoctorHost().link("/bin", "/usr/bin").link("/var/run", "/run").directory("/dev");
  host.groups.push({ name: "staff", gid: 50 }, { name: "sudo", gid: 27 });
  const loader = "/lib64/ld-linux-x86-64.so.2";
  host.bytes(loader, elf(62, 64), { mode: 0o755 });
  const tools = ["sh", "bash", "env", "python3", "sleep", "nginx", "php", "tsv"];
  for (const path of [...tools.map((name) => `/usr/bin/${name}`), "/usr/local/bin/tsv"]) {
    host.bytes(path, elf(62, 64, loader), { mode: 0o755 });
  }
  host
    .file("/proc/sys/fs/protected_regular", "2\n")
    .file(
      "/etc/passwd",
      "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\npi:x:1000:1000::/home/pi:/bin/sh\n",
    )
    .file(
      "/etc/group",
      "root:x:0:\nsudo:x:27:\nwww-data:x:33:\nstaff:x:50:\ntsv:x:990:\npi:x:1000:\n",
    )
    .file("/etc/fstab", "UUID=1 / ext4 errors=remount-ro 0 1\n")
    .file("/etc/logrotate.d/apt", "/var/log/apt/term.log {\n  rotate 12\n}\n")
    .directory("/etc/tmpfiles.d")
    .directory("/root", { mode: 0o700 })
    .directory("/var/www", { uid: 33, gid: 33 })
    .directory("/var/lib/tsv")
    .directory("/var/log/tsv", { mode: 0o750, gid: 990 })
    .directory("/run/tsv")
    .file(UNIT, UNIT_TEXT)
    .file("/var/log/tsv/tsv.log", "2026-01-02 02:04:05,000 INFO supervisord started with pid 812\n")
    .file("/var/log/tsv/web.log", "hello\n")
    .file("/var/log/tsv/web.err", "")
    .directory("/etc/tsv/conf.d", { mode: 0o750, gid: 990 })
    .file(PROGRAMS, WEB, { mode: 0o640, gid: 990 })
    .file(CONF, INSTALLED, { mode: 0o640, gid: 990 });
  return start(host);
}

/** The daemon with its socket, pid file, logs and program; what is there already stays. */
export function start(host: DoctorHost): DoctorHost {
  const isUp = host.process(PID) !== null;
  if (!isUp) host.run(PID, DAEMON.command).listen({ kind: "unix", address: SOCKET, pid: PID });
  if (host.process(WEB_PID) === null) {
    host.run(WEB_PID, ["/usr/bin/sleep", "600"], { parent: PID, uid: 33 });
  }
  if (!host.look(SOCKET).ok) host.socket(SOCKET, { mode: 0o660, gid: 990 });
  if (!isUp || !host.look("/run/tsv/tsv.pid").ok) {
    host.file(`${SOCKET}.lock`, `${PID}\n`, { mode: 0o600 }).file("/run/tsv/tsv.pid", `${PID}\n`);
    const inode = host.nodes.get("/run/tsv/tsv.pid")?.inode;
    host.file("/proc/locks", `1: FLOCK  ADVISORY  WRITE ${PID} 08:01:${inode} 0 EOF\n`);
  }
  host.file("/proc/812/cgroup", "0::/system.slice/tsv.service\n");
  host.files.set(
    PID,
    ["tsv.log", "web.log", "web.err"].map((name, at) => ({
      fd: at + 3,
      target: `/var/log/tsv/${name}`,
      deleted: false,
    })),
  );
  const plenty = { soft: 1024, hard: 524_288 };
  host.limitsOf.set(PID, { openFiles: plenty, processes: plenty });
  return host;
}
