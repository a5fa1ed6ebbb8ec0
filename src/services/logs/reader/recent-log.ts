// Reads back and follows the newest output of channels whose log does not hold what the program wrote. Each such channel has
// one log of this kind. The log survives when `update` replaces the process, so that its readers stay.

import type { ProcessKey } from "../../../core/base/ids.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import { type LogMark, readRange, startAfter, tailRange } from "../../../core/logs/positions.ts";
import { RecentBudget, RecentOutput, type RecentState } from "../../../core/logs/recent-output.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { StartPause } from "../../../ports/clock.ts";
import type {
  ChannelName,
  ListedLog,
  LogFilePart,
  LogFollower,
  ReserveBytes,
  TailResult,
} from "../api.ts";
import { Followers, type TakeBytes } from "./follower.ts";

/** For the successor. */
interface RecentLogState extends RecentState {
  /** The name of the count of bytes; null until it is used. */
  readonly epoch: string | null;
  /** When output came last, milliseconds since 1970; null for never. */
  readonly changed: number | null;
}

/** What a transfer may take before readers go on without all output, milliseconds: the file system of the log may not answer. */
const TRANSFER_MS = 1000;

interface RecentDeps {
  readonly budget: RecentBudget;
  readonly randomName: () => string;
  readonly startPause: StartPause;
}

export class RecentLog {
  readonly #output: RecentOutput;
  readonly #followers = new Followers();
  readonly #deps: RecentDeps;
  readonly #onIdle: () => void;
  #epoch: string | null = null;
  /** When output came last, milliseconds since 1970; null for never. */
  #changed: number | null = null;
  /** How many writers take output of which only the newest comes here. */
  #transfers = 0;
  /** Readers that wait until all output comes here. */
  #waiting: (() => void)[] = [];

  /** @param onIdle called when the last reader is gone */
  constructor(deps: RecentDeps, onIdle: () => void) {
    this.#output = new RecentOutput(deps.budget);
    this.#deps = deps;
    this.#onIdle = onIdle;
  }

  get hasReaders(): boolean {
    return !this.#followers.isEmpty;
  }

  /** @param most bytes of output */
  state(most: number): RecentLogState {
    return { epoch: this.#epoch, changed: this.#changed, ...this.#output.state(most) };
  }

  restore(state: RecentLogState): void {
    this.#epoch = state.epoch;
    this.#changed = state.changed;
    this.#output.restore(state);
  }

  /** True if a reader waits for all output, or gets it. */
  get isAwaited(): boolean {
    return this.hasReaders || this.#waiting.length > 0;
  }

  /** A writer takes output, of which only the newest comes here, until `endTransfer`. */
  beginTransfer(): void {
    this.#transfers += 1;
  }

  endTransfer(): void {
    this.#transfers -= 1;
    if (this.#transfers > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const start of waiting) start();
  }

  /** Stores a copy of output that follows `missing` bytes of other output. @param wall as for `add` */
  addAfter(missing: number, bytes: Uint8Array, wall: number): void {
    this.#output.skip(missing);
    if (bytes.length > 0) this.add(bytes, wall);
  }

  /** Stores a copy of output and delivers it to readers. @param wall the present time, milliseconds since 1970 */
  add(bytes: Uint8Array, wall: number): void {
    this.#output.add(bytes);
    this.#changed = wall;
    this.#followers.deliver([bytes], bytes.length);
  }

  clear(): void {
    this.#output.clear();
    this.#epoch = null;
    this.#changed = null;
  }

  /** As `LogsApi.read`. The answer omits output that is no longer stored. */
  async read(
    offset: number,
    length: number,
    reserve: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>> {
    const wanted = readRange(this.#output.written, offset, length);
    if (wanted === null) return err(fault("BAD_ARGUMENTS"));
    const refused = await reserve(Math.min(wanted.length, this.#output.kept));
    if (refused !== null) return err(refused);
    return ok(this.#output.read(wanted.start, wanted.length));
  }

  /** As `LogsApi.tail`. */
  async tail(
    offset: number,
    length: number,
    reserve: ReserveBytes,
  ): Promise<Result<TailResult, Fault>> {
    const refused = await reserve(Math.max(0, Math.min(length, this.#output.kept)));
    if (refused !== null) return err(refused);
    const wanted = tailRange(this.#output.written, offset, length);
    const bytes = this.#output.read(wanted.start, wanted.length);
    return ok({ bytes, offset: wanted.nextOffset, overflow: wanted.overflow });
  }

  /** As `LogsApi.files`. */
  async list(): Promise<ListedLog> {
    this.#epoch ??= this.#deps.randomName();
    const { written, first } = this.#output;
    const count = { epoch: this.#epoch, written, kept: first, start: first };
    const none = { files: [], path: null, isRemoved: false, isOpen: false };
    return { ...none, count, isFormatted: false, changed: this.#changed };
  }

  /** As `LogsApi.readPart`, by the count of `list`. The answer omits output that is no longer stored. */
  async readPart(part: LogFilePart, reserve: ReserveBytes): Promise<Result<Uint8Array, Fault>> {
    const refused = await reserve(Math.max(0, Math.min(part.length, this.#output.kept)));
    if (refused !== null) return err(refused);
    if (part.id !== this.#epoch) return err(fault("NO_FILE", "this output is gone"));
    return ok(this.#output.read(part.offset, part.length));
  }

  /** The newest output. @param back most bytes */
  end(back: number): Uint8Array {
    return this.#output.read(this.#output.written - back, back);
  }

  /** Waits until all output comes here. */
  async #allOutput(): Promise<void> {
    const pause = this.#deps.startPause(TRANSFER_MS);
    const whole = new Promise<void>((start) => this.#waiting.push(start));
    await Promise.race([whole, pause.over]);
    pause.cancel();
  }

  /** As `LogsApi.follow`. Never fails. */
  async follow(
    back: number,
    take: TakeBytes,
    after: LogMark | null,
  ): Promise<Result<LogFollower, Fault>> {
    this.#epoch ??= this.#deps.randomName();
    if (this.#transfers > 0) await this.#allOutput();
    const { written, first: kept } = this.#output;
    const epoch = this.#epoch;
    const start = after === null ? null : startAfter(after, { epoch, written, kept });
    const bytes = this.end(start?.back ?? back);
    const mark = { epoch, offset: written - bytes.length };
    const follower = await this.#followers.add(take, async () => bytes);
    const close = (): void => {
      if (follower !== null) this.#followers.remove(follower);
      if (!this.hasReaders) this.#onIdle();
    };
    return ok({ mark, missing: start?.missing ?? 0, close });
  }
}

interface Held {
  readonly log: RecentLog;
  /** True while the process exists. */
  isHeld: boolean;
}

/** The logs of all channels, which share a memory budget. */
export class RecentLogs {
  readonly #deps: RecentDeps;
  readonly #logs = new Map<string, Held>();

  constructor(deps: Omit<RecentDeps, "budget">) {
    this.#deps = { ...deps, budget: new RecentBudget() };
  }

  /** The log of a channel of a process that was added. */
  hold(key: ProcessKey, channel: ChannelName): RecentLog {
    const name = `${channel} ${key}`;
    const known = this.#logs.get(name);
    if (known !== undefined) {
      known.isHeld = true;
      return known.log;
    }
    const log = new RecentLog(this.#deps, () => this.#forget(name));
    this.#logs.set(name, { log, isHeld: true });
    return log;
  }

  /** The process was removed. Its stored output stays as long as the log has a reader. */
  release(key: ProcessKey, channel: ChannelName): void {
    const name = `${channel} ${key}`;
    const known = this.#logs.get(name);
    if (known !== undefined) known.isHeld = false;
    this.#forget(name);
  }

  #forget(name: string): void {
    const known = this.#logs.get(name);
    if (known === undefined || known.isHeld || known.log.isAwaited) return;
    known.log.clear();
    this.#logs.delete(name);
  }
}
