// A small service, written by hand for each init system, which the rig must be able to start at boot.

import type { Host } from "./rig/host.ts";

/** Adds a line to the journal of its starts, and stays. */
const PROGRAM = `#!/bin/sh
echo started >>/var/lib/own-service
exec sleep 100000
`;

const UNIT = `[Unit]
Description=Own service

[Service]
ExecStart=/usr/local/bin/own-service

[Install]
WantedBy=multi-user.target
`;

const LSB_SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          own-service
# Required-Start:    $remote_fs
# Required-Stop:     $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Own service
### END INIT INFO
pidfile=/run/own-service.pid
case "$1" in
start) start-stop-daemon --start --background --make-pidfile --pidfile $pidfile --startas /usr/local/bin/own-service ;;
stop) start-stop-daemon --stop --oknodo --retry 3 --pidfile $pidfile ;;
restart | force-reload) "$0" stop; "$0" start ;;
status) start-stop-daemon --status --pidfile $pidfile ;;
esac
`;

const OPENRC_SCRIPT = `#!/sbin/openrc-run
description="Own service"
command=/usr/local/bin/own-service
supervisor=supervise-daemon
depend() { after bootmisc; }
`;

const RUN = "#!/bin/sh\nexec /usr/local/bin/own-service\n";

/** Installs and starts the service, and has it started at boot. */
export async function addOwnService(host: Host): Promise<void> {
  host.write("/usr/local/bin/own-service", PROGRAM, 0o755);
  switch (host.kind.name) {
    case "systemd-bookworm":
    case "systemd-trixie":
    case "systemd-arm64":
    case "systemd-armhf":
      host.write("/etc/systemd/system/own-service.service", UNIT);
      await host.must("systemctl daemon-reload && systemctl enable --now own-service");
      return;
    case "sysv":
      host.write("/etc/init.d/own-service", LSB_SCRIPT, 0o755);
      await host.must("update-rc.d own-service defaults && service own-service start");
      return;
    case "openrc":
      host.write("/etc/init.d/own-service", OPENRC_SCRIPT, 0o755);
      await host.must("rc-update add own-service default && rc-service own-service start");
      return;
    case "runit":
      host.write("/etc/sv/own-service/run", RUN, 0o755);
      await host.must("ln -s /etc/sv/own-service /etc/service/");
      return;
    case "s6":
      host.write("/etc/service/own-service/run", RUN, 0o755);
      await host.must("s6-svscanctl -a /etc/service");
      return;
    default:
      throw new Error(`${host.kind.name} has no init`);
  }
}

/** Waits until the service has been started this many times in all, and runs. */
export async function ownServiceStarted(host: Host, times: number): Promise<void> {
  const count = '[ "$(grep -c started /var/lib/own-service)" = "$1" ] && pgrep -f "[s]leep 100000"';
  await host.until(["/bin/sh", "-c", count, "count", String(times)]);
}

/** Takes the service away with all it wrote. */
export async function removeOwnService(host: Host): Promise<void> {
  await host.must(REMOVE[host.kind.name] ?? "false");
  await host.must("rm /var/lib/own-service /usr/local/bin/own-service");
}

const REMOVE_UNIT =
  "systemctl disable --now own-service && rm /etc/systemd/system/own-service.service && systemctl daemon-reload";

const REMOVE: Readonly<Partial<Record<Host["kind"]["name"], string>>> = {
  "systemd-bookworm": REMOVE_UNIT,
  "systemd-trixie": REMOVE_UNIT,
  "systemd-arm64": REMOVE_UNIT,
  "systemd-armhf": REMOVE_UNIT,
  sysv: "service own-service stop && rm /etc/init.d/own-service && update-rc.d own-service remove",
  openrc:
    "rc-service own-service stop && rc-update del own-service default && rm /etc/init.d/own-service",
  runit:
    "rm /etc/service/own-service && sv -w 60 exit /etc/sv/own-service && rm -r /etc/sv/own-service",
  // Out of s6-svscan's sight first: a supervisor that ends in a directory which it still sees is started again.
  s6: `cd /etc/service && mv own-service .own-service && s6-svscanctl -an . &&
    while s6-svok .own-service; do sleep 0.05; done && rm -r .own-service`,
};
