// BOOT-021: removing the package of Supervisor removes the configuration that tsv runs with.

import {
  keepFromPurge,
  type PackageFacts,
  packageManagerOf,
} from "../../../install/plan/config-of-package.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const CONFIG_OF_PACKAGE = defineCheck({
  code: "BOOT-021",
  area: "boot",
  title: "configuration belongs to the package supervisor",
  repairs: ["B", "C"],
  page: {
    symptom:
      "Nothing yet. After `apt purge supervisor`, or `dnf remove supervisor`, the service fails at its next start: the configuration does not exist.",
    cause:
      "tsv has replaced an installed Supervisor and runs with its configuration, which is still a file of the package supervisor. When that package is removed, its package manager removes or renames the file, also years later.",
    repair:
      "On Debian and Ubuntu, doctor diverts the path after you confirm: `dpkg-divert --local` assigns the file to the administrator, and dpkg leaves it alone. `tsv install --boot --take-over` does the same, and `tsv uninstall` reverts it. rpm has no such means, so there the finding is only a note: copy the file before you remove the package, and move the copy back afterwards. The running daemon does not need the file in between.",
  },
  look({ service }, probe) {
    const config = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
    if (config === null || service.scope !== "system") return [];
    const facts: PackageFacts = {
      read: (path) => probe.readText(path),
      exists: (path) => probe.look(path).ok,
    };
    const manager = packageManagerOf(config, facts);
    if (manager === null) return [];
    const finding: Finding = {
      severity: manager === "dpkg" ? "warning" : "info",
      subject: config,
      symptom:
        manager === "dpkg"
          ? "apt purge supervisor would remove the configuration of tsv"
          : "dnf remove supervisor would remove the configuration of tsv",
      cause: "The configuration that tsv runs with is a file of the package supervisor.",
      evidence: [
        manager === "dpkg"
          ? `${config} is listed in /var/lib/dpkg/info/supervisor.list, and has no diversion`
          : `${config} is the configuration of the package supervisor, which is installed`,
      ],
      place: null,
      repair: repairOf(config, facts),
    };
    return [finding];
  },
});

function repairOf(config: string, facts: PackageFacts): Repair {
  const command = keepFromPurge(config, facts);
  if (command === null) {
    const word = shellWord(config);
    const copy = shellWord(`${config}.tsv`);
    return byHand("Before you remove that package, copy the file, and move it back afterwards", [
      `cp -a ${word} ${copy}`,
      "dnf remove supervisor",
      `mv ${copy} ${word}`,
    ]);
  }
  const { argv, undo, what } = command;
  return {
    class: "B",
    advice: "Divert the file, so that dpkg leaves it alone",
    commands: [shellLine(argv)],
    steps: [repairStep({ kind: "command", argv, undo, what }, "", what)],
  };
}
