// Tells the activity log who asked for changes and who was refused, and keeps those waiting who guess passwords. However
// often clients ask, the log gets a few lines a second.

import { RateLimit } from "../../core/logs/rate-limit.ts";
import { askedText, heldBackText, peerKey, refusedText } from "../../core/web/audit.ts";
import { FailedLogins } from "../../core/web/failed-logins.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HttpPeer } from "../../ports/http-server.ts";
import type { StartPause } from "../../ports/pause.ts";
import type { ActivityLog } from "../logs/api.ts";

/** What one server section tells of its clients. */
export interface Audit {
  /** A client asks for a change. */
  asked(peer: HttpPeer, what: string): void;
  /** A client gave a wrong password. @returns when it may be told so */
  refused(peer: HttpPeer): Promise<void>;
}

export interface AuditDeps {
  readonly log: Pick<ActivityLog, "log">;
  readonly now: Clock["now"];
  readonly startPause: StartPause;
}

/** Makes the audits of all sections, which share their limits. */
export function createAudits(
  deps: AuditDeps,
): (server: { readonly section: string; readonly username: string | null }) => Audit {
  const changes = new RateLimit({ burst: 50, perSecond: 10 });
  const refusals = new RateLimit({ burst: 1, perSecond: 1 });
  const failed = new FailedLogins();
  return ({ section, username }) => ({
    asked(peer, what) {
      const before = changes.take(deps.now().mono);
      if (before === null) return;
      deps.log.log("INFO", askedText(what, peer, username) + heldBackText(before));
    },
    async refused(peer) {
      const { mono } = deps.now();
      const before = refusals.take(mono);
      if (before !== null) deps.log.log("WARN", refusedText(section, peer) + heldBackText(before));
      await deps.startPause(failed.failed(peerKey(peer), mono)).over;
    },
  });
}
