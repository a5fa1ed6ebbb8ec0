// Calls devices: sends an HTTP request to the agent of one, and passes its answer on as it comes.

import { nuid } from "@nats-io/transport-node";
import {
  ALIVE_MS,
  CALL,
  CALL_PROBLEMS,
  type CallProblem,
  type CallRequest,
  GONE_MS,
  readHead,
  requestText,
  WINDOW,
} from "../../core/fleet/call.ts";
import { answerSubject, callSubject, type FleetRole } from "../../core/fleet/subjects.ts";
import { startLimit } from "../../host/time/limited-task.ts";
import type { Message, Session } from "./connection.ts";

/** Which device, and as whom. */
export interface Callee {
  readonly device: string;
  readonly role: FleetRole;
  /** The caller's name. */
  readonly operator: string;
}

/** How a call ended. */
export type CallEnd =
  | { readonly kind: "end" }
  /** By this side. */
  | { readonly kind: "closed" }
  /** `text` is a clause. */
  | { readonly kind: "failed"; readonly problem: CallProblem; readonly text: string };

export interface CallAnswer {
  /** Of the daemon; headers by their names in lower case. */
  head(status: number, headers: ReadonlyMap<string, string>): void;
  /** Valid only during the call. The next bytes are not asked for before this returns. */
  body(bytes: Uint8Array): void;
}

export interface DeviceCall {
  readonly ended: Promise<CallEnd>;
  close(): void;
}

const DECODER = new TextDecoder();
/** nats-server says so at once, in a message without data (NATS ADR-4, no responders). */
const NO_RESPONDERS = 503;

/**
 * Begins a call. A stream goes on for as long as both sides are there.
 * @param headMs milliseconds for the head of the answer; null for any time, while the device is there
 */
export function callDevice(
  session: Session,
  { device, role, operator }: Callee,
  request: CallRequest & { readonly body: Uint8Array | string; readonly headMs: number | null },
  answer: CallAnswer,
): DeviceCall {
  const id = nuid.next();
  const subject = callSubject(device, role, operator, id);
  // nats-server says there that no agent is connected.
  const answers = answerSubject(device, operator, id);
  const { headMs } = request;
  let [taken, isOver, isHeard] = [0, false, true];
  let settle: (end: CallEnd) => void = () => undefined;
  const ended = new Promise<CallEnd>((resolve) => {
    settle = resolve;
  });
  const finish = (end: CallEnd): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(limit);
    clearInterval(alive);
    unsubscribe();
    forget();
    settle(end);
  };
  const fail = (problem: CallProblem, text: string): void =>
    finish({ kind: "failed", problem, text });
  const tell = (headers: Readonly<Record<string, string>>, data: Uint8Array | string = ""): void =>
    session.publish(subject, data, { [CALL.credit]: `${taken + WINDOW}`, ...headers }, answers);
  const abandon = (end: CallEnd): void => {
    if (!isOver) tell({ [CALL.cancel]: "1" });
    finish(end);
  };
  const late = (): void =>
    abandon({ kind: "failed", problem: "timed-out", text: "the device does not answer" });
  const limit = headMs === null ? undefined : startLimit(headMs, late);
  let quietMs = 0;
  const alive = setInterval(() => {
    quietMs = isHeard ? 0 : quietMs + ALIVE_MS;
    isHeard = false;
    if (quietMs >= GONE_MS) late();
    else tell({});
  }, ALIVE_MS);
  const onMessage = (message: Message): void => {
    isHeard = true;
    const { header, data } = message;
    if (header(CALL.alive) !== null) return;
    const problem = header(CALL.failed);
    if (problem !== null) {
      const known = CALL_PROBLEMS.find((each) => each === problem) ?? "lost";
      fail(known, DECODER.decode(data));
      return;
    }
    const status = header(CALL.head);
    if (status !== null) {
      clearTimeout(limit);
      answer.head(Number(status), readHead(DECODER.decode(data)));
      return;
    }
    const number = header(CALL.piece) ?? header(CALL.end);
    if (number === null) {
      if (message.status === NO_RESPONDERS) fail("no-device", "no agent of it is connected");
      return;
    }
    if (Number(number) !== taken) {
      abandon({ kind: "failed", problem: "lost", text: "a part of the answer is missing" });
      return;
    }
    if (header(CALL.end) !== null) {
      finish({ kind: "end" });
      return;
    }
    taken += 1;
    answer.body(data);
    if (taken % (WINDOW / 2) === 0 && !isOver) tell({});
  };
  const unsubscribe = session.subscribe(answers, onMessage);
  void session.ended.then(() => fail("lost", "the connection to the hub was lost"));
  const forget = session.onDenied(subject, () =>
    fail("denied", `the hub does not permit the role ${role}`),
  );
  tell({ [CALL.request]: requestText(request) }, request.body);
  return { ended, close: () => abandon({ kind: "closed" }) };
}
