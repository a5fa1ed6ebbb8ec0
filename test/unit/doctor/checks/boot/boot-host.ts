// The host of these tests: systemd, with a healthy installation by `tsv install`.

import type {
  RunningDaemon,
  ServiceRestoration,
  ServiceState,
} from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { Manifest } from "../../../../../src/install/plan/manifest.ts";
import type { PlannedStep } from "../../../../../src/install/plan/steps.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import type { Facts } from "../rows.ts";

export const CONFIG = "[supervisord]\npidfile=/run/tsv/tsv.pid\nlogfile=/var/log/tsv/tsv.log\n";

export const UNIT = "/etc/systemd/system/tsv.service";
export const UNIT_TEXT = `[Unit]
Description=tsv process supervisor (tsv)

[Service]
Type=notify
ExecStart=/usr/local/bin/tsv daemon -n -c /etc/tsv/tsv.conf $DAEMON_OPTS
TimeoutStopSec=90
OOMPolicy=continue
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;

export const MANIFEST: Manifest = {
  name: "tsv",
  scope: "system",
  init: "systemd",
  start: ["systemctl", "start", "tsv.service"],
  config: "/etc/tsv/tsv.conf",
  server: "unix:///run/tsv/tsv.sock",
  executable: "/usr/local/bin/tsv",
  group: "tsv",
  isPackaged: false,
  lingered: null,
  entries: [{ kind: "file", path: UNIT, sha256: "0", isTheirs: false, replaced: null }],
  reactivate: [],
};

export const HEALTHY: Partial<ServiceState> = {
  init: "systemd",
  manifest: MANIFEST,
  file: { path: UNIT, text: UNIT_TEXT, isPackaged: false },
  isEnabled: true,
  isActive: true,
  properties: { LoadState: "loaded", TimeoutStopUSec: "1min 30s", OOMPolicy: "continue" },
  commands: {
    start: ["systemctl", "start", "tsv.service"],
    startByHand: ["systemctl", "start", "tsv.service"],
    restart: ["systemctl", "restart", "tsv.service"],
    enable: ["systemctl", "enable", "tsv.service"],
    disable: ["systemctl", "disable", "tsv.service"],
  },
  restoration: {
    steps: [],
    pathProblems: [],
    config: "/etc/tsv/tsv.conf",
  },
};

export function healthyHost(): DoctorHost {
  return new DoctorHost()
    .file("/usr/local/bin/tsv", "\x7fELF", { mode: 0o755 })
    .file("/etc/tsv/tsv.conf", CONFIG)
    .file(UNIT, UNIT_TEXT)
    .directory("/var/log/tsv")
    .directory("/run/tsv");
}

/** A healthy installation, with the given differences. */
export function installed(facts: Facts = {}): Facts {
  return { on: healthyHost(), text: CONFIG, ...facts, service: { ...HEALTHY, ...facts.service } };
}

/** A daemon of the installation. */
export const DAEMON: RunningDaemon = {
  ...{ kind: "tsv", pid: 400, uid: 0, startTicks: 1, startedMs: 0, state: "S" },
  ...{ command: ["/usr/local/bin/tsv", "daemon"], config: "/etc/tsv/tsv.conf" },
  ...{ exe: "/usr/local/bin/tsv", exeDeleted: false, isKeeper: true },
};

/** A step that writes a file of the service, as the installer plans it. */
export function writing(
  path: string,
  text: string,
  edited: PlannedStep["edited"] = null,
): PlannedStep {
  const owner = { user: "root", group: "root" };
  const step = { kind: "file", path, text, mode: 0o644, owner, what: "systemd unit" } as const;
  return { step, now: "missing", will: "systemd unit", edited, mayFail: false };
}

/** What the installer would do to restore the service. */
export function restoring(
  steps: readonly PlannedStep[],
  more: Partial<ServiceRestoration> = {},
): Pick<ServiceState, "restoration"> {
  const plain = { pathProblems: [], executable: "/opt/tsv/tsv", config: "/etc/tsv/tsv.conf" };
  return { restoration: { ...plain, steps, ...more } };
}
