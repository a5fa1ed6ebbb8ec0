// The part of the hub's program that admits devices, and lets invitations expire. Requests that wait are admitted together: nats-server
// reads its users once for all of them.

import { err, ok, type Result } from "../../core/base/result.ts";
import {
  admit,
  type JoinReason,
  type JoinRequest,
  joinAnswerText,
  joinText,
  readJoinRequest,
} from "../../core/fleet/joining.ts";
import { type Member, nextExpiry } from "../../core/fleet/members.ts";
import { JOIN_SUBJECT } from "../../core/fleet/subjects.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import { heldBackText } from "../../core/web/audit.ts";
import type { CallResult } from "../../ctl/client.ts";
import { LONGEST_TIMEOUT, monotonic } from "../../host/time/clock.ts";
import type { Message, Session } from "../nats/connection.ts";
import { isSignedBy } from "../nats/keys.ts";
import type { HubPart } from "./part.ts";
import { type Changed, changeMembers, type Hub, membersOf, reloadUsers } from "./store.ts";

/** Requests that wait; a device asks again when it has no answer. */
const MOST_WAITING = 10_000;
/** Until an expired invitation is removed, after the list could not be written. */
const RETRY_MS = 60_000;
/** Lines about requests that are refused: the holder of an invitation can send any number. */
const REFUSED_LINES = { burst: 10, perSecond: 0.1 };

interface Waiting {
  readonly session: Session;
  readonly message: Message;
  readonly request: JoinRequest;
}

export function createEnrolment(
  hub: Hub,
  call: (method: string, params: readonly string[]) => Promise<CallResult>,
  log: (text: string) => void,
): HubPart {
  let waiting: Waiting[] = [];
  let isBusy = false;
  let timer: NodeJS.Timeout | null = null;
  /** The users may be older than the list: a power cut, or a disk that is full, came between both. */
  let isBehind = true;
  const refused = new RateLimit(REFUSED_LINES);

  const logRefused = (text: string): void => {
    const before = refused.take(monotonic());
    if (before !== null) log(text + heldBackText(before));
  };

  const reload = async (): Promise<void> => {
    const taken = await reloadUsers(hub, call);
    if (!taken.ok) log(taken.error);
  };

  /** Wakes up when the next invitation expires. @param leastMs not before */
  const arm = (leastMs = 0): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const members = membersOf(hub.directory);
    if (!members.ok) {
      log(members.error);
      return;
    }
    const next = nextExpiry(members.value);
    if (next === null) return;
    const left = Math.min(Math.max(next - Date.now(), leastMs) + 1, LONGEST_TIMEOUT);
    timer = setTimeout(() => void expire(), left);
  };

  const change = async <T>(
    decide: (members: readonly Member[], nowMs: number) => Changed<T>,
  ): ReturnType<typeof changeMembers<T>> => {
    const changed = await changeMembers(hub.directory, (before, now) => {
      const { members, result } = decide(before, now);
      return ok({ members: isBehind ? [...members] : members, result });
    });
    isBehind = !changed.ok;
    return changed;
  };

  const expire = async (): Promise<void> => {
    const changed = await change((members) => ({ members, result: null }));
    if (!changed.ok) log(changed.error);
    else if (changed.value.isChanged) await reload();
    arm(changed.ok ? 0 : RETRY_MS);
  };

  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await admitAll(batch);
    }
    isBusy = false;
    arm();
  };

  const admitAll = async (batch: readonly Waiting[]): Promise<void> => {
    const changed = await change((before, now) => {
      let members: readonly Member[] = before;
      const answers = batch.map(({ request }): Result<true, JoinReason> => {
        const admitted = admit(members, request, now);
        if (!admitted.ok) return admitted;
        members = admitted.value;
        return ok(true);
      });
      return { members, result: answers };
    });
    if (!changed.ok) logRefused(changed.error);
    for (const [index, { session, message, request }] of batch.entries()) {
      const decided = changed.ok ? changed.value.result[index] : undefined;
      const answer = decided ?? err("failed" as const);
      const { name } = request;
      if (answer.ok) log(`${name} joined`);
      else logRefused(`${name} was not admitted: ${answer.error}`);
      reply(session, message, answer);
    }
    // The answers go out first: the invitations are closed when nats-server reads its users.
    for (const session of new Set(batch.map((each) => each.session))) await session.flush();
    if (changed.ok && changed.value.isChanged) await reload();
  };

  const receive = (session: Session, message: Message): void => {
    const request = readJoinRequest(new TextDecoder().decode(message.data));
    if (request === null || !isProven(request)) {
      logRefused("a request to join was invalid");
      reply(session, message, err("invalid"));
      return;
    }
    if (waiting.length >= MOST_WAITING) return;
    waiting.push({ session, message, request });
    if (!isBusy) void work();
  };

  return {
    connected(session) {
      session.subscribe(JOIN_SUBJECT, (message) => receive(session, message));
      if (isBehind) void expire();
      else arm();
    },
    changed: () => arm(),
  };
}

function isProven(request: JoinRequest): boolean {
  const text = joinText(request);
  return (
    isSignedBy(request.invitation, text, request.byInvitation) &&
    isSignedBy(request.key, text, request.byKey)
  );
}

function reply(session: Session, { reply: to }: Message, answer: Result<true, JoinReason>): void {
  if (to !== null) session.publish(to, joinAnswerText(answer));
}
