// BOOT-022: the service is not in the dependency tree of OpenRC, so a shutdown does not stop it.

import { repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

/** Where OpenRC keeps the dependencies of all services while the host is up; a line for each is `depinfo_3_service='tsv'`. */
const TREE = "/run/openrc/deptree";

const UPDATE = ["rc-update", "--update"];

export const UNKNOWN_TO_OPENRC = defineCheck({
  code: "BOOT-022",
  area: "boot",
  title: "OpenRC does not know the service at shutdown",
  repairs: ["A"],
  page: {
    symptom:
      "At shutdown OpenRC does not stop the service. The daemon and its programs receive SIGTERM at the same time, and SIGKILL ten seconds later.",
    cause:
      "OpenRC stops only services of its dependency tree, `/run/openrc/deptree`. It updates the tree only if a script in `/etc/init.d` is newer, in whole seconds: not if the script was written in the second of the last update, and not after the clock was set back.",
    repair:
      "With --fix, doctor runs `rc-update --update`. This reads the dependencies of all services again and does not affect running services.",
  },
  look({ service }, probe) {
    const { init, file, name } = service;
    if (init !== "openrc" || file === null) return [];
    const tree = probe.readText(TREE);
    if (tree === null || tree.includes(`_service='${name}'\n`)) return [];
    const what = "update the dependency tree of OpenRC";
    return [
      {
        severity: "warning",
        subject: name,
        symptom: `OpenRC does not stop ${name} at shutdown`,
        cause: "The dependency tree of OpenRC is older than the script of the service.",
        evidence: [`${TREE} does not contain ${name}`, file.path],
        place: null,
        repair: {
          class: "A",
          advice: "Make OpenRC read the dependencies of its services again",
          commands: [shellLine(UPDATE)],
          steps: [repairStep({ kind: "command", argv: UPDATE, undo: null, what }, "", what)],
        },
      },
    ];
  },
});
