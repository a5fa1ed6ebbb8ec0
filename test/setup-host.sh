#!/bin/sh
# Installs what the tests compare tsv against: python3, Debian's supervisor, and clients of Supervisor. Tests that find
# them missing say so and skip, so a machine where they cannot be installed still runs everything else.
set -eu

missing=
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
command -v supervisord >/dev/null 2>&1 || missing="$missing supervisor"
# Checks the manual pages.
command -v mandoc >/dev/null 2>&1 || missing="$missing mandoc"
# Read or run what tsv writes for init systems.
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
command -v runsvdir >/dev/null 2>&1 || missing="$missing runit"
command -v s6-svscan >/dev/null 2>&1 || missing="$missing s6"
command -v busybox >/dev/null 2>&1 || missing="$missing busybox"
# A full-screen program for a terminal.
command -v less >/dev/null 2>&1 || missing="$missing less"
# Makes system calls of the installer fail.
command -v strace >/dev/null 2>&1 || missing="$missing strace"
# Looks at the web page; without a font it would see boxes.
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
# Clients of Supervisor, for test/clients. The package of node_exporter would start it where an init system runs.
has() { [ -e "$1" ] || missing="$missing $2"; }
# Sets the clock of one process, for tests of clocks that jump.
[ -n "$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null)" ] || missing="$missing libfaketime"
has /usr/bin/ansible-playbook ansible
has /usr/bin/prometheus-node-exporter prometheus-node-exporter
has /usr/share/perl5/RPC/XML/Client.pm "librpc-xml-perl libwww-perl"
has /usr/share/perl5/Frontier/Client.pm libfrontier-rpc-perl
has /usr/share/doc/ruby-xmlrpc "ruby ruby-xmlrpc"
has /usr/share/doc/php-xmlrpc "php-cli php-curl php-xmlrpc"
has /usr/share/gocode/src/github.com/kolo/xmlrpc "golang-go golang-github-kolo-xmlrpc-dev"
has /usr/share/gocode/src/github.com/mattn/go-xmlrpc golang-github-mattn-go-xmlrpc-dev
has /usr/include/xmlrpc-c/client.h libxmlrpc-core-c3-dev
modules=build/clients
if [ ! -d "$modules/node_modules/supervisord" ]; then
  mkdir -p "$modules"
  npm install --prefix "$modules" --no-package-lock --no-audit --no-fund --silent xmlrpc@1.3.2 supervisord@0.1.0 ||
    echo "test set-up: npm could not install xmlrpc and supervisord; tests of these clients are skipped"
fi

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "test set-up: no apt-get here to install$missing; tests that need them are skipped"
elif [ "$(id -u)" != 0 ]; then
  echo "test set-up: not root, so$missing cannot be installed; tests that need them are skipped"
else
  echo "test set-up: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # The package starts its daemon after installation where an init system runs; the tests start their own.
  if ! { apt-get update -qq && apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing; } >build-setup.log 2>&1; then
    tail -n 5 build-setup.log
    echo "test set-up: installing$missing failed; tests that need them are skipped"
  fi
  rm -f build-setup.log
fi
