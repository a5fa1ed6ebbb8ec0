// Settings of the service, on hosts in memory.

import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Row, rows } from "../rows.ts";
import { healthyHost, installed, restoring, UNIT, UNIT_TEXT, writing } from "./boot-host.ts";

const UNIT_D = `${UNIT}.d`;

rows("BOOT-003", [
  [
    "a unit that does not exist",
    installed({
      on: healthyHost().remove(UNIT),
      service: { properties: { LoadState: "not-found" } },
    }),
    null,
  ],
  [
    "the systemd of a user",
    installed({ service: { needsReload: true, scope: "user" } }),
    { steps: ["command systemctl --user daemon-reload"] },
  ],
  ["a mask", installed({ service: { needsReload: true, isMasked: true } }), null],
  ["another init system", installed({ service: { needsReload: true, init: "sysv" } }), null],
]);

const TREE = "/run/openrc/deptree";
const OPENRC = {
  init: "openrc",
  file: { path: "/etc/init.d/tsv", text: "", isPackaged: false },
  properties: {},
} as const;

rows("BOOT-022", [
  [
    "a service that is in it",
    installed({
      on: healthyHost().file(TREE, "depinfo_0_service='tsv'\ndepinfo_0_iafter_0='net'\n"),
      service: OPENRC,
    }),
    null,
  ],
  ["another init system", installed({ on: healthyHost().file(TREE) }), null],
]);

const USB = `[supervisord]
logfile=/var/log/tsv/tsv.log
[program:web]
command=/srv/usb/web --port 80
directory=/srv/usb
stdout_logfile=/srv/usb/log/web.log
`;

function disk(options: string, type = "ext4"): DoctorHost {
  const line = `UUID=1 / ext4 defaults 0 1\nUUID=2 /srv/usb ${type} ${options} 0 2\n`;
  return healthyHost()
    .directory("/srv/usb/log")
    .mount("/srv/usb", { type })
    .file("/etc/fstab", line);
}

rows("BOOT-004", [
  ...["nofail", "defaults,noauto"].map(
    (word): Row => [
      `a disk with ${word}`,
      installed({ on: disk(word), text: USB }),
      {
        subject: "/srv/usb",
        class: "B",
        writes: {
          [`${UNIT_D}/zz-tsv-doctor-mount-srv-usb.conf`]:
            /^\[Unit\]\nRequiresMountsFor="\/srv\/usb"$/m,
        },
        steps: /command systemctl daemon-reload$/,
      },
    ],
  ),
  [
    "a service that waits for it",
    installed({
      on: disk("nofail"),
      text: USB,
      service: { properties: { RequiresMountsFor: "/srv/usb/log /run" } },
    }),
    null,
  ],
  ["systemd waits for a usual line", installed({ on: disk("defaults"), text: USB }), null],
  ["an automount", installed({ on: disk("nofail,x-systemd.automount"), text: USB }), null],
  [
    "mounts that are no disks, and lasting ones that are not in fstab",
    installed({
      on: healthyHost()
        .mount("/var/log", { type: "tmpfs" })
        .mount("/srv", {})
        .file("/etc/fstab", ""),
      text: USB,
    }),
    null,
  ],
  ["no systemd", installed({ on: disk("nofail"), text: USB, service: { init: "sysv" } }), null],
]);

const SLOW = "[supervisord]\n[program:db]\ncommand=/bin/db\nstopwaitsecs=300\n";
const SCRIPT = { path: "/etc/init.d/tsv", text: "stop_seconds=90\n", isPackaged: false };
const RESTORED = writing(SCRIPT.path, "stop_seconds=310\n");
const TIMEOUT = `${UNIT_D}/zz-tsv-doctor-timeoutstopsec.conf`;

function waits(TimeoutStopUSec: string): Row {
  return [
    `a timeout of ${TimeoutStopUSec}`,
    installed({ text: SLOW, service: { properties: { TimeoutStopUSec } } }),
    null,
  ];
}

function killed(KillMode: string, isReported: boolean): Row {
  return [
    `KillMode=${KillMode}`,
    installed({ service: { properties: { KillMode, TimeoutStopUSec: "90s" } } }),
    isReported ? { subject: /KillMode/ } : null,
  ];
}

rows("BOOT-005", [
  waits("5min"),
  waits("infinity"),
  [
    "priorities stop one after the other",
    installed({
      text: `${SLOW}priority=1\n[program:b]\ncommand=/bin/b\nstopwaitsecs=80\npriority=2\n`,
      service: { properties: { TimeoutStopUSec: "5min 10s" } },
    }),
    { evidence: /waits 310 s, its programs may take 380 s/ },
  ],
  [
    "a package's unit gets a drop-in",
    installed({
      text: SLOW,
      service: {
        file: {
          path: "/usr/lib/systemd/system/tsv.service",
          text: UNIT_TEXT,
          isPackaged: true,
        },
        manifest: null,
        restoration: null,
      },
    }),
    {
      class: "A",
      writes: { [TIMEOUT]: /^TimeoutStopSec=310$/m },
      steps: [
        "on-undo",
        `directory ${UNIT_D} root:root 755`,
        `file ${TIMEOUT}`,
        "command systemctl daemon-reload",
      ],
    },
  ],
  [
    "a script of tsv install is written again",
    installed({
      text: SLOW,
      service: { init: "sysv", file: SCRIPT, ...restoring([RESTORED]) },
    }),
    { class: "A" },
  ],
  [
    "OpenRC's time is in its schedule",
    installed({
      text: SLOW,
      service: {
        init: "openrc",
        file: { ...SCRIPT, text: 'retry="TERM/90/KILL/5"\n' },
        restoration: null,
      },
    }),
    { class: "C" },
  ],
  [
    "that of a package's script is in the settings",
    installed({
      on: healthyHost().file("/etc/tsv/boot.env", "stop_seconds=400\n"),
      text: SLOW,
      service: { init: "sysv", file: { ...SCRIPT, isPackaged: true } },
    }),
    null,
  ],
  [
    "the service stops only its own configuration",
    installed({
      text: SLOW,
      service: {
        file: {
          path: UNIT,
          text: UNIT_TEXT.replace("/etc/tsv/tsv.conf", "/srv/own.conf"),
          isPackaged: false,
        },
      },
    }),
    null,
  ],
  killed("process", true),
  killed("mixed", false),
]);

const STOP = { properties: { OOMPolicy: "stop" } };
const SILENT = {
  path: UNIT,
  text: UNIT_TEXT.replace("OOMPolicy=continue\n", ""),
  isPackaged: false,
};

rows("BOOT-006", [
  ["another init system", installed({ service: { ...STOP, init: "sysv" } }), null],
  ["a user's service", installed({ service: { ...STOP, scope: "user" } }), { severity: "info" }],
  [
    "a foreign unit that sets it is changed after a confirmation",
    installed({
      service: {
        properties: { OOMPolicy: "kill" },
        file: { ...SILENT, text: UNIT_TEXT.replace("OOMPolicy=continue", "OOMPolicy=kill") },
        manifest: null,
      },
    }),
    { class: "B" },
  ],
]);
