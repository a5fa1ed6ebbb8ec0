# Whether only root can have written a manifest of `tsv install`.
trusted() { [ "$(find "$1" "${1%/*}" -maxdepth 0 -uid 0 ! -perm /022 2>/dev/null | wc -l)" = 2 ]; }

# Whether `tsv install` has created a service without the files of the package. It stays unchanged.
is_by_hand() { trusted "$record" && ! grep -q '"isPackaged": true' "$record"; }

# Whether the service of a manifest runs the executable of the package.
runs_packaged() { grep -q '"executable": "/usr/bin/tsv"' "$1"; }

# replace CONFIG: upgrades the daemon of a configuration in place. Its programs keep running. A daemon that does not answer is
# given up after three minutes; the dry run of the new version may take one.
replace() {
  status=0
  timeout 180 /usr/bin/tsv upgrade --from-package -c "$1" || status=$?
  case $status in
  0 | 3) ;;
  4 | 124) note "the daemon of $1 does not answer; to try again later: tsv upgrade -c $1" ;;
  *) note "the daemon of $1 keeps running with the old version; to try again: tsv upgrade -c $1" ;;
  esac
}

# Upgrades all daemons that run this executable: that of the package, and those of `tsv install`.
replace_all() {
  if [ ! -f "$record" ]; then replace /etc/tsv/tsv.conf; fi
  for each in /var/lib/*/install.json; do
    if trusted "$each" && runs_packaged "$each"; then
      replace "$(sed -n 's/^  "config": "\(.*\)",$/\1/p' "$each")"
    fi
  done
}

# Names other services that run the executable that is being removed.
list_left_behind() {
  for each in /var/lib/*/install.json; do
    if [ "$each" != "$record" ] && trusted "$each" && runs_packaged "$each"; then
      name=${each%/*}
      note "the service ${name##*/} also runs /usr/bin/tsv: it keeps running, but cannot be started again."
      note "To remove it, install this package again, then: tsv uninstall --name ${name##*/}"
    fi
  done
}
