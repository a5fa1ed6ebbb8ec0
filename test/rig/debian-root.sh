# To be read with `.` by scripts that build the root of a Debian: one build of a target at a time, with packages from where this
# machine's own apt gets its Debian packages, and once more when a mirror answers badly.

# Where Debian proper comes from here; security updates have another label.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F '|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" { print $4; exit }'
}

# debian_begin TARGET: exits with 0 when the target is there already. Sets $target, $from and $settings.
debian_begin() {
  target=$1
  mkdir -p "$(dirname "$target")"
  # Held until this shell and all that it starts have ended.
  exec 9>"$target.lock"
  flock -w 1800 9 || { echo "another build of $target has taken 30 minutes" >&2; exit 1; }
  [ ! -e "$target" ] || exit 0
  from=${TSV_HOSTS_MIRROR:-$(debian_mirror)}
  if [ -z "$from" ]; then
    apt-get update -qq -o DPkg::Lock::Timeout=300 >"$target.log" 2>&1 || true
    from=$(debian_mirror)
  fi
  [ -n "$from" ] || { echo "apt here knows no Debian mirror; name one in TSV_HOSTS_MIRROR" >&2; exit 1; }
  # What this machine's apt needs to reach it: proxies, and how strict it is about the date of an index.
  settings=$target.apt
  apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until)\b.*"[^"]+";' >"$settings" || true
  trap 'rm -f "$settings" "$target.shim"' EXIT
}

# debian_unpack SUITE OPTION...: writes $target.new, and its messages to $target.log.
debian_unpack() {
  suite=$1
  shift
  rm -rf "$target.new"
  # Namespaces of its own, that end with this shell: however it ends, its processes and mounts go with it.
  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
    nice -n 10 timeout -k 5 1500 mmdebstrap --quiet --mode=root \
    --aptopt="$settings" --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
    --dpkgopt=force-unsafe-io "$@" "$suite" "$target.new" "$from" >"$target.log" 2>&1
}

# debian_build WHAT COMMAND...: runs the command, which calls debian_unpack, and moves what it made to the target.
debian_build() {
  what=$1
  shift
  for attempt in 1 2 3; do
    if "$@"; then
      mv "$target.new" "$target"
      return 0
    fi
    # A mirror that answers badly once is asked again; anything else is an error in the recipe.
    grep -qE 'Failed to fetch|Temporary failure|Could not connect|Hash Sum|update .*failed' "$target.log" || break
  done
  rm -rf "$target.new"
  echo "building $what failed (attempt $attempt), log in $target.log:" >&2
  tail -n 20 "$target.log" >&2
  return 1
}
