// LOG-013: the daemon reports that it cannot write a log, for whatever reason, and drops output.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { listSome, logUses } from "../../facts/logs.ts";
import { shellLine } from "../../repairs/commands.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, groupBy } from "../check.ts";
import { logFinding } from "./log-access.ts";

export const LOST_OUTPUT = check("LOG-013", (facts) =>
  Array.from(groupBy(facts.lost ?? [], ({ path }) => path).values(), (group) => {
    const [{ path, errno }] = group;
    const uses = logUses(facts).filter((use) => use.path === path);
    const names = group.map(({ group: of, name, bytes }) => `${displayName(of, name)}: ${bytes}`);
    const [cause, command] = CAUSES[errno] ?? ["The daemon cannot write this log.", null];
    return logFinding("error", printable(path), uses, facts, {
      symptom: printable(`cannot write log '${path}': ${errno}`),
      cause: `${cause} Output is dropped until this is fixed.`,
      evidence: [`bytes dropped of ${listSome(names, 5)}`],
      repair: byHand("Remove the cause; the daemon then writes the log again by itself", [
        command === null
          ? shellLine(["ls", "-l", path])
          : command.replace("PID", String(facts.daemon?.pid ?? "PID")),
      ]),
    });
  }),
);

/** By errno: the cause, and a command that shows more. */
const CAUSES: Readonly<Record<string, readonly [cause: string, command: string]>> = {
  EFBIG: [
    "The log is as large as a file of the daemon may be (LimitFSIZE= of its unit, ulimit -f).",
    "prlimit --fsize --pid PID",
  ],
  EDQUOT: ["The quota of this user or directory is used up.", "repquota -a"],
  EIO: ["The disk or the network file system fails.", "dmesg | tail -n 20"],
};
