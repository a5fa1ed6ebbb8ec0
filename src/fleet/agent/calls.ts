// Answers calls: passes their requests to the daemon of this host, and its answers back, in pieces, as the caller takes them.

import { BY_HEADER, ROLE_HEADER } from "../../core/access/lowered.ts";
import type { Result } from "../../core/base/result.ts";
import {
  ALIVE_MS,
  CALL,
  CALLS_OF_ADMINS,
  type Caller,
  type CallProblem,
  Credit,
  GONE_MS,
  headText,
  LONGEST_BODY,
  LONGEST_PIECE,
  MOST_CALLS,
  readCaller,
  readRequest,
} from "../../core/fleet/call.ts";
import { callsSubject } from "../../core/fleet/subjects.ts";
import { type Forwarding, forward } from "../../host/http/forward.ts";
import { monotonic } from "../../host/time/clock.ts";
import type { HttpTarget } from "../../ports/http-client.ts";
import type { Message, Session } from "../nats/connection.ts";

/** The daemon of this host. */
export interface LocalDaemon {
  /** Where it listens; the error is a clause. */
  target(): Result<HttpTarget, string>;
  /** It could not be reached there. */
  failed(): void;
}

/** After the name of an operator, in the log of the daemon. */
const VIA = "@fleet";

/** Serves the calls of a session, until it ends. @param device the name of this one */
export function serveCalls(session: Session, device: string, daemon: LocalDaemon): void {
  const calls = new Map<string, Call>();
  const forget = (call: Call) => void calls.delete(call.subject);
  const refuse = ({ answers }: Caller, problem: CallProblem, text: string): void => {
    session.publish(answers, text, { [CALL.failed]: problem });
  };
  session.subscribe(callsSubject(device), (message) => {
    const { subject } = message;
    const known = calls.get(subject);
    if (known !== undefined) {
      known.told(message);
      return;
    }
    const caller = readCaller(subject);
    if (caller === null || message.header(CALL.cancel) !== null) return;
    if (message.header(CALL.request) === null) {
      refuse(caller, "lost", "the call is over");
      return;
    }
    const most = caller.role === "admin" ? MOST_CALLS : MOST_CALLS - CALLS_OF_ADMINS;
    if (calls.size >= most) {
      refuse(caller, "busy", `the device answers ${calls.size} calls already`);
      return;
    }
    const call = new Call(session, subject, caller, forget);
    calls.set(subject, call);
    call.begin(message, daemon);
  });
  void session.ended.then(() => {
    for (const call of calls.values()) call.end();
  });
}

class Call {
  readonly subject: string;
  readonly #session: Session;
  readonly #forget: (call: Call) => void;
  readonly #credit = new Credit();
  /** What came while the caller took no more: at most what was read at once. */
  #kept: Uint8Array[] = [];
  /** Sends the end, when all pieces have been sent. */
  #finish: (() => void) | null = null;
  readonly #caller: Caller;
  #forwarding: Forwarding | null = null;
  #heard = monotonic();
  #watch: NodeJS.Timeout | undefined;

  constructor(session: Session, subject: string, caller: Caller, forget: (call: Call) => void) {
    this.subject = subject;
    this.#session = session;
    this.#caller = caller;
    this.#forget = forget;
  }

  begin(message: Message, daemon: LocalDaemon): void {
    const { role, operator } = this.#caller;
    const request = readRequest(message.header(CALL.request) ?? "");
    if (!request.ok) {
      this.#fail("bad-request", request.error);
      return;
    }
    const body = message.data;
    if (body.length > LONGEST_BODY) {
      this.#fail("bad-request", "the body is too large");
      return;
    }
    const target = daemon.target();
    if (!target.ok) {
      this.#fail("no-daemon", target.error);
      return;
    }
    this.#grant(message);
    const by = [
      [ROLE_HEADER, role],
      [BY_HEADER, `${operator}${VIA}`],
    ] as const;
    const { method, path, headers } = request.value;
    this.#watch = setInterval(() => {
      if (monotonic() - this.#heard > GONE_MS) this.end();
    }, ALIVE_MS);
    this.#forwarding = forward(
      target.value,
      { method, path, headers: new Map([...headers, ...by]), body, headMs: null },
      {
        head: (status, fields) => this.#send(headText(fields), { [CALL.head]: `${status}` }),
        body: (bytes) => {
          this.#kept.push(bytes.slice());
          this.#pass();
        },
        end: () => {
          this.#finish = () => this.#send("", { [CALL.end]: `${this.#credit.sent}` });
          this.#pass();
        },
        failed: ({ code, message: why }) => {
          daemon.failed();
          this.#finish = () => this.#fail("no-daemon", `${why} (${code})`);
          this.#pass();
        },
      },
    );
  }

  /** A later message of the caller. */
  told(message: Message): void {
    this.#heard = monotonic();
    if (message.header(CALL.cancel) !== null) {
      this.end();
      return;
    }
    this.#grant(message);
    this.#send("", { [CALL.alive]: "1" });
    this.#pass();
  }

  /** Ends it without a word. */
  end(): void {
    clearInterval(this.#watch);
    this.#forwarding?.close();
    this.#kept = [];
    this.#forget(this);
  }

  #grant({ header }: Message): void {
    this.#credit.grant(Number(header(CALL.credit) ?? "0"));
  }

  #pass(): void {
    while (!this.#credit.isUsed) {
      const bytes = this.#kept[0];
      if (bytes === undefined) break;
      const piece = bytes.subarray(0, LONGEST_PIECE);
      if (piece.length === bytes.length) this.#kept.shift();
      else this.#kept[0] = bytes.subarray(LONGEST_PIECE);
      this.#send(piece, { [CALL.piece]: `${this.#credit.use()}` });
    }
    if (this.#kept.length > 0) this.#forwarding?.pause();
    else if (this.#finish === null) this.#forwarding?.resume();
    else {
      this.#finish();
      this.end();
    }
  }

  #fail(problem: CallProblem, text: string): void {
    this.#send(text, { [CALL.failed]: problem });
    this.end();
  }

  #send(data: Uint8Array | string, headers: Readonly<Record<string, string>>): void {
    this.#session.publish(this.#caller.answers, data, headers);
  }
}
