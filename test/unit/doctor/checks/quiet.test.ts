// The checks of logs and of security say nothing worse than a remark about the setups that most hosts have.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LOG_CHECKS, SECURITY_CHECKS } from "../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../src/doctor/checks/examine.ts";
import { defaultConfig } from "../../../../src/install/plan/default-files.ts";
import { layoutFor } from "../../../../src/install/plan/layout.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { runningSupervisor, runningTsv } from "./logs/running.ts";

/** A Debian with sudo, a static group staff, and accounts of programs. */
function debian(): DoctorHost {
  const host = new DoctorHost()
    .directory("/dev")
    .link("/var/run", "/run")
    .directory("/var/log/supervisor")
    .directory("/var/log/tsv", { mode: 0o750, gid: 990 })
    .directory("/run/tsv", { mode: 0o755 })
    .directory("/etc/tsv/conf.d")
    .directory("/usr/local", { mode: 0o2775, gid: 50 })
    .directory("/usr/local/bin", { mode: 0o2775, gid: 50 })
    .file("/usr/local/bin/app", "\x7fELF", { mode: 0o755 })
    .file("/usr/bin/python3", "\x7fELF", { mode: 0o755 })
    .file("/usr/bin/php", "\x7fELF", { mode: 0o755 })
    .directory("/srv/app", { uid: 33, gid: 33 })
    .file("/srv/app/artisan", "<?php", { uid: 33, gid: 33 })
    .directory("/srv/app/log", { uid: 33, gid: 33 })
    .file("/home/pi/bot.py", "print(1)", { uid: 1000, gid: 1000 })
    .file("/proc/sys/fs/protected_regular", "2\n")
    .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n")
    .file("/etc/group", "root:x:0:\nsudo:x:27:pi\nwww-data:x:33:\nstaff:x:50:\ntsv:x:990:pi\n")
    .file("/etc/fstab", "UUID=1 / ext4 errors=remount-ro 0 1\n")
    .file("/etc/logrotate.d/apt", "/var/log/apt/term.log {\n  rotate 12\n}\n");
  host.groups.push({ name: "staff", gid: 50 }, { name: "sudo", gid: 27 });
  host.memberships.set("pi", [27, 990]);
  host.files.set(700, [{ fd: 3, target: "/var/log/tsv/tsv.log", deleted: false }]);
  return host;
}

const INSTALLED = defaultConfig(
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

const SUPERVISORS = `[unix_http_server]
file=/var/run/supervisor.sock
chmod=0700
username=dummy
password=dummy
[supervisord]
logfile=/var/log/supervisor/supervisord.log
pidfile=/var/run/supervisord.pid
childlogdir=/var/log/supervisor
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix:///var/run/supervisor.sock
username=dummy
password=dummy
[include]
files = /etc/supervisor/conf.d/*.conf
`;

const LARAVEL = `[program:worker]
process_name=%(program_name)s_%(process_num)02d
command=php /srv/app/artisan queue:work --sleep=3
user=www-data
numprocs=8
redirect_stderr=true
stdout_logfile=/srv/app/log/worker.log
`;

const CONTAINERS = `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
[program:app]
command=/usr/local/bin/app
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
`;

const PIS = `[program:bot]
command=/usr/bin/python3 /home/pi/bot.py
user=pi
stdout_logfile=/var/log/bot.log
[program:root-bot]
command=/usr/bin/python3 /home/pi/bot.py
environment=API_TOKEN="abc"
`;

describe("logs and security are quiet", () => {
  const setups: Readonly<Record<string, string>> = {
    "the configuration of tsv install": INSTALLED,
    "the configuration of Debian's Supervisor": SUPERVISORS,
    "workers that share a log": INSTALLED + LARAVEL,
    "a container that logs to stdout": CONTAINERS,
    "a Raspberry Pi whose user may use sudo": INSTALLED + PIS,
  };
  for (const [name, text] of Object.entries(setups)) {
    for (const [who, parts] of [
      ["nothing runs", {}],
      ["tsv runs", runningTsv()],
    ] as const) {
      test(`${name}, and ${who}`, () => {
        const host = debian().file("/etc/tsv/tsv.conf", text);
        const facts = host.facts(null, parts);
        assert.ok(facts.config.daemon?.ok === true, JSON.stringify(facts.config.daemon));
        const { findings, unknown } = examineHost([...LOG_CHECKS, ...SECURITY_CHECKS], facts);
        const worse = findings.filter(({ severity }) => severity !== "info");
        assert.deepEqual(worse, []);
        assert.deepEqual(unknown, []);
      });
    }
  }

  test("the configuration of Debian's Supervisor, and Supervisor runs", () => {
    const host = debian().file("/etc/tsv/tsv.conf", SUPERVISORS);
    const facts = host.facts(null, runningSupervisor());
    const { findings } = examineHost([...LOG_CHECKS, ...SECURITY_CHECKS], facts);
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "info"),
      [],
    );
  });

  test("no configuration at all", () => {
    const host = debian();
    const { findings } = examineHost([...LOG_CHECKS, ...SECURITY_CHECKS], host.facts(null));
    assert.deepEqual(findings, []);
  });
});
