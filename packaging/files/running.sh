# A record of `tsv install` that only root can have written.
trusted() { [ "$(find "$1" "${1%/*}" -maxdepth 0 -uid 0 ! -perm /022 2>/dev/null | wc -l)" = 2 ]; }

# `tsv install` has set up a service of its own, without the package's files: it is left alone.
is_by_hand() { trusted "$record" && ! grep -q '"isPackaged": true' "$record"; }

# The service of a record runs the package's executable.
runs_packaged() { grep -q '"executable": "/usr/bin/tsv"' "$1"; }

# replace CONFIG: the daemon of that configuration becomes the new version, and keeps its programs. One that hangs is not
# waited for; a successor has a minute to rehearse.
replace() {
  status=0
  timeout 180 /usr/bin/tsv upgrade --from-package -c "$1" || status=$?
  case $status in
  0 | 3) ;;
  4 | 124) note "the daemon of $1 does not answer; to try again when it does: tsv upgrade -c $1" ;;
  *) note "the daemon of $1 goes on as the version that it is; to try again: tsv upgrade -c $1" ;;
  esac
}

# All that run this executable: the package's own, and what `tsv install` has set up beside or around it.
replace_all() {
  if [ ! -f "$record" ]; then replace /etc/tsv/tsv.conf; fi
  for each in /var/lib/*/install.json; do
    if trusted "$each" && runs_packaged "$each"; then
      replace "$(sed -n 's/^  "config": "\(.*\)",$/\1/p' "$each")"
    fi
  done
}

# Services that run the executable that goes now. Whose they are removes them, or gives them another one.
tell_left_behind() {
  for each in /var/lib/*/install.json; do
    if [ "$each" != "$record" ] && trusted "$each" && runs_packaged "$each"; then
      name=${each%/*}
      note "the service ${name##*/} runs /usr/bin/tsv, too: it goes on, and cannot be started any more."
      note "To remove it, install this package again, then: tsv uninstall --name ${name##*/}"
    fi
  done
}
