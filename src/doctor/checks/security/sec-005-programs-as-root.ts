// SEC-005: programs that run as root because nothing says otherwise.

import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { listSome } from "../../facts/log-uses.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PROGRAMS_AS_ROOT = defineCheck({
  code: "SEC-005",
  area: "security",
  title: "programs run as root",
  page: {
    symptom: "`ps` shows programs of the daemon with the user root.",
    cause:
      "The daemon runs as root, and these programs have no `user=`, or `user=root`. A mistake in such a program is a mistake of root. Many programs need that, or give up their rights themselves; it is only a remark.",
    repair:
      'Write `user=NAME` into the sections of programs that need no rights of root, and `environment=HOME="/home/NAME",USER="NAME"` if they look for their home.',
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
        cause: "The daemon runs as root, and these programs have no user= of their own.",
        evidence: [listSome(names, 10)],
        place: { file, line, section, key: null },
        repair: byHand("Write user=NAME where the program needs no rights of root"),
      },
    ];
  },
});
