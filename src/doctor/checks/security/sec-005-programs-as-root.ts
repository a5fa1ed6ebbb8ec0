// SEC-005: programs run as root because they have no user=.

import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { listSome } from "../../facts/log-uses.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PROGRAMS_AS_ROOT = defineCheck({
  code: "SEC-005",
  area: "security",
  title: "programs run as root",
  repairs: ["C"],
  page: {
    symptom: "`ps` shows programs of the daemon that run as root.",
    cause:
      "The daemon runs as root, and these programs have no `user=`, or `user=root`. A bug in such a program can affect the whole host. Many programs need root or drop their privileges themselves, so this is only a note.",
    repair:
      'Set `user=NAME` in the sections of programs that do not need root, and `environment=HOME="/home/NAME",USER="NAME"` if they use their home directory.',
  },
  look(situation, probe) {
    const config = readConfig(situation);
    if (config === null || daemonAccount(situation, probe).uid !== 0) return [];
    const programs = config.groups.flatMap(({ processes }) =>
      processes.filter(({ uid }) => uid === null || uid === 0),
    );
    const names = Array.from(new Set(programs.map(({ programName }) => programName)));
    const [first] = programs;
    if (first === undefined) return [];
    const { file, line, section } = first.origin;
    return [
      {
        severity: "info",
        subject: "programs without user=",
        symptom:
          names.length === 1 ? "a program runs as root" : `${names.length} programs run as root`,
        cause: "The daemon runs as root, and these programs have no user=.",
        evidence: [listSome(names, 10)],
        place: { file, line, section, key: null },
        repair: byHand("Set user=NAME for programs that do not need root"),
      },
    ];
  },
});
