// The host of these tests: systemd, with a healthy installation by `tsv install`.

import assert from "node:assert/strict";
import type { Check } from "../../../../../src/doctor/checks/check.ts";
import type { ServiceState } from "../../../../../src/doctor/facts/situation.ts";
import type { Finding, Unknown } from "../../../../../src/doctor/model.ts";
import type { Manifest } from "../../../../../src/install/plan/manifest.ts";
import type { Step } from "../../../../../src/install/plan/steps.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";

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
  config: "/etc/tsv/tsv.conf",
  server: "unix:///run/tsv/tsv.sock",
  executable: "/usr/local/bin/tsv",
  group: "tsv",
  isPackaged: false,
  lingered: null,
  entries: [{ kind: "file", path: UNIT, sha256: "0", isTheirs: false, replaced: null }],
  giveBack: [],
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
    obstacles: [],
    executable: "/usr/local/bin/tsv",
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

type Parts = Parameters<DoctorHost["situation"]>[1];

/** What a check says of a host with this service. */
export function look(
  check: Check,
  host: DoctorHost,
  service: Partial<ServiceState> = {},
  parts: Parts & { readonly text?: string } = {},
): readonly (Finding | Unknown)[] {
  const { text = CONFIG, ...others } = parts;
  const situation = host.situation(text, { ...others, service: { ...HEALTHY, ...service } });
  return check.look(situation, host);
}

/** The one finding. */
export function only(said: readonly (Finding | Unknown)[]): Finding {
  const [finding] = said;
  assert.equal(said.length, 1, JSON.stringify(said));
  assert.ok(finding !== undefined && "repair" in finding);
  return finding;
}

export function stepsOf({ repair }: Finding): readonly Step[] {
  return repair.steps.map(({ step }) => step);
}

/** The commands among the steps of a repair, as lines. */
export function commandsOf(finding: Finding): readonly string[] {
  return stepsOf(finding).flatMap((step) => (step.kind === "command" ? [step.argv.join(" ")] : []));
}

/** Does the files, links and removals of a repair on the host in memory. */
export function repair(finding: Finding, host: DoctorHost): void {
  for (const step of stepsOf(finding)) {
    if (step.kind === "file") host.file(step.path, step.text, { mode: step.mode });
    else if (step.kind === "directory") host.directory(step.path, { mode: step.mode });
    else if (step.kind === "link") host.link(step.path, step.target);
    else if (step.kind === "remove-stale") host.remove(step.path);
  }
}
