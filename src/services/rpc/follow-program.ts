// Follows a log of a program, also to another place: `update` replaces a program by one that logs elsewhere, and a reader of
// the old log would wait for ever.

import { ok } from "../../core/base/result.ts";
import type { LogMark } from "../../core/logs/positions.ts";
import type { EventReader } from "../event-log/api.ts";
import type { LogFollower, LogRef, LogsApi } from "../logs/api.ts";

/** Of a log that is made only when its program is started: all of it, unless that is a lot. */
const MOST_NEW_BYTES = 64 * 1024;

interface ProgramLogs {
  readonly logs: Pick<LogsApi, "follow" | "path">;
  readonly eventLog: EventReader;
}

interface FollowedPlace {
  readonly ref: LogRef & { readonly kind: "channel" };
  /** How much of the log is delivered first. */
  readonly back: number;
  readonly after: LogMark | null;
}

type Take = (bytes: Uint8Array) => void;

/** As `LogsApi.follow`. Output of the new program is delivered behind that of the old one. */
export async function followProgram(
  programs: ProgramLogs,
  { ref, back, after }: FollowedPlace,
  take: Take,
): ReturnType<LogsApi["follow"]> {
  const path = programs.logs.path(ref.key, ref.channel);
  const first = await programs.logs.follow(ref, back, take, after);
  if (!first.ok) return first;
  const follower = new ProgramFollower(programs, ref, take, { path, follower: first.value });
  return ok({ ...first.value, close: () => follower.close() });
}

interface Followed {
  readonly path: string | null;
  /** Null while the log is being opened, or is not there yet. */
  readonly follower: LogFollower | null;
}

class ProgramFollower {
  readonly #logs: ProgramLogs["logs"];
  readonly #ref: FollowedPlace["ref"];
  readonly #take: Take;
  readonly #unwatch: () => void;
  #followed: Followed;
  #back = 0;
  #isOpening = false;
  /** Something happened while the log was being opened. */
  #isStale = false;
  #isClosed = false;

  constructor(
    { logs, eventLog }: ProgramLogs,
    ref: FollowedPlace["ref"],
    take: Take,
    first: Followed,
  ) {
    this.#logs = logs;
    this.#ref = ref;
    this.#take = take;
    this.#followed = first;
    this.#unwatch = eventLog.watch(() => this.#look());
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#followed.follower?.close();
  }

  /** Whether the program logs elsewhere now. Between two programs there is no log. */
  #look(): void {
    if (this.#isOpening) {
      this.#isStale = true;
      return;
    }
    const path = this.#logs.path(this.#ref.key, this.#ref.channel);
    const { path: before, follower } = this.#followed;
    const isSame = path === before && follower !== null;
    if (this.#isClosed || path === null || isSame) return;
    if (path !== before) this.#back = 0;
    follower?.close();
    this.#followed = { path, follower: null };
    void this.#open(path);
  }

  async #open(path: string): Promise<void> {
    this.#isOpening = true;
    const opened = await this.#logs.follow(this.#ref, this.#back, this.#take);
    this.#isOpening = false;
    if (opened.ok && this.#isClosed) opened.value.close();
    else if (opened.ok) this.#followed = { path, follower: opened.value };
    // It is made when the program is started, which is an event, too.
    else this.#back = MOST_NEW_BYTES;
    const isStale = this.#isStale;
    this.#isStale = false;
    if (isStale) this.#look();
  }
}
