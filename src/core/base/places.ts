// Admission to a pool that all programs share. A program gets a place while it has fewer than are free; one of an unprivileged
// user, while it has fewer than are free beyond what the user has. So the first takes at most half of the pool, or a third, the
// next one that of the rest, and no program or user takes all of it. (The dynamic thresholds of shared buffers: Choudhury and
// Hahne, 1998.)
//
// Who gets no place waits; programs that wait take turns.

/** Who asks for a place. */
export interface Claim {
  /** The name of its section. */
  readonly program: string;
  /** The user it runs as; null for the daemon's. */
  readonly uid: number | null;
  /** The last attempt failed because of the host: it leaves a quarter of the pool to others. */
  readonly isSuspect: boolean;
}

/** What a program has of a pool. */
interface Share {
  inUse: number;
  /** First in, first out. */
  readonly waiting: Set<{ readonly claim: Claim; readonly enter: () => void }>;
}

export class Places {
  readonly #most: number;
  #inUse = 0;
  #waiting = 0;
  /** Only of programs that use or wait for a place; those that wait take turns in this order. */
  readonly #programs = new Map<string, Share>();
  readonly #users = new Map<number, number>();

  /** @param most places of the pool */
  constructor(most: number) {
    this.#most = most;
  }

  /** More than a quarter of the places is in use. */
  get isCrowded(): boolean {
    return this.#inUse * 4 > this.#most;
  }

  /** Takes a place. @returns false if there is none for this claim now */
  take(claim: Claim): boolean {
    if (!this.#admits(claim)) return false;
    this.#inUse += 1;
    this.#shareOf(claim.program).inUse += 1;
    if (isLimited(claim.uid)) this.#users.set(claim.uid, (this.#users.get(claim.uid) ?? 0) + 1);
    return true;
  }

  /** Waits for a place. @param enter called once, later, when it has one. @returns cancels that */
  wait(claim: Claim, enter: () => void): () => void {
    const share = this.#shareOf(claim.program);
    const one = { claim, enter };
    share.waiting.add(one);
    this.#waiting += 1;
    return () => {
      if (share.waiting.delete(one)) this.#waiting -= 1;
      this.#forgetIdle(claim.program, share);
    };
  }

  /** Gives a place back. */
  leave({ program, uid }: Claim): void {
    const share = this.#shareOf(program);
    this.#inUse -= 1;
    share.inUse -= 1;
    this.#forgetIdle(program, share);
    if (isLimited(uid)) {
      const left = (this.#users.get(uid) ?? 1) - 1;
      if (left > 0) this.#users.set(uid, left);
      else this.#users.delete(uid);
    }
    this.#admitWaiting();
  }

  #admits({ program, uid, isSuspect }: Claim): boolean {
    const free = this.#most - this.#inUse;
    if (isSuspect && free * 4 <= this.#most) return false;
    const ofUser = isLimited(uid) ? (this.#users.get(uid) ?? 0) : 0;
    return (this.#programs.get(program)?.inUse ?? 0) < free - ofUser;
  }

  #admitWaiting(): void {
    if (this.#waiting === 0) return;
    // Those that are admitted go to the end of the map, which this loop reaches, too.
    for (const [program, share] of this.#programs) {
      const [next] = share.waiting;
      if (next === undefined || !this.take(next.claim)) continue;
      share.waiting.delete(next);
      this.#waiting -= 1;
      this.#programs.delete(program);
      this.#programs.set(program, share);
      next.enter();
    }
  }

  #shareOf(program: string): Share {
    const share = this.#programs.get(program) ?? { inUse: 0, waiting: new Set() };
    this.#programs.set(program, share);
    return share;
  }

  #forgetIdle(program: string, { inUse, waiting }: Share): void {
    if (inUse === 0 && waiting.size === 0) this.#programs.delete(program);
  }
}

/** Root's programs are the host's own: they share only by program. */
function isLimited(uid: number | null): uid is number {
  return uid !== null && uid !== 0;
}
