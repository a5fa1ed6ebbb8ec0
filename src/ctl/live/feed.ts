// When to look at the daemon again: soon after its events, which its event log sends; without any, from time to time for figures
// that have no events. After an error it is asked again later and later, so a daemon that is upgraded or started again is found.

import type { Pause } from "../../ports/clock.ts";
import type { HttpStream } from "../../ports/http-client.ts";
import type { CommandContext } from "../context.ts";
import { waitBefore } from "../logs/follow.ts";

/** Between two looks without events. */
const TICK_MS = 2000;
/** Events come in groups: a look follows the first of them after this time. */
const GATHER_MS = 250;

const EVENTS_PATH = "/events/log";

/** Looks until it is ended. */
export class Feed {
  readonly #context: CommandContext;
  readonly #look: (hasNews: boolean) => Promise<boolean>;
  #stream: HttpStream | null = null;
  #pause: Pause | null = null;
  #hasNews = true;
  #isOver = false;
  #finish: () => void = () => undefined;

  /**
   * @param look asks the daemon; `hasNews`: something has happened since. Returns whether it has answered
   */
  constructor(context: CommandContext, look: (hasNews: boolean) => Promise<boolean>) {
    this.#context = context;
    this.#look = look;
  }

  /** Settles at `end`, also while a look waits for a daemon that does not answer. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    await Promise.race([this.#lookAgain(), ended]);
  }

  async #lookAgain(): Promise<void> {
    for (let failures = 0; !this.#isOver; ) {
      const hasNews = this.#hasNews;
      this.#hasNews = false;
      const isUp = await this.#look(hasNews);
      failures = isUp ? 0 : failures + 1;
      if (!isUp) this.#hasNews = true;
      else this.#listen();
      if (!this.#isOver) await this.#rest(isUp ? TICK_MS : waitBefore(failures - 1), isUp);
    }
  }

  /** Looks as soon as possible. */
  nudge(): void {
    this.#hasNews = true;
    this.#pause?.cancel();
  }

  end(): void {
    this.#isOver = true;
    this.#pause?.cancel();
    this.#stream?.close();
    this.#finish();
  }

  async #rest(milliseconds: number, isUp: boolean): Promise<void> {
    if (!isUp || !this.#hasNews) {
      this.#pause = this.#context.startPause(milliseconds);
      await this.#pause.over;
    }
    if (!isUp || !this.#hasNews || this.#isOver) return;
    this.#pause = this.#context.startPause(GATHER_MS);
    await this.#pause.over;
  }

  /** A daemon without this path is looked at from time to time. */
  #listen(): void {
    if (this.#stream !== null || this.#isOver) return;
    let hasBegun = false;
    const opened = this.#context.client.follow(EVENTS_PATH, () => {
      // The first message is the position in the event log.
      if (hasBegun) this.nudge();
      hasBegun = true;
    });
    if (!opened.ok) return;
    this.#stream = opened.value;
    void this.#stream.ended.then((end) => {
      if (end.kind !== "status") this.#stream = null;
      if (hasBegun) this.nudge();
    });
  }
}
