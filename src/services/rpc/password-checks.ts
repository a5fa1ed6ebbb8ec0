// Compares passwords that are stored as scrypt. That takes memory and time by design, so that it is bounded: one comparison at a
// time, a few wait, and wrong passwords use at most a quarter of one processor, whatever the number of clients.

import type { Clock, StartPause } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** Comparisons that wait or are under way. */
const MOST_WAITING = 32;
/** Of them, those of one peer. */
const MOST_OF_PEER = 4;
/** Passwords that are known; those that a configuration no longer has count, too. */
const MOST_KNOWN = 1000;
/** After a wrong password the next comparison waits so many times as long as this one took. */
const REST = 3;

interface CheckDeps {
  readonly secrets: Pick<Secrets, "scrypt" | "seal">;
  readonly now: Clock["now"];
  readonly startPause: StartPause;
}

export class PasswordChecks {
  readonly #deps: CheckDeps;
  /** By the stored form, the seal of the password that it is of, once that was given: it is not computed again. */
  readonly #known = new Map<string, string>();
  readonly #waiting = new Map<string, number>();
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: CheckDeps) {
    this.#deps = deps;
  }

  /**
   * Whether a password is the one that is stored.
   * @param peer who gives it, without a port
   * @param stored `{scrypt}…`
   */
  async check(peer: string, stored: string, given: string): Promise<boolean | "not-compared"> {
    const seal = this.#deps.secrets.seal(`password ${given}`);
    if (this.#known.get(stored) === seal) return true;
    const ofPeer = this.#waiting.get(peer) ?? 0;
    if (this.#count >= MOST_WAITING || ofPeer >= MOST_OF_PEER) return "not-compared";
    this.#count += 1;
    this.#waiting.set(peer, ofPeer + 1);
    const turn = this.#last;
    let end = (): void => {};
    this.#last = new Promise<void>((resolve) => {
      end = resolve;
    });
    await turn;
    const began = this.#deps.now().mono;
    try {
      const isRight = await this.#deps.secrets.scrypt(stored, given);
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      if (isRight) this.#known.set(stored, seal);
      const rest = isRight ? 0 : REST * (this.#deps.now().mono - began);
      void this.#deps.startPause(rest).over.then(end);
      return isRight;
    } catch (error) {
      end();
      throw error;
    } finally {
      this.#count -= 1;
      const left = (this.#waiting.get(peer) ?? 1) - 1;
      if (left > 0) this.#waiting.set(peer, left);
      else this.#waiting.delete(peer);
    }
  }
}
