// Logs the client of each change and each refused login, and delays clients that guess passwords. The number of lines per
// second is limited.

import { type Client, peerKey } from "../../core/access/principal.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import { askedText, heldBackText, refusedText } from "../../core/web/audit.ts";
import { FailedLogins } from "../../core/web/failed-logins.ts";
import type { Clock, StartPause } from "../../ports/clock.ts";
import type { ActivityLog } from "../logs/api.ts";

/** Log lines of the servers about their clients. */
export interface Audit {
  /** A client asks for a change. */
  asked(who: Client, what: string): void;
  /** A client gave a wrong password. @returns when it may be answered */
  refused(who: Client): Promise<void>;
}

interface AuditDeps {
  readonly log: Pick<ActivityLog, "log">;
  readonly now: Clock["now"];
  readonly startPause: StartPause;
}

/** Makes the audit of all sections, which share its limits. */
export function createAudit(deps: AuditDeps): Audit {
  const changes = new RateLimit({ burst: 50, perSecond: 10 });
  const refusals = new RateLimit({ burst: 1, perSecond: 1 });
  const failed = new FailedLogins();
  return {
    asked(who, what) {
      const before = changes.take(deps.now().mono);
      if (before === null) return;
      deps.log.log("INFO", askedText(what, who) + heldBackText(before));
    },
    async refused(who) {
      const { mono } = deps.now();
      const before = refusals.take(mono);
      if (before !== null) deps.log.log("WARN", refusedText(who) + heldBackText(before));
      await deps.startPause(failed.failed(peerKey(who.peer), mono)).over;
    },
  };
}
