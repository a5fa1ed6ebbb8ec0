// Resources of one request: time in turns, and memory that it reserves before it uses it; and the account that they are
// charged to.

import type { Principal } from "../../core/access/principal.ts";
import { free } from "../../core/base/free.ts";
import type { Turns } from "../../core/base/turns.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { HttpRequest } from "../../ports/http-server.ts";

/** The account of one request. */
export interface RequestWork extends Turns {
  /** Who calls, in a multicall too. */
  readonly principal: Principal;
  /** Books memory that is held until the answer is out. @returns false when there is no room now */
  take(bytes: number): boolean;
  /** The same, but waits for a limited time. @returns the fault to answer if there is still none */
  reserve(bytes: number): Promise<Fault | null>;
  /** Gives back a part of what was booked. */
  release(bytes: number): void;
  /** These are part of the answer, and freed once it is sent. */
  own(bytes: Uint8Array): void;
}

/** Long enough to mean that something is wrong, short enough to say so. */
const NO_ROOM = fault("FAILED", "other requests use all memory for answers: try again");

/** The account of a request that came by HTTP. */
export function workOf(
  principal: Principal,
  request: Pick<HttpRequest, "take" | "reserve" | "release">,
  turns: Turns,
): RequestWork & { freeOwned(): void } {
  const owned: Uint8Array[] = [];
  return {
    principal,
    own: (bytes) => void owned.push(bytes),
    freeOwned() {
      for (const bytes of owned.splice(0)) free(bytes);
    },
    pause: () => turns.pause(),
    take: (bytes) => request.take(bytes),
    reserve: async (bytes) => ((await request.reserve(bytes)) ? null : NO_ROOM),
    release: (bytes) => request.release(bytes),
  };
}

/** For calls that are made within the daemon: in turns, and of any size. */
export function ownWork(principal: Principal, turns: Turns): RequestWork {
  return {
    principal,
    pause: () => turns.pause(),
    take: () => true,
    reserve: async () => null,
    release() {},
    own() {},
  };
}

/** Part of a request, with a limit of its own. */
export class LimitedWork implements RequestWork {
  readonly #work: RequestWork;
  readonly #most: number;
  readonly #tooLarge: Fault;
  #bytes = 0;

  /** @param tooLarge what is answered beyond `most` bytes */
  constructor(work: RequestWork, most: number, tooLarge: Fault) {
    this.#work = work;
    this.#most = most;
    this.#tooLarge = tooLarge;
  }

  get principal(): Principal {
    return this.#work.principal;
  }

  /** Bytes that are booked. */
  get bytes(): number {
    return this.#bytes;
  }

  pause(): Promise<void> | null {
    return this.#work.pause();
  }

  take(bytes: number): boolean {
    const isTaken = this.#bytes + bytes <= this.#most && this.#work.take(bytes);
    if (isTaken) this.#bytes += bytes;
    return isTaken;
  }

  async reserve(bytes: number): Promise<Fault | null> {
    if (this.#bytes + bytes > this.#most) return this.#tooLarge;
    const refused = await this.#work.reserve(bytes);
    if (refused === null) this.#bytes += bytes;
    return refused;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    this.#work.release(bytes);
  }

  own(bytes: Uint8Array): void {
    this.#work.own(bytes);
  }
}
