// The executable, on hosts in memory.

import type { DoctorHost } from "../../../fakes/doctor-host.ts";
import { DAEMON, healthyHost, installed, UNIT, UNIT_TEXT } from "./boot/boot-host.ts";
import { type Facts, rows } from "./rows.ts";

/** The executable was replaced, and the daemon answers with these methods. */
function replaced(methods: readonly string[], facts: Facts = {}): Facts {
  const daemon = {
    ...{ pid: 400, version: "4.2.5", isTsv: true, identification: "", stateName: "RUNNING" },
    methods,
  };
  const server = { section: "unix_http_server", url: "unix:///x", kind: "answers" } as const;
  return installed({
    daemon: { ...DAEMON, exeDeleted: true },
    servers: [{ ...server, detail: "", daemon }],
    ...facts,
  });
}

rows("BOOT-011", [
  [
    "a Supervisor",
    installed({ daemon: { ...DAEMON, exeDeleted: true, kind: "supervisor" } }),
    null,
  ],
  [
    "a service that names a missing executable",
    replaced(["tsv.upgrade"], {
      service: {
        file: {
          path: UNIT,
          text: UNIT_TEXT.replace("/bin/tsv", "/bin/tvs"),
          isPackaged: false,
        },
      },
    }),
    { steps: ["command /usr/local/bin/tsv upgrade -c /etc/tsv/tsv.conf"] },
  ],
  [
    "one that cannot be upgraded",
    replaced([]),
    { class: "C", commands: ["systemctl restart tsv.service"] },
  ],
  [
    "an executable that was removed",
    replaced([], { on: healthyHost().remove("/usr/local/bin/tsv") }),
    { class: "C", evidence: /removed since/ },
  ],
  [
    "tsv as a script of Node",
    replaced(["tsv.upgrade"], {
      on: healthyHost().file("/usr/bin/node", "", { mode: 0o755 }),
      daemon: { ...DAEMON, exe: "/usr/bin/node", exeDeleted: true },
      service: { file: null },
    }),
    { commands: ["tsv upgrade -c /etc/tsv/tsv.conf"] },
  ],
]);

function hardened(): DoctorHost {
  const on = healthyHost()
    .directory("/dev/shm", { mode: 0o1777 })
    .directory("/var/tmp", { mode: 0o1777 });
  for (const path of ["/dev/shm", "/tmp", "/var/tmp", "/run"]) {
    on.mount(path, { type: "tmpfs", options: ["rw", "nosuid", "noexec"] });
  }
  return on;
}

function closed(): DoctorHost {
  return hardened().mount("/usr", { options: ["ro"] });
}

const AS_PI = "[supervisord]\nuser=pi\n";

rows("BOOT-013", [
  ["the directory of the executable is enough", installed({ on: hardened() }), null],
  [
    "the native part beside the executable is enough",
    installed({ on: closed().file("/usr/local/lib/tsv/posix.node") }),
    null,
  ],
  [
    "a user may not write beside the executable",
    installed({ on: hardened(), text: AS_PI }),
    { severity: "error" },
  ],
  [
    "but to /tmp",
    installed({ on: healthyHost().directory("/tmp", { mode: 0o1777 }), text: AS_PI }),
    null,
  ],
]);

rows("BOOT-018", [
  ["a missing executable", installed({ on: healthyHost().remove("/usr/local/bin/tsv") }), null],
]);
