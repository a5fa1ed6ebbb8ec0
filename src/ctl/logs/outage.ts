// Messages about the connection of logs that are followed.

import type { CommandContext } from "../context.ts";

/** Reports once that the connection is lost, and once that it is restored, regardless of the number of logs. */
export class Outage {
  readonly #context: CommandContext;
  readonly #lost = new Set<object>();
  #isOver = false;
  #isUnsure = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  lost(follower: object, isMidLine: boolean): void {
    if (this.#lost.size === 0) {
      this.#isUnsure = false;
      const { isRun, serverUrl } = this.#context;
      this.#say(`Lost ${isRun ? "the run" : serverUrl}, waiting for it to come back`, isMidLine);
    }
    this.#lost.add(follower);
  }

  back(follower: object): void {
    if (!this.#lost.delete(follower) || this.#lost.size > 0) return;
    this.#say("Connected again", false);
  }

  /** The place in a log is not known any more. Reported once per outage. */
  unsure(): void {
    const text = "output may be missing: the daemon was restarted and the place is lost";
    if (!this.#isUnsure) this.#say(text, false);
    this.#isUnsure = true;
  }

  /** A `tsv run` has ended, for all logs. */
  over(isMidLine: boolean): void {
    if (!this.#isOver) this.#say("The run has ended", isMidLine);
    this.#isOver = true;
  }

  #say(text: string, isMidLine: boolean): void {
    const { terminal } = this.#context;
    const start = isMidLine && terminal.stdoutIsTty && terminal.stderrIsTty ? "\n" : "";
    terminal.writeError(`${start}==> ${text} <==\n`);
  }
}
