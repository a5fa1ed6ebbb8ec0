// Sends the output of one channel to syslog line by line, a limited number of lines per second. Dropped lines are counted and
// reported in the activity log.

import { SECOND } from "../../../core/base/time.ts";
import { ChannelLines, LINES_PER_SECOND, type LineBudget } from "../../../core/logs/line-budget.ts";
import { LineCollector } from "../../../core/logs/syslog-lines.ts";
import type { Syslog } from "../../../ports/syslog.ts";
import type { ActivityLog } from "../api.ts";
import type { LogDaemonHealth } from "./log-daemon-health.ts";

/** Least milliseconds between two reports of dropped lines of one channel. */
const TELL_MS = 60 * SECOND;
const ENCODER = new TextEncoder();

export interface SyslogChannelDeps {
  readonly syslog: Syslog;
  /** Shared by all channels. */
  readonly syslogHealth: LogDaemonHealth;
  readonly activity: ActivityLog;
  /** Shared by all channels. */
  readonly budget: LineBudget;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class SyslogChannel {
  readonly #deps: SyslogChannelDeps;
  /** `'web' stdout`. */
  readonly #what: string;
  readonly #collector: LineCollector;
  readonly #lines = new ChannelLines();
  /** The buffer of a message: the name of the program, a space, and room for a line. */
  #message: Uint8Array;
  readonly #prefixLength: number;

  /** @param before the incomplete line of the predecessor, and whether its log daemon took the last line; null for none */
  constructor(
    process: { readonly name: string; readonly channel: string },
    before: { readonly line: Uint8Array; readonly works: boolean } | null,
    deps: SyslogChannelDeps,
  ) {
    this.#deps = deps;
    this.#what = `'${process.name}' ${process.channel}`;
    this.#collector = new LineCollector(before?.line);
    if (before?.works === false) deps.syslogHealth.restoreDeaf();
    this.#message = ENCODER.encode(`${process.name} `);
    this.#prefixLength = this.#message.length;
  }

  get line(): Uint8Array {
    return this.#collector.partial;
  }

  get works(): boolean {
    return this.#deps.syslogHealth.works;
  }

  push(bytes: Uint8Array): void {
    const now = this.#deps.now();
    this.#collector.push(bytes, (line) => this.#send(line, now));
    this.#tell(now);
  }

  end(): void {
    const now = this.#deps.now();
    this.#collector.end((line) => this.#send(line, now));
    this.#lines.tellAt = Number.NEGATIVE_INFINITY;
    this.#tell(now);
  }

  #send(line: Uint8Array, now: number): void {
    const { syslog, syslogHealth, budget } = this.#deps;
    if (!budget.take(this.#lines, now)) return;
    const outcome = syslog.send(this.#withName(line));
    if (outcome === "full") this.#lines.dropped += 1;
    else syslogHealth.note(outcome, now);
  }

  #withName(line: Uint8Array): Uint8Array {
    const length = this.#prefixLength + line.length;
    if (this.#message.length < length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#message.subarray(0, this.#prefixLength));
      this.#message = larger;
    }
    this.#message.set(line, this.#prefixLength);
    return this.#message.subarray(0, length);
  }

  #tell(now: number): void {
    const { dropped, tellAt } = this.#lines;
    if (dropped === 0 || now < tellAt) return;
    this.#lines.dropped = 0;
    this.#lines.tellAt = now + TELL_MS;
    const lines = dropped === 1 ? "1 line" : `${dropped} lines`;
    const why = `the log daemon is behind, or programs send more than ${LINES_PER_SECOND} lines a second`;
    this.#deps.activity.log("WARN", `${lines} of ${this.#what} for syslog were dropped: ${why}`);
  }
}
