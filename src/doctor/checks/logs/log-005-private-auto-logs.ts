// LOG-005: AUTO logs can be read by the daemon's user alone, which surprises those who look for them.

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
  page: {
    symptom:
      "`cat: /var/log/tsv/web-stdout---tsv-k3v9d0x_.log: Permission denied`, for everybody but the daemon's user; also for the user of `user=`, whose program wrote it.",
    cause:
      "A program without `stdout_logfile=` logs to an AUTO file. The daemon makes it with mode 0600 as its own user, because output may hold secrets and the directory may be everybody's, and removes it when the daemon starts the next time. This is by design, and only a remark.",
    repair:
      "Read such logs with `tsv tail NAME`. For a log that others read, or that is kept, name a file with `stdout_logfile=` in a directory that they may enter.",
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
        symptom: `Permission denied for everybody but ${user} who reads an AUTO log in ${directory}`,
        cause: `AUTO logs have mode 0600 and belong to the daemon's user ${user}, also those of programs with a user= of their own.`,
        evidence: [`AUTO logs of: ${listSome(surprising.map(logOwner), 6)}`],
        place: optionPlace(situation.config, "supervisord", "childlogdir"),
        repair: byHand("Read them with tsv tail, or name a file with stdout_logfile=", [
          `tsv tail ${surprising[0]?.process ?? "NAME"}`,
        ]),
      },
    ];
  },
});
