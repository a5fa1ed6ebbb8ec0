// LOG-011: worn cards, file systems that are read-only on purpose, and logs that the service's own unit closes.

import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, rows } from "../rows.ts";
import { runningTsv } from "./running.ts";

const UNIT = "/etc/systemd/system/tsv.service";
const DROP_IN = `${UNIT}.d/zz-tsv-doctor-logs.conf`;
const STRICT = "[Service]\nProtectSystem=strict\nLogsDirectory=tsv\n";

function log(path: string, on: DoctorHost, logfile = "/tmp/d.log"): Facts {
  const text = `[supervisord]\nlogfile=${logfile}\n[program:web]\ncommand=/usr/bin/tsv\nstdout_logfile=${path}\nstderr_logfile=NONE\n`;
  return { on, text };
}

function readOnly(fstab = ""): DoctorHost {
  return new DoctorHost()
    .mount("/var", { options: ["ro", "relatime", "errors=remount-ro"] })
    .file("/etc/fstab", fstab);
}

function failing(): DoctorHost {
  const on = readOnly("PARTUUID=1 /var ext4 defaults 0 2\n").file("/var/log/web.log");
  on.answers.set("dmesg --level=emerg,alert,crit,err", {
    status: 0,
    output: "usb 1-1: hello\nmmcblk0: error -110\nEXT4-fs error (device mmcblk0p2): bad block",
  });
  return on;
}

rows("LOG-011", [
  [
    "a file system that the kernel made read-only",
    log("/var/log/web.log", failing()),
    { subject: "/var", commands: /^dmesg /m },
  ],
  ["a log that is not there yet", log("/var/log/web.log", readOnly()), {}],
  [
    "a file system that /etc/fstab mounts read-only",
    log("/var/log/web.log", readOnly("PARTUUID=1 /var ext4 ro,noatime 0 2\n")),
    { commands: [] },
  ],
]);

/** A log of a service with this unit. */
function unit(text: string, on = new DoctorHost(), path = "/srv/log/web.log"): Facts {
  on.directory("/srv/log").directory("/var/log/tsv");
  const service = { file: { path: UNIT, text, isPackaged: false }, properties: {} };
  return { ...log(path, on, "/var/log/tsv/d.log"), service };
}

rows("LOG-011", [
  [
    "a path opened by an earlier repair",
    unit(STRICT, new DoctorHost().file(DROP_IN, "[Service]\nReadWritePaths=-/old\n")),
    { writes: { [DROP_IN]: /ReadWritePaths=-\/old\nReadWritePaths=-\/srv\/log\n/ } },
  ],
  [
    "a home that is hidden",
    unit("[Service]\nProtectHome=yes\n", new DoctorHost(), "/home/pi/web.log"),
    { class: "C" },
  ],
  ["a unit without a sandbox", unit("[Service]\n"), null],
  ["a daemon outside of its service", { ...unit(STRICT), ...runningTsv() }, null],
]);
