// Asks hosts at the same time, a number of them at once, and shows how many have answered.

import type { Complaint } from "../core/base/complaint.ts";
import type { HostOutcome } from "../core/fleet/outcome.ts";
import { FLEET_EXIT } from "../core/fleet/outcome.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { HostReport, Member } from "./on-host.ts";

/** A command that asks hosts. */
export interface Round {
  readonly terminal: Terminal;
  /** Hosts at once. */
  readonly parallel: number;
  /** Settles at Ctrl-C. */
  readonly interrupted: Promise<null>;
  readonly isInterrupted: () => boolean;
}

const NOT_ASKED = "it was not asked: interrupted";

/** @returns what each came to, in the order of the hosts */
export async function askAll(
  members: readonly Member[],
  { terminal, parallel, isInterrupted }: Round,
  ask: (member: Member) => Promise<HostReport>,
  shows = true,
): Promise<readonly HostReport[]> {
  const reports: HostReport[] = [];
  const isShown = shows && terminal.stdoutIsTty && terminal.stderrIsTty && terminal.colours;
  const queue = members.entries();
  let answered = 0;
  const work = async (): Promise<void> => {
    for (const [index, member] of queue) {
      reports[index] = isInterrupted() ? failedReport(member, NOT_ASKED) : await ask(member);
      member.host.close();
      answered += 1;
      if (isShown) terminal.replaceLine(`${answered} of ${members.length} hosts`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, members.length) }, work));
  if (isShown) terminal.replaceLine("");
  return reports;
}

/** The report about a host that was not asked, or did not do it. */
export function failedReport(
  { entry }: Pick<Member, "entry">,
  failure: string | Complaint,
  exitStatus: number = FLEET_EXIT.FAILED,
): HostReport {
  const error: Complaint =
    typeof failure === "string" ? { kind: "failed", message: failure, steps: [] } : failure;
  const outcome: HostOutcome = {
    ...{ name: entry.name, url: entry.url, exitStatus, results: [], errors: [error] },
  };
  return { ...outcome, items: [] };
}
