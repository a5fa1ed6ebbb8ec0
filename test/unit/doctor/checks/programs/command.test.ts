// The commands of programs on hosts in memory: not found, or not executable.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { checkOf, found, rows } from "../rows.ts";
import { allowedByList, closed, ELF, having, host, status, stray, web } from "./rig.ts";

function hidden(): DoctorHost {
  const on = having("/root/app");
  on.uid = 1000;
  on.hidden.add("/root/app");
  return on;
}

/** A host whose file system /mnt does not answer. */
function silent(...links: readonly (readonly [string, string])[]): DoctorHost {
  const on = host();
  on.silent.add("/mnt");
  for (const [path, target] of links) on.link(path, target);
  return on;
}

const NODE = "/home/pi/.nvm/versions/node/v20.3.0/bin/node";

rows("PROG-001", [
  [
    "an absolute path with a misspelt component",
    web("command=/opt/shpo/bin/serve -v", having("/opt/shop/bin/serve")),
    { writes: { "/etc/tsv/tsv.conf": /^command=\/opt\/shop\/bin\/serve -v$/m } },
  ],
  [
    "a command in a PATH that a file of variables sets is found",
    web(
      ["command=serve", "env_file=/etc/web.env"],
      having("/opt/app/serve").file("/etc/web.env", "PATH=/opt/app\n"),
    ),
    null,
  ],
  [
    "a command that tsv has built in",
    web("command=supervisor_stdout", having("/usr/local/bin/tsv")),
    null,
  ],
  [
    "a variable before the command, whose value may be a secret",
    web("command=PASSWORD=hunter22 /bin/cat"),
    { symptom: /^can't find command '?PASSWORD=<redacted>/, evidence: /^PATH of the service/ },
  ],
  [
    "a variable whose value contains a slash",
    web("command=PASSWORD=hunter/22 /bin/cat"),
    { symptom: /PASSWORD=<redacted>/, evidence: /PASSWORD=<redacted>/ },
  ],
  [
    "a removed version is reported with the installed one",
    web(`command=${NODE.replace("20.3.0", "18.1.0")} app.js`, having(NODE)),
    { evidence: /v20\.3\.0\/bin\/node exists/ },
  ],
  [
    "a name in environment=PATH",
    web(["command=serve", 'environment=PATH="/opt/app:/usr/bin"'], having("/opt/app/serve")),
    null,
  ],
  [
    "a caller without permission does not report a path as missing",
    web("command=/root/app", hidden(), { daemon: { uid: 0, pid: 5 } }),
    { unknown: "whether the command of web exists" },
  ],
  [
    "a command on a file system that does not answer",
    web("command=/mnt/app 1000", silent()),
    { severity: "error", symptom: /^\/mnt\/app: its file/, cause: /\/mnt does not answer/ },
  ],
  [
    "a directory of PATH on a file system that does not answer",
    web(["command=serve", 'environment=PATH="/mnt/bin:/usr/bin"'], silent()),
    { severity: "error", symptom: /^\/mnt\/bin\/serve: its file system does not answer/ },
  ],
  [
    "a program with many processes is reported once",
    web(["command=nope", "numprocs=3", "process_name=w%(process_num)d"]),
    { subject: "web:w0", evidence: /the same for 2 more of its processes/ },
  ],
  [
    "a program that runs nevertheless will miss its file at the next start",
    web("command=nope", host(), { programs: [status()] }),
    { severity: "warning", symptom: /^the next start will fail: can't find command 'nope'/ },
  ],
]);

const STRAY = {
  class: "C",
  steps: [],
  commands: /^namei -l \/srv\/app\/\w+$/,
  advice: /users other than root can change this symlink/,
} as const;

/** A link that is put at a path between two looks. */
function swapped(): DoctorHost {
  const on = host()
    .directory("/srv/app", { uid: 33, gid: 33 })
    .file("/etc/secret", "#!/bin/sh\n", { mode: 0o600 })
    .file("/srv/app/run", "#!/bin/sh\n", { mode: 0o600, uid: 33, gid: 33 });
  on.realPath = (path) => (path === "/srv/app/run" ? "/etc/secret" : path);
  return on;
}

rows("PROG-002", [
  [
    "no file gets a set-id bit",
    web("command=/opt/run", host().file("/opt/run", ELF, { mode: 0o6640 })),
    { steps: ["own /opt/run 0:0 750"] },
  ],
  [
    "a link that is put there between two looks leads root nowhere",
    web("command=/srv/app/run", swapped()),
    { steps: /^own \/srv\/app\/run / },
  ],
  ["the target of a symlink that others can change", web("command=/srv/app/run", stray()), STRAY],
  [
    "the same for the user of a program",
    web(["command=/srv/app/other", "user=www-data"], stray()),
    STRAY,
  ],
  [
    "behind a link of root's, the file is the one that the group is let into",
    web(
      ["command=/opt/run", "user=pi"],
      host().file("/srv/7/run", ELF, { mode: 0o700 }).link("/opt/run", "/srv/7/run"),
    ),
    { steps: ["own /srv/7/run 0:1000 750"] },
  ],
  [
    "root's home is not opened",
    web(["command=/root/run", "user=pi"], closed("/root")),
    {
      symptom: /^couldn't exec \/root\/run: EACCES/,
      evidence: /\/root is root:root 0700; pi has no search \(x\) permission/,
      class: "C",
    },
  ],
  ["a missing command is another check's", web("command=nope"), null],
  [
    "a program that runs",
    web(["command=/opt/app/run", "user=pi"], closed("/opt/app"), { programs: [status()] }),
    null,
  ],
  [
    "an access control list that lets the user in",
    web(["command=/opt/app/run", "user=pi"], allowedByList("/opt/app/run")),
    null,
  ],
]);

test("PROG-002: a step changes only the file that was seen", () => {
  const ids = { uid: 1000, gid: 1000, device: 7, inode: 42 };
  const on = host().file("/opt/run", ELF, { mode: 0o6640, ...ids });
  const [one] = found(checkOf("PROG-002"), web("command=/opt/run", on));
  const step = one !== undefined && "repair" in one ? one.repair.steps[0]?.step : undefined;
  assert.ok(step?.kind === "own");
  assert.deepEqual(step.seen, { kind: "file", mode: 0o6640, ...ids });
});
