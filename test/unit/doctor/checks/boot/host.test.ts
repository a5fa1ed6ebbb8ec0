// The host around the service: mandatory access control, in memory.

import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { rows } from "../rows.ts";
import { healthyHost, installed } from "./boot-host.ts";

const NOW_SECONDS = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
const AUDIT = "/var/log/audit/audit.log";

function selinux(): DoctorHost {
  return healthyHost().file("/sys/fs/selinux/enforce", "1");
}

function labelled(output: string): DoctorHost {
  const on = selinux();
  on.answers.set("stat -c %C /usr/local/bin/tsv", { status: 0, output });
  return on;
}

function denial(secondsAgo: number, program = "tsv"): string {
  return (
    `type=AVC msg=audit(${NOW_SECONDS - secondsAgo}.123:45): avc:  denied  { execute } for  pid=812 comm="${program}" ` +
    'name="web" dev="sda1" ino=77 scontext=system_u:system_r:init_t:s0 tcontext=unconfined_u:object_r:user_home_t:s0\n'
  );
}

function unreadable(): DoctorHost {
  const on = selinux().file(AUDIT, denial(60));
  on.readTail = () => null;
  return on;
}

rows("BOOT-012", [
  [
    "a module that only warns",
    installed({ on: selinux().file("/sys/fs/selinux/enforce", "0") }),
    null,
  ],
  [
    "an executable with its own label",
    installed({ on: labelled("system_u:object_r:bin_t:s0") }),
    null,
  ],
  [
    "equal denials are shown once",
    installed({
      on: selinux().file(AUDIT, `${denial(90)}${denial(60).replace("pid=812", "pid=813")}`),
    }),
    { class: "C", evidence: /^type=AVC[^\n]*$/ },
  ],
  [
    "old denials, and those of other programs",
    installed({
      on: selinux().file(AUDIT, `${denial(2 * 86_400)}${denial(60, "httpd")}nothing\n`),
    }),
    null,
  ],
  [
    "denials of AppArmor",
    installed({
      on: healthyHost()
        .file("/sys/module/apparmor/parameters/enabled", "Y\n")
        .file(
          "/var/log/kern.log",
          `Jan  2 03:04:01 pi kernel: audit: type=1400 audit(${NOW_SECONDS - 4}.1:9): apparmor="DENIED" operation="open" profile="/usr/bin/tsv" name="/srv/x" pid=1 comm="tsv"\n`,
        ),
    }),
    { subject: "AppArmor" },
  ],
  ["an unreadable log while the service runs", installed({ on: unreadable() }), null],
  [
    "an unreadable log while it does not",
    installed({ on: unreadable(), service: { isActive: false } }),
    { unknown: "whether SELinux denies tsv an operation (needs root)" },
  ],
]);
