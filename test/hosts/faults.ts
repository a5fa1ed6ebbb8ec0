// A fault of an installed tsv, as an administrator meets it: how the host comes to it, what doctor calls it, whether --fix
// fixes it, and how the host gets well again.

import assert from "node:assert/strict";

/** The installed configuration, with programs that run well. */
export const HEALTHY = `[unix_http_server]
file=/run/tsv/tsv.sock
chmod=0770
chown=root:tsv

[supervisord]
logfile=/var/log/tsv/tsv.log
pidfile=/run/tsv/tsv.pid
childlogdir=/var/log/tsv
user=root

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///run/tsv/tsv.sock

[include]
files=/etc/tsv/conf.d/*.conf

[program:web]
command=/usr/bin/sleep 100000
stdout_logfile=/var/log/tsv/web.log
redirect_stderr=true
`;

export interface Fault {
  readonly code: string;
  readonly what: string;
  /** Replaces lines of the healthy configuration, or adds to its end. */
  readonly config?: (text: string) => string;
  /** Done before the configuration is read again. */
  readonly prepare?: string;
  /** How the daemon comes to the fault: by default it reads its configuration again. */
  readonly make?: string;
  /** --fix alone does it; else it takes --yes, or only a person can (null). */
  readonly fixes: "--fix" | "--fix --yes" | null;
  /** What is true when it is fixed. */
  readonly proof?: string;
  /** What brings the host back, beside the healthy configuration. */
  readonly clean?: string;
  /** Where the repair may change something, beside the records of doctor. */
  readonly touches?: RegExp;
}

/** Adds a program x. */
const program = (lines: string): ((text: string) => string) => {
  return (text) => `${text}\n[program:x]\n${lines}\n`;
};
const replace = (from: string, to: string): ((text: string) => string) => {
  return (text) => {
    assert.ok(text.includes(from), `the healthy configuration has ${from}`);
    return text.replace(from, to);
  };
};
const CONFIG = /^\/etc\/tsv\/tsv\.conf /;
/** The records of doctor, and what a daemon that runs changes by itself. */
export const OWN =
  /^\/(?:var\/lib\/tsv\/doctor|var\/lib\/tsv |run\/tsv|var\/log\/tsv\/(?:tsv\.log|x-std))/;
/** The logs of the daemon and of the program that comes and goes. */
export const LOG = /^\/var\/log\/tsv\/(?:tsv\.log |x-std)/;
export const NOTHING = /^$/;
export const RELOAD = "tsv update >/dev/null || true";

/** Configuration alone, scripts and commands are tried without a host, by test/unit/doctor/faults and test/e2e/doctor-*.test.ts. */
export const FAULTS: readonly Fault[] = [
  {
    code: "SOCK-001",
    what: "the daemon was stopped",
    make: "systemctl stop tsv",
    fixes: "--fix",
    proof: "tsv status web",
  },
  {
    code: "SOCK-002",
    what: "a cleaner removed the socket of a living daemon",
    make: "rm /run/tsv/tsv.sock",
    fixes: "--fix",
    proof: "tsv status web",
  },
  {
    code: "SOCK-003",
    what: "a killed daemon left its socket",
    make: "systemctl stop tsv; mkdir -p /run/tsv && perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>\"/run/tsv/tsv.sock\",Listen=>1)'",
    fixes: "--fix",
    clean: "systemctl start tsv",
    proof: "test ! -S /run/tsv/tsv.sock || tsv status web",
  },
  {
    code: "SOCK-005",
    what: "ctl asks another address",
    config: replace("serverurl=unix:///run/tsv/tsv.sock", "serverurl=http://127.0.0.1:9001"),
    fixes: "--fix --yes",
    touches: CONFIG,
    proof: "tsv status web",
  },
  {
    code: "SOCK-008",
    what: "another program has the port",
    prepare: `cat >/srv/holder.pl <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:9001", Listen => 1, ReuseAddr => 1) or die;
system("systemd-notify", "--ready");
sleep 1000;
END
systemd-run --unit holder --property Type=notify --property NotifyAccess=all perl /srv/holder.pl`,
    config: (text) => `${text}\n[inet_http_server]\nport=127.0.0.1:9001\n`,
    make: "systemctl restart tsv || true",
    fixes: null,
    clean: "systemctl stop holder; rm /srv/holder.pl",
  },
  {
    code: "LOG-002",
    what: "a log is a directory",
    prepare: "mkdir -p /srv/x.log",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/x.log"),
    fixes: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|srv)/,
    clean: "rm -rf /srv/x.log",
  },
  {
    code: "LOG-011",
    what: "logs are on a card that went read-only",
    prepare: "mkdir -p /srv/card && mount -t tmpfs card /srv/card",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/card/x.log"),
    make: `mount -o remount,ro /srv/card; ${RELOAD}`,
    fixes: null,
    clean: "tsv stop x; umount -l /srv/card && rmdir /srv/card",
  },
  {
    code: "LOG-007",
    what: "the disk of a log is full",
    prepare:
      "mkdir -p /srv/full && mount -t tmpfs -o size=256k full /srv/full && dd if=/dev/zero of=/srv/full/fill bs=4k 2>/dev/null; true",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/full/x.log"),
    fixes: null,
    clean: "tsv stop x; umount -l /srv/full && rmdir /srv/full",
  },
  {
    code: "LOG-008",
    what: "a log was moved away",
    make: "mv /var/log/tsv/web.log /var/log/tsv/web.log.1",
    fixes: "--fix",
    touches: /^\/var\/log\/tsv\//,
    clean: "rm -f /var/log/tsv/web.log.1",
    proof: "test -e /var/log/tsv/web.log",
  },
  {
    code: "CONF-009",
    what: "a percent sign stands alone",
    config: program("command=/bin/date +%Y\nautostart=false"),
    make: "true",
    fixes: "--fix --yes",
    touches: CONFIG,
    proof: "tsv check /etc/tsv/tsv.conf",
  },
  {
    code: "CONF-017",
    what: "the file was edited and nothing read it",
    config: program("command=/usr/bin/sleep 1000"),
    make: "true",
    fixes: "--fix --yes",
    proof: "tsv status x",
  },
  {
    code: "PROG-002",
    what: "a script may not be executed",
    prepare: "printf '#!/bin/sh\\nexec sleep 1000\\n' >/srv/x.sh; chmod 0644 /srv/x.sh",
    config: program("command=/srv/x.sh"),
    fixes: "--fix --yes",
    touches: /^\/srv/,
    clean: "rm /srv/x.sh",
  },
  {
    code: "SEC-002",
    what: "everybody can read a password",
    config: (text) =>
      `${text}\n[inet_http_server]\nport=127.0.0.1:9002\nusername=a\npassword=geheim99\n`,
    make: "chmod 0644 /etc/tsv/tsv.conf; systemctl restart tsv",
    fixes: "--fix --yes",
    touches: CONFIG,
  },
  {
    code: "SEC-007",
    what: "the socket is open to everybody",
    config: replace("chmod=0770", "chmod=0777"),
    make: "systemctl restart tsv",
    fixes: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|run)/,
  },
];
