// Encodes lines of a program as messages for systemd's journal, in its native protocol: one field per line
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).

import { shownName } from "./line-format.ts";
import type { PieceEnd } from "./line-pieces.ts";

/** The process and the channel of a line. */
export interface JournalSource {
  readonly name: string;
  readonly group: string;
  readonly pid: number;
  readonly channel: "stdout" | "stderr";
}

const ENCODER = new TextEncoder();
const CARRIAGE_RETURN = 0x0d;
const LESS = 0x3c;
const GREATER = 0x3e;
const DIGIT_0 = 0x30;
const DIGIT_7 = 0x37;

/** LOG_INFO and LOG_ERR of syslog(3). */
const PRIORITIES = { stdout: 6, stderr: 3 } as const;

/** The bytes before the priority, and after it. */
const HEAD = ENCODER.encode("PRIORITY=");
const MESSAGE = ENCODER.encode("\nMESSAGE=");
/** Marks a piece whose line continues. */
const PARTIAL = ENCODER.encode("TSV_PARTIAL=true\n");

/** Composes the messages of one channel. */
export class JournalMessages {
  readonly #priority: number;
  /** The fields after the text. */
  readonly #tail: Uint8Array;
  #message = new Uint8Array(1024);

  constructor(source: JournalSource) {
    this.#priority = PRIORITIES[source.channel];
    this.#tail = ENCODER.encode(`\n${fields(source).join("\n")}\n`);
    this.#message.set(HEAD);
  }

  /**
   * The message of a piece; null for an empty line, which a journal does not keep. The bytes are valid until the next call.
   * @param isContinued see `PieceSink`
   */
  of(
    bytes: Uint8Array,
    from: number,
    to: number,
    end: PieceEnd,
    isContinued: boolean,
  ): Uint8Array | null {
    // `<4>` at the beginning of a line is its priority, as for the output of services (sd-daemon(3)).
    const given = isContinued ? null : givenPriority(bytes, from, to);
    const start = given === null ? from : from + 3;
    const isPair = end === "line" && to > start && bytes[to - 1] === CARRIAGE_RETURN;
    const stop = isPair ? to - 1 : to;
    if (stop === start) return null;
    const most = HEAD.length + 1 + MESSAGE.length + stop - start;
    if (this.#message.length < most + this.#tail.length + PARTIAL.length) this.#grow(most);
    const message = this.#message;
    let at = HEAD.length;
    message[at] = DIGIT_0 + (given ?? this.#priority);
    message.set(MESSAGE, at + 1);
    at += 1 + MESSAGE.length;
    message.set(bytes.subarray(start, stop), at);
    at += stop - start;
    message.set(this.#tail, at);
    at += this.#tail.length;
    if (end === "cut") {
      message.set(PARTIAL, at);
      at += PARTIAL.length;
    }
    return message.subarray(0, at);
  }

  #grow(bytes: number): void {
    this.#message = new Uint8Array(2 * bytes + this.#tail.length + PARTIAL.length);
    this.#message.set(HEAD);
  }
}

function givenPriority(bytes: Uint8Array, from: number, to: number): number | null {
  if (to - from < 3 || bytes[from] !== LESS || bytes[from + 2] !== GREATER) return null;
  const digit = bytes[from + 1] ?? 0;
  return digit >= DIGIT_0 && digit <= DIGIT_7 ? digit - DIGIT_0 : null;
}

/** With OBJECT_PID, journald adds its own fields about the process, if the daemon runs as root. */
function fields({ name, group, pid, channel }: JournalSource): readonly string[] {
  return [
    ["SYSLOG_FACILITY", "3"],
    ["SYSLOG_IDENTIFIER", shownName(group, name)],
    ["SYSLOG_PID", String(pid)],
    ["OBJECT_PID", String(pid)],
    ["TSV_PROGRAM", name],
    ["TSV_GROUP", group],
    ["TSV_CHANNEL", channel],
    ["TSV_PID", String(pid)],
  ].map(([field = "", value = ""]) => `${field}=${value.replaceAll("\n", " ")}`);
}
