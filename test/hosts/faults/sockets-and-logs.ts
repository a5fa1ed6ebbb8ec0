// Unreachable sockets, and logs that cannot be written.

import { CONFIG, type Fault, program, RELOAD, replace } from "./fault.ts";

export const SOCKETS_AND_LOGS: readonly Fault[] = [
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
    code: "SOCK-006",
    what: "serverurl is a path",
    config: replace("serverurl=unix:///run", "serverurl=/run"),
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
    code: "SOCK-013",
    what: "the section of the RPC interface is gone",
    config: (text) => text.replace(/\[rpcinterface:supervisor\]\n.*\n/, ""),
    make: "systemctl stop tsv",
    fixes: "--fix --yes",
    touches: CONFIG,
    proof: "tsv status web",
  },
  {
    code: "LOG-004",
    what: "the directory of a log is missing",
    prepare: "mkdir /srv/logs",
    config: program("command=/usr/bin/sleep 1000\nstdout_logfile=/srv/logs/x.log"),
    make: `${RELOAD}; tsv stop x; rm -r /srv/logs`,
    fixes: "--fix --yes",
    touches: /^\/srv\/logs/,
    clean: "rm -rf /srv/logs",
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
];
