# Installs the Debian packages of missing commands. The set-up scripts of builds and tests source it.

missing=

# need COMMAND PACKAGE: adds the package if the command is missing.
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

# install_missing WHO CONSEQUENCE: installs the packages, or prints why it cannot, and the consequence. Never fails: a script that
# lacks a command reports that itself.
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
    failed=
    # shellcheck disable=SC2086 # the names are words on purpose
    keep_trying $missing || without_unknown
    if [ -n "$failed" ]; then
      tail -n 5 "$log"
      echo "$1: installing$failed failed; $2"
    fi
    rm -f "$log"
  fi
}

# The lists may be missing or old, and a mirror may answer badly once.
keep_trying() {
  for attempt in 1 2; do
    patiently install --no-install-recommends "$@" && return
    patiently update || :
  done
  patiently install --no-install-recommends "$@"
}

# Installs the others if this distribution lacks a package.
without_unknown() {
  known=
  for each in $missing; do
    if patiently --simulate install "$each"; then known="$known $each"; else failed="$failed $each"; fi
  done
  # shellcheck disable=SC2086 # the names are words on purpose
  if [ -z "$failed" ] || ! keep_trying $known; then failed=$missing; fi
}

# The output goes into the log.
patiently() { apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1; }
