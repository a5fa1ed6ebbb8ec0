// The programs of a daemon, looked at again and again: states after events and every ten seconds; CPU and memory every time, but at
// most once a second.

import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { type ProcessRow, readProcessRows } from "../answers.ts";
import { type CallResult, type CtlClient, type MethodCall, methodCall } from "../client.ts";
import { type Known, type Runs, readRuns, readUsages } from "../commands/own-status.ts";
import { statusReport } from "../commands/status.ts";
import { type CallFailure, connectionCode, failureText } from "../failure.ts";
import { nextSample, type UsageSample } from "./cpu.ts";

const STATES_MS = 10_000;
const USAGE_MS = 1000;

const STATES: readonly MethodCall[] = [
  methodCall("supervisor.getAllProcessInfo"),
  methodCall("tsv.getAllProcessRuns"),
];

/** More that is asked at a look. */
export interface MoreToAsk {
  /** @param at monotonic milliseconds */
  calls(at: number): readonly MethodCall[];
  /** Receives the results in the order of the calls. */
  answered(results: readonly CallResult[]): void;
}

export class LivePrograms {
  rows: readonly ProcessRow[] = [];
  /** Why there was no answer to the last look; null for one. */
  problem: string | null = null;
  /** When the states were looked at. Monotonic milliseconds. */
  at = Number.NEGATIVE_INFINITY;
  readonly #client: CtlClient;
  readonly #names: readonly string[];
  #runs: ReadonlyMap<string, Runs> = new Map();
  #usage: UsageSample | null = null;
  #usageAt = Number.NEGATIVE_INFINITY;

  /** @param names as `tsv status` takes them; none for all programs */
  constructor(client: CtlClient, names: readonly string[]) {
    this.#client = client;
    this.#names = names;
  }

  get known(): Known {
    return { runs: this.#runs, usages: this.#usage?.usages ?? new Map() };
  }

  /** Asks the daemon. @param hasNews the states may have changed @returns whether it has answered */
  async look(hasNews: boolean, more: MoreToAsk | null = null): Promise<boolean> {
    const at = performance.now();
    const states = hasNews || at - this.at >= STATES_MS ? STATES : [];
    const isUsageDue = at - this.#usageAt >= USAGE_MS;
    const usage = isUsageDue ? [methodCall("tsv.getAllProcessUsage")] : [];
    const others = more?.calls(at) ?? [];
    const calls = [...states, ...usage, ...others];
    if (calls.length === 0) return true;
    const results = await this.#client.query(calls);
    const [first] = results;
    this.problem = first === undefined ? null : problemOf(first);
    if (this.problem !== null) {
      // Another connection reaches the daemon that is started next.
      this.#client.close();
      this.at = Number.NEGATIVE_INFINITY;
      return false;
    }
    const queue = [...results];
    if (states.length > 0) {
      this.rows = this.#named(readProcessRows(answerOf(queue.shift())));
      this.#runs = readRuns(answerOf(queue.shift()));
      this.at = at;
    }
    if (isUsageDue) {
      this.#usage = nextSample(this.#usage, at, readUsages(answerOf(queue.shift())));
      this.#usageAt = at;
    }
    more?.answered(queue);
    return true;
  }

  #named(rows: readonly ProcessRow[]): readonly ProcessRow[] {
    return this.#names.length === 0 ? rows : statusReport(rows, this.#names).shown;
  }
}

/** An error of one method is not that of the others: a Supervisor lacks those of tsv. */
function answerOf(result: CallResult | undefined): XmlRpcValue {
  return result?.ok === true ? result.value : [];
}

/** Why a daemon has not answered; null if it has, also with a fault. */
function problemOf(result: CallResult): string | null {
  return result.ok || result.error.kind === "fault" ? null : shortFailure(result.error);
}

/** A failure in one clause. */
export function shortFailure(failure: CallFailure): string {
  // A fault begins with its name.
  if (failure.kind === "fault") return failure.text.replace(/^[A-Z_]+: /, "");
  switch (connectionCode(failure)) {
    case "ECONNREFUSED":
      return "the daemon refuses connections";
    case "ENOENT":
      return "the daemon does not run";
    case "SILENT":
      return "the daemon does not answer";
    case null:
      return failureText(failure).replace(/^<class '[^']*'>, /, "");
    default:
      return "the connection to the daemon was lost";
  }
}
