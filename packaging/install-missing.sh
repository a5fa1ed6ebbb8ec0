# To be read by the set-up scripts of builds and tests with `.`: installs the Debian packages of commands that are missing.

missing=

# need COMMAND PACKAGE: the package is wanted where the command is not there.
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

# install_missing WHO OTHERWISE: installs what is wanted; where that cannot be, says why and what follows from it. Never fails:
# whatever lacks a command says so itself.
install_missing() {
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "$1: no apt-get here to install$missing; $2"
  elif [ "$(id -u)" != 0 ]; then
    echo "$1: not root, so$missing cannot be installed; $2"
  else
    echo "$1: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if ! try_install && ! { apt-get update -qq >>"$log" 2>&1 && try_install; }; then
      tail -n 5 "$log"
      echo "$1: installing$missing failed; $2"
    fi
    rm -f "$log"
  fi
}

try_install() {
  # shellcheck disable=SC2086 # the names are words on purpose
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing >>"$log" 2>&1
}
