// Which operations on files may run now, so that a file system that does not answer holds only a few of the threads that
// all operations share. Each file system is a lane. Time is an argument, in monotonic milliseconds.

/** Names a file system: its device number, or another name that no device has. */
export type LaneName = number;

export interface LaneLimits {
  /** Threads for all lanes together. */
  readonly threads: number;
  /** Of these, threads that only lanes which answer may use. */
  readonly reserve: number;
  /** Operations in flight in one lane. */
  readonly perLane: number;
  /** The same for a lane in which one of them is late. */
  readonly perLateLane: number;
  /** An operation in flight for longer is late. */
  readonly lateMs: number;
  /** How long an answer in time proves that a lane answers. */
  readonly proofMs: number;
  /** Operations that may wait for one lane. */
  readonly waiting: number;
}

/** One operation in flight. */
export interface Ticket {
  readonly lane: LaneName;
  readonly startedAt: number;
}

interface Lane<Job> {
  readonly name: LaneName;
  readonly inFlight: Set<Ticket>;
  /** First in, first out. `head` is the index of the first that waits. */
  queue: Job[];
  head: number;
  provenAt: number;
}

/** Passed jobs that are kept before a queue is shortened. */
const COMPACT_AFTER = 64;

/** The lanes, and what waits for them. `start` is called for each operation that may run now. */
export class Lanes<Job> {
  readonly #limits: LaneLimits;
  readonly #start: (job: Job, ticket: Ticket) => void;
  readonly #lanes = new Map<LaneName, Lane<Job>>();
  /** Lanes with waiting jobs; the one that was served last is at the end. */
  readonly #hungry = new Set<Lane<Job>>();
  #inFlight = 0;

  constructor(limits: LaneLimits, start: (job: Job, ticket: Ticket) => void) {
    this.#limits = limits;
    this.#start = start;
  }

  /** Operations in flight in all lanes. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Runs a job now or when its lane has room. @returns false when too many wait already; never for one that must run */
  add(name: LaneName, job: Job, now: number, mustRun = false): boolean {
    const lane = this.#lane(name);
    if (!mustRun && lane.queue.length - lane.head >= this.#limits.waiting) return false;
    lane.queue.push(job);
    this.#hungry.add(lane);
    this.#serve(now);
    return true;
  }

  /** An operation is over, however it ended. */
  done(ticket: Ticket, now: number): void {
    const lane = this.#lanes.get(ticket.lane);
    if (lane === undefined || !lane.inFlight.delete(ticket)) return;
    this.#inFlight -= 1;
    if (!this.#isLate(ticket, now)) lane.provenAt = now;
    this.#serve(now);
    this.#forgetIdle(now);
  }

  #lane(name: LaneName): Lane<Job> {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = { name, inFlight: new Set<Ticket>(), queue: [], head: 0, provenAt: -Infinity };
    this.#lanes.set(name, lane);
    return lane;
  }

  #serve(now: number): void {
    let found = true;
    while (found) {
      found = false;
      for (const lane of this.#hungry) {
        if (!this.#mayStart(lane, now)) continue;
        found = true;
        this.#startNext(lane, now);
        break;
      }
    }
  }

  #startNext(lane: Lane<Job>, now: number): void {
    const job = lane.queue[lane.head];
    lane.head += 1;
    this.#hungry.delete(lane);
    if (lane.head === lane.queue.length || lane.head >= COMPACT_AFTER) {
      lane.queue = lane.queue.slice(lane.head);
      lane.head = 0;
    }
    if (lane.queue.length > 0) this.#hungry.add(lane);
    if (job === undefined) return;
    const ticket = { lane: lane.name, startedAt: now };
    lane.inFlight.add(ticket);
    this.#inFlight += 1;
    this.#start(job, ticket);
  }

  #mayStart(lane: Lane<Job>, now: number): boolean {
    const { threads, reserve, perLane, perLateLane } = this.#limits;
    if (this.#inFlight >= threads) return false;
    const isLate = this.#hasLate(lane, now);
    if (lane.inFlight.size >= (isLate ? perLateLane : perLane)) return false;
    return (!isLate && this.#isProven(lane, now)) || this.#unproven(now) < threads - reserve;
  }

  /** Operations in flight in lanes that may not answer. */
  #unproven(now: number): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) {
      const isSure = this.#isProven(lane, now) && !this.#hasLate(lane, now);
      if (!isSure) sum += lane.inFlight.size;
    }
    return sum;
  }

  #hasLate(lane: Lane<Job>, now: number): boolean {
    for (const ticket of lane.inFlight) if (this.#isLate(ticket, now)) return true;
    return false;
  }

  #isLate(ticket: Ticket, now: number): boolean {
    return now - ticket.startedAt >= this.#limits.lateMs;
  }

  #isProven(lane: Lane<Job>, now: number): boolean {
    return now - lane.provenAt < this.#limits.proofMs;
  }

  /** Forgets idle lanes. */
  #forgetIdle(now: number): void {
    if (this.#lanes.size < 16) return;
    for (const lane of this.#lanes.values()) {
      const isIdle = lane.inFlight.size === 0 && lane.queue.length === 0;
      if (isIdle && !this.#isProven(lane, now)) this.#lanes.delete(lane.name);
    }
  }
}
