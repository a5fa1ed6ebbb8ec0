#!/bin/sh
# Installs what the tests compare tsv against: python3, Debian's supervisor, and clients of Supervisor. Tests that find
# them missing say so and skip, so a machine where they cannot be installed still runs everything else. With the word `peers`
# also the other supervisors of `make bench`.
set -eu
. "$(dirname "$0")/../packaging/install-missing.sh"

need python3 python3
need supervisord supervisor
# Checks the manual pages.
need mandoc mandoc
# Read or run what tsv writes for init systems.
need systemd-analyze systemd
need runsvdir runit
need s6-svscan s6
# Loggers that `make bench` compares with; s6-log needs execline for its processor.
need execlineb execline
need multilog daemontools
need busybox busybox
# `tsv fleet` over ssh.
need ssh openssh-client
need sshd openssh-server
# A full-screen program for a terminal.
need less less
# Makes system calls of the installer fail.
need strace strace
# Looks at the web page; without a font it would see boxes.
need chromium "chromium fonts-dejavu-core"
# Clients of Supervisor, for test/clients. The packages of Prometheus and node_exporter would start them where an init system runs.
has() { [ -e "$1" ] || missing="$missing $2"; }
# Sets the clock of one process, for tests of clocks that jump.
[ -n "$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null)" ] || missing="$missing libfaketime"
has /usr/bin/ansible-playbook ansible
has /usr/bin/prometheus-node-exporter prometheus-node-exporter
has /usr/bin/promtool prometheus
has /usr/share/perl5/RPC/XML/Client.pm "librpc-xml-perl libwww-perl"
has /usr/share/perl5/Frontier/Client.pm libfrontier-rpc-perl
has /usr/share/doc/ruby-xmlrpc "ruby ruby-xmlrpc"
has /usr/share/doc/php-xmlrpc "php-cli php-curl php-xmlrpc"
has /usr/share/gocode/src/github.com/kolo/xmlrpc "golang-go golang-github-kolo-xmlrpc-dev"
has /usr/share/gocode/src/github.com/mattn/go-xmlrpc golang-github-mattn-go-xmlrpc-dev
has /usr/include/xmlrpc-c/client.h libxmlrpc-core-c3-dev
# Real servers, for test/e2e/real-servers.slow.test.ts.
[ -n "$(find /usr/lib/postgresql -name initdb 2>/dev/null)" ] || missing="$missing postgresql"
need redis-server redis-server
# The hub of a fleet, for tests of tsv fleet.
need nats-server nats-server
# Networks between machines of a test: links that are cut, and a router with NAT.
need ip iproute2
need nft nftables
need nginx nginx-light
# A proxy in front of servers that restart, for test/e2e/proxies.slow.test.ts.
need haproxy haproxy
# Servers and workers of docs/cookbook.md, for test/e2e/cookbook.slow.test.ts.
need gunicorn gunicorn
need uvicorn uvicorn
need celery celery
has /usr/lib/python3/dist-packages/redis python3-redis
need sidekiq ruby-sidekiq
[ -n "$(find /usr/sbin -name 'php-fpm*' 2>/dev/null)" ] || missing="$missing php-fpm"
modules=build/clients
if [ ! -d "$modules/node_modules/supervisord" ]; then
  mkdir -p "$modules"
  npm install --prefix "$modules" --no-package-lock --no-audit --no-fund --silent xmlrpc@1.3.2 supervisord@0.1.0 ||
    echo "test set-up: npm could not install xmlrpc and supervisord; tests of these clients are skipped"
fi

# Supervisors that only `make bench` compares with; pm2 is large.
if [ "${1-}" = peers ]; then
  need monit monit
  need dinit dinit
  peers=build/peers
  if [ ! -x "$peers/node_modules/.bin/pm2" ]; then
    mkdir -p "$peers"
    npm install --prefix "$peers" --no-package-lock --no-audit --no-fund --silent pm2@7.0.4 ||
      echo "test set-up: npm could not install pm2; make bench does not compare with it"
  fi
fi

# Where an init system runs, packages start their servers after installation; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
install_missing "test set-up" "tests that need them are skipped"
