// BOOT-003: the unit on disk is newer than the one that systemd has in memory.

import { reloadCommand, reloadStep } from "../../facts/unit-files.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const STALE_UNIT = defineCheck({
  code: "BOOT-003",
  area: "boot",
  title: "unit changed without daemon-reload",
  repairs: ["A"],
  page: {
    symptom:
      "`systemctl` says `Warning: The unit file, source configuration file or drop-ins of tsv.service changed on disk. Run 'systemctl daemon-reload' to reload units`, or `Unit tsv.service not found` although the file exists.",
    cause:
      "systemd does not read a unit again when its file changes, only on daemon-reload. Doctor asks systemd whether the unit in memory is older than its files (`NeedDaemonReload`).",
    repair:
      "With --fix, doctor runs `systemctl daemon-reload`. This reads all units again and does not affect running services. The changes apply from the next start of the service.",
  },
  look({ service }, probe) {
    const { init, file, properties, needsReload, isMasked, name } = service;
    if (init !== "systemd" || file === null || isMasked) return [];
    const isUnknown = properties["LoadState"] === "not-found" && probe.look(file.path).ok;
    if (!needsReload && !isUnknown) return [];
    return [
      {
        severity: isUnknown ? "error" : "warning",
        subject: name,
        symptom: isUnknown
          ? `Unit ${name}.service not found`
          : `the unit file of ${name}.service changed on disk`,
        cause: "The unit was changed without a daemon-reload.",
        evidence: [isUnknown ? "LoadState=not-found" : "NeedDaemonReload=yes", file.path],
        place: null,
        repair: {
          class: "A",
          advice: "Make systemd reload its units",
          commands: [shellLine(reloadCommand(service))],
          steps: [reloadStep(service)],
        },
      },
    ];
  },
});
