// BOOT-003: systemd has an older text of the unit in memory than there is on disk.

import { reloadCommand, reloadStep } from "../../facts/unit-files.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const STALE_UNIT = defineCheck({
  code: "BOOT-003",
  area: "boot",
  title: "unit changed, systemd not told",
  page: {
    symptom:
      "`systemctl` says `Warning: The unit file, source configuration file or drop-ins of tsv.service changed on disk. Run 'systemctl daemon-reload' to reload units`, or `Unit tsv.service not found` though the file is there.",
    cause:
      "systemd reads units when it is told to, not when they change. Doctor asks it whether what it has in memory is older than the files (`NeedDaemonReload`).",
    repair:
      "With --fix doctor runs `systemctl daemon-reload`. That reads all units again and touches nothing that runs; what changed counts from the next start of the service on.",
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
        cause: "The unit was changed, and systemd was not told to read it again.",
        evidence: [isUnknown ? "LoadState=not-found" : "NeedDaemonReload=yes", file.path],
        place: null,
        repair: {
          class: "A",
          advice: "Have systemd read its units again",
          commands: [shellLine(reloadCommand(service))],
          steps: [reloadStep(service)],
        },
      },
    ];
  },
});
