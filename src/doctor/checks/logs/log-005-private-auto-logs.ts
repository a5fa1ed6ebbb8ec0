// LOG-005: only the daemon's user can read AUTO logs, which users do not expect.

import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { listSome, logOwner, logUses } from "../../facts/log-uses.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PRIVATE_AUTO_LOGS = defineCheck({
  code: "LOG-005",
  area: "logs",
  title: "AUTO logs are private",
  repairs: ["C"],
  page: {
    symptom:
      "`cat: /var/log/tsv/web-stdout---tsv-k3v9d0x_.log: Permission denied`, for every user except the daemon's, including the user of `user=`, whose program wrote the log.",
    cause:
      "A program without `stdout_logfile=` logs to an AUTO file. The daemon creates this file as its own user, with mode 0600, because output may contain secrets and the directory may be public. The daemon removes it at its next start. This is by design, and only a note.",
    repair:
      "Read such logs with `tsv tail NAME`. If other users have to read a log, or if it must be kept, set `stdout_logfile=` to a file in a directory that they have permission to enter.",
  },
  look(situation, probe) {
    const config = readConfig(situation);
    const uses = logUses(situation, probe).filter(({ isAuto }) => isAuto);
    const users = (config?.groups ?? []).flatMap(({ processes }) =>
      processes.filter(({ user }) => user !== null).map(({ name }) => name),
    );
    const own = new Set(users);
    const surprising = uses.filter(({ process }) => process !== null && own.has(process));
    if (config === null || surprising.length === 0) return [];
    const directory = config.daemon.childLogDir;
    const user = userName(daemonAccount(situation, probe).uid, probe);
    return [
      {
        severity: "info",
        subject: directory,
        symptom: `Permission denied for every user except ${user} who reads an AUTO log in ${directory}`,
        cause: `AUTO logs have mode 0600 and belong to the daemon's user ${user}, even for programs with user=.`,
        evidence: [`AUTO logs of: ${listSome(surprising.map(logOwner), 6)}`],
        place: optionPlace(situation.config, "supervisord", "childlogdir"),
        repair: byHand("Read them with tsv tail, or set stdout_logfile= to a file", [
          `tsv tail ${surprising[0]?.process ?? "NAME"}`,
        ]),
      },
    ];
  },
});
