// The group of the service: a daemon that does not run as root has to be its member, to read the configuration again and to
// enter the log directory.

import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Account } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import { repairStep } from "./repairs.ts";
import { shellLine } from "./shell-quoting.ts";

/** Adds the daemon's user to the group of its service. */
export interface Joining {
  readonly group: string;
  readonly gid: number;
  readonly command: string;
  readonly step: PlannedStep;
}

/** null for root, for users and groups without a name, and for members. */
export function joiningOf(
  account: Account,
  { service }: Pick<Situation, "service">,
  probe: Probe,
): Joining | null {
  if (service.file === null || service.scope !== "system" || account.uid === 0) return null;
  const user = probe.user(account.uid)?.name;
  const found = probe.group(service.manifest?.group ?? service.name);
  if (user === undefined || found === null || account.gids.includes(found.gid)) return null;
  const { name: group, gid } = found;
  const argv = ["usermod", "-aG", group, user];
  const what = `add ${user} to the group ${group}`;
  const step = repairStep(
    { kind: "command", argv, undo: ["gpasswd", "-d", user, group], what },
    "",
    what,
  );
  return { group, gid, command: shellLine(argv), step };
}
