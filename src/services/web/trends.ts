// `/trends`: the CPU of all programs in the last hour, for the page that lists them. Made at most twice a minute, however many
// pages ask.

import { displayKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import { trendOf } from "../../core/web/trend.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { allPrograms } from "./facts.ts";
import { jsonReply, textReply } from "./replies.ts";

const HOUR = 3600 * SECOND;
/** Steps of a minute, and the one that an hour ends in. */
const POINTS = 61;
const KEPT_MS = 30 * SECOND;
/** Programs whose trends are less than 64 KB. */
const FEW_PROGRAMS = 500;

/** By the name of the program. */
type All = Readonly<Record<string, ReturnType<typeof trendOf>>>;

export class Trends {
  readonly #deps: Pick<WebDeps, "supervisor" | "history" | "now" | "turns">;
  #made: Promise<All> | null = null;
  /** Monotonic milliseconds. */
  #madeAt = 0;

  constructor(deps: Pick<WebDeps, "supervisor" | "history" | "now" | "turns">) {
    this.#deps = deps;
  }

  async answer(request: Pick<HttpRequest, "enter">): Promise<HttpReply> {
    const { history, now } = this.#deps;
    if (history === null) return textReply("No history is kept (history=off).\n", 404);
    if (allPrograms(this.#deps).length > FEW_PROGRAMS && !(await request.enter())) {
      return textReply("Other requests with large answers are in work: try again.\n", 503);
    }
    const { mono } = now();
    if (this.#made === null || mono - this.#madeAt >= KEPT_MS) {
      this.#madeAt = mono;
      this.#made = this.#make(history);
    }
    return jsonReply(await this.#made);
  }

  async #make(history: NonNullable<WebDeps["history"]>): Promise<All> {
    const to = this.#deps.now().wall;
    const range = { from: to - HOUR, to, points: POINTS };
    const all = new Map<string, ReturnType<typeof trendOf>>();
    for (const { key } of allPrograms(this.#deps)) {
      const pause = this.#deps.turns.pause();
      if (pause !== null) await pause;
      const series = history.query(key, range);
      const trend = series === null ? null : trendOf(series);
      if (trend !== null) all.set(displayKey(key), trend);
    }
    return Object.fromEntries(all);
  }
}
