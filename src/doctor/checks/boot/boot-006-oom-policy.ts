// BOOT-006: when the kernel kills one program because memory is short, systemd stops all of them.

import { defineCheck } from "../check.ts";
import { settingRepair } from "./unit-repair.ts";

export const OOM_POLICY = defineCheck({
  code: "BOOT-006",
  area: "boot",
  title: "one program out of memory stops all",
  repairs: ["A", "B"],
  page: {
    symptom:
      "All programs stop at once, and the journal says `A process of this unit has been killed by the OOM killer` and `tsv.service: Failed with result 'oom-kill'`.",
    cause:
      "With `OOMPolicy=stop`, the default of systemd, systemd stops the whole service when the kernel kills any of its processes because memory is short. With `OOMPolicy=kill`, it kills all the others. tsv would have restarted only the one program.",
    repair:
      "With --fix, doctor sets `OOMPolicy=continue`: in the unit if `tsv install` wrote it, otherwise in a drop-in. If the policy was set by hand, doctor asks first.",
  },
  look({ service }, probe) {
    const policy = service.properties["OOMPolicy"];
    if (service.init !== "systemd" || service.file === null || service.isMasked) return [];
    if (policy !== "stop" && policy !== "kill") return [];
    const dropIn = {
      word: "oom",
      because: "If one program is killed because memory is short, the others keep running.",
      section: "Service",
      lines: ["OOMPolicy=continue"],
    } as const;
    return [
      {
        // The service of a user is installed without a policy; the default of systemd is then the user's choice.
        severity: service.scope === "user" ? "info" : "warning",
        subject: service.name,
        symptom: `${service.name}.service: Failed with result 'oom-kill'`,
        cause:
          "systemd stops the whole service when the kernel kills one of its programs because memory is short.",
        evidence: [`OOMPolicy=${policy}`],
        place: null,
        repair: settingRepair(service, "Keep the other programs running", dropIn, probe),
      },
    ];
  },
});
