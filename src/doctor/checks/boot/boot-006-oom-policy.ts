// BOOT-006: when memory is short and one program is killed for it, systemd stops all of them.

import { defineCheck } from "../check.ts";
import { settingRepair } from "./unit-repair.ts";

export const OOM_POLICY = defineCheck({
  code: "BOOT-006",
  area: "boot",
  title: "one program out of memory stops all",
  page: {
    symptom:
      "All programs are gone at once, and the journal says `A process of this unit has been killed by the OOM killer` and `tsv.service: Failed with result 'oom-kill'`.",
    cause:
      "With `OOMPolicy=stop`, which is systemd's default, the whole service is stopped when the kernel kills any one of its processes for want of memory; `kill` kills the others, too. tsv would have started that one program again.",
    repair:
      "With --fix doctor sets `OOMPolicy=continue`: in the unit where `tsv install` wrote it, else in a drop-in. Where somebody has set the policy by hand it asks first.",
  },
  look({ service }, probe) {
    const policy = service.properties["OOMPolicy"];
    if (service.init !== "systemd" || service.file === null || service.isMasked) return [];
    if (policy !== "stop" && policy !== "kill") return [];
    const dropIn = {
      word: "oom",
      because: "One program without memory is no reason to stop the others.",
      section: "Service",
      lines: ["OOMPolicy=continue"],
    } as const;
    return [
      {
        // A user's own service is installed without a policy, and systemd's own is then the user's choice.
        severity: service.scope === "user" ? "info" : "warning",
        subject: service.name,
        symptom: `${service.name}.service: Failed with result 'oom-kill'`,
        cause:
          "systemd stops the whole service when memory is short and one of its programs is killed.",
        evidence: [`OOMPolicy=${policy}`],
        place: null,
        repair: settingRepair(service, "Let the other programs go on", dropIn, probe),
      },
    ];
  },
});
