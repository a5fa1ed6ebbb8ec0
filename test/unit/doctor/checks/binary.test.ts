// The executable, on hosts in memory.

import { DAEMON, healthyHost, installed, UNIT, UNIT_TEXT } from "./boot/boot-host.ts";
import { type Facts, rows } from "./rows.ts";

/** The executable was replaced, and the daemon answers with these methods. */
function replaced(methods: readonly string[], facts: Facts = {}): Facts {
  const daemon = {
    ...{ pid: 400, version: "4.2.5", isTsv: true, stateName: "RUNNING" },
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

rows("BOOT-018", [
  ["a missing executable", installed({ on: healthyHost().remove("/usr/local/bin/tsv") }), null],
]);
