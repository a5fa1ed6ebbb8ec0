// Faults of an installed tsv, each as an administrator meets it: how the host comes to it, what doctor calls it, whether --fix
// mends it, and how the host gets well again.

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
  readonly mends: "--fix" | "--fix --yes" | null;
  /** What is true when it is mended. */
  readonly proof?: string;
  /** What brings the host back, beside the healthy configuration. */
  readonly clean?: string;
  /** Where the repair may change something, beside the records of doctor. */
  readonly touches?: RegExp;
}

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

export const FAULTS: readonly Fault[] = [
  {
    code: "SOCK-001",
    what: "the daemon was stopped",
    make: "systemctl stop tsv",
    mends: "--fix",
    proof: "tsv status web",
  },
  {
    code: "SOCK-002",
    what: "a cleaner removed the socket of a living daemon",
    make: "rm /run/tsv/tsv.sock",
    mends: "--fix",
    proof: "tsv status web",
  },
  {
    code: "SOCK-003",
    what: "a killed daemon left its socket",
    make: "systemctl stop tsv; mkdir -p /run/tsv && perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>\"/run/tsv/tsv.sock\",Listen=>1)'",
    mends: "--fix",
    clean: "systemctl start tsv",
    proof: "test ! -S /run/tsv/tsv.sock || tsv status web",
  },
  {
    code: "SOCK-005",
    what: "ctl asks another address",
    config: replace("serverurl=unix:///run/tsv/tsv.sock", "serverurl=http://127.0.0.1:9001"),
    mends: "--fix --yes",
    touches: CONFIG,
    proof: "tsv status web",
  },
  {
    code: "SOCK-006",
    what: "serverurl is a path",
    config: replace("serverurl=unix:///run", "serverurl=/run"),
    mends: "--fix --yes",
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
    mends: null,
    clean: "systemctl stop holder; rm /srv/holder.pl",
  },
  {
    code: "SOCK-013",
    what: "the section of the RPC interface is gone",
    config: (text) => text.replace(/\[rpcinterface:supervisor\]\n.*\n/, ""),
    make: "systemctl stop tsv",
    mends: "--fix --yes",
    touches: CONFIG,
    proof: "tsv status web",
  },
  {
    code: "LOG-004",
    what: "the directory of a log is missing",
    prepare: "mkdir /srv/logs",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/logs/x.log"),
    make: `${RELOAD}; tsv stop x; rm -r /srv/logs`,
    mends: "--fix --yes",
    touches: /^\/srv\/logs/,
    clean: "rm -rf /srv/logs",
  },
  {
    code: "LOG-002",
    what: "a log is a directory",
    prepare: "mkdir -p /srv/x.log",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/x.log"),
    mends: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|srv)/,
    clean: "rm -rf /srv/x.log",
  },
  {
    code: "LOG-011",
    what: "logs are on a card that went read-only",
    prepare: "mkdir -p /srv/card && mount -t tmpfs card /srv/card",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/card/x.log"),
    make: `mount -o remount,ro /srv/card; ${RELOAD}`,
    mends: null,
    clean: "tsv stop x; umount -l /srv/card && rmdir /srv/card",
  },
  {
    code: "LOG-007",
    what: "the disk of a log is full",
    prepare:
      "mkdir -p /srv/full && mount -t tmpfs -o size=256k full /srv/full && dd if=/dev/zero of=/srv/full/fill bs=4k 2>/dev/null; true",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/full/x.log"),
    mends: null,
    clean: "tsv stop x; umount -l /srv/full && rmdir /srv/full",
  },
  {
    code: "LOG-008",
    what: "a log was moved away",
    make: "mv /var/log/tsv/web.log /var/log/tsv/web.log.1",
    mends: "--fix",
    touches: /^\/var\/log\/tsv\//,
    clean: "rm -f /var/log/tsv/web.log.1",
    proof: "test -e /var/log/tsv/web.log",
  },
  {
    code: "CONF-002",
    what: "the file begins with a byte order mark",
    config: (text) => `\ufeff${text}`,
    make: "true",
    mends: "--fix --yes",
    touches: CONFIG,
    proof: "tsv check /etc/tsv/tsv.conf",
  },
  {
    code: "CONF-008",
    what: "a path is in quotes",
    prepare: "mkdir -p /srv/q",
    config: program('command=/usr/bin/sleep 1000\ndirectory="/srv/q"'),
    mends: "--fix --yes",
    touches: CONFIG,
    clean: "rmdir /srv/q",
  },
  {
    code: "CONF-009",
    what: "a percent sign stands alone",
    config: program("command=/bin/date +%Y\nautostart=false"),
    make: "true",
    mends: "--fix --yes",
    touches: CONFIG,
    proof: "tsv check /etc/tsv/tsv.conf",
  },
  {
    code: "CONF-014",
    what: "an option is misspelt",
    config: program("command=/usr/bin/sleep 1000\nautorestar=true"),
    mends: "--fix --yes",
    touches: CONFIG,
  },
  {
    code: "CONF-017",
    what: "the file was edited and nothing read it",
    config: program("command=/usr/bin/sleep 1000"),
    make: "true",
    mends: "--fix --yes",
    proof: "tsv status x",
  },
  {
    code: "PROG-001",
    what: "a command is not there",
    config: program("command=/usr/bin/no-such-program"),
    mends: null,
  },
  {
    code: "PROG-002",
    what: "a script may not be executed",
    prepare: "printf '#!/bin/sh\\nexec sleep 1000\\n' >/srv/x.sh; chmod 0644 /srv/x.sh",
    config: program("command=/srv/x.sh"),
    mends: "--fix --yes",
    touches: /^\/srv/,
    clean: "rm /srv/x.sh",
  },
  {
    code: "PROG-003",
    what: "a script has the line ends of Windows",
    prepare: "printf '#!/bin/sh\\r\\nexec sleep 1000\\r\\n' >/srv/x.sh; chmod 0755 /srv/x.sh",
    config: program("command=/srv/x.sh"),
    mends: "--fix --yes",
    touches: /^\/srv/,
    clean: "rm /srv/x.sh",
  },
  {
    code: "PROG-005",
    what: "the working directory is not there",
    config: program("command=/usr/bin/sleep 1000\ndirectory=/srv/no/such"),
    mends: "--fix --yes",
    touches: /^\/srv/,
    clean: "rm -rf /srv/no",
  },
  {
    code: "PROG-006",
    what: "the user of a program is not there",
    config: program("command=/usr/bin/sleep 1000\nuser=nosuchuser"),
    make: "true",
    mends: null,
  },
  {
    code: "PROG-011",
    what: "a shell starts the program and stays",
    config: program("command=/bin/sh -c '/usr/bin/sleep 1000; true'"),
    mends: "--fix --yes",
    touches: CONFIG,
  },
  {
    code: "SEC-002",
    what: "everybody can read a password",
    config: (text) =>
      `${text}\n[inet_http_server]\nport=127.0.0.1:9002\nusername=a\npassword=geheim99\n`,
    make: "chmod 0644 /etc/tsv/tsv.conf; systemctl restart tsv",
    mends: "--fix --yes",
    touches: CONFIG,
  },
  {
    code: "SEC-007",
    what: "the socket is open to everybody",
    config: replace("chmod=0770", "chmod=0777"),
    make: "systemctl restart tsv",
    mends: "--fix --yes",
    touches: /^\/(etc\/tsv\/tsv\.conf|run)/,
  },
];
