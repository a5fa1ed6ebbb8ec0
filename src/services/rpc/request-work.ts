// Who makes a call, and the bounds of its work: time in turns, and one of few slots for a large answer.

import type { Principal } from "../../core/access/principal.ts";
import type { Turns } from "../../core/base/turns.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { HttpRequest } from "../../ports/http-server.ts";

/** Answers of one request that need no slot. In bytes. */
const SMALL_BYTES = 64 * 1024;

const NO_SLOT = fault("FAILED", "other requests with large answers are in work: try again");

/** The bounds of one request. */
export interface RequestWork extends Turns {
  /** Who calls, in a multicall too. */
  readonly principal: Principal;
  /**
   * To be called before an answer is made, with its bytes: waits for a slot when all of the request's are many.
   * @returns the fault to answer if there is no slot for too long
   */
  reserve(bytes: number): Promise<Fault | null>;
}

/** The bounds of a request that came by HTTP. */
export function workOf(
  principal: Principal,
  request: Pick<HttpRequest, "enter">,
  turns: Turns,
): RequestWork {
  let sum = 0;
  return {
    principal,
    pause: () => turns.pause(),
    async reserve(bytes) {
      sum += bytes;
      return sum <= SMALL_BYTES || (await request.enter()) ? null : NO_SLOT;
    },
  };
}

/** For calls that are made within the daemon: in turns, and of any size. */
export function ownWork(principal: Principal, turns: Turns): RequestWork {
  return { principal, pause: () => turns.pause(), reserve: async () => null };
}
