// How a device joins: with the key of an invitation it asks the hub to replace that key by its own. It signs with both, so that the
// request proves who was invited and whose the new key is. The hub decides here.

import { err, ok, type Result } from "../base/result.ts";
import { isKey, type Member, withMember } from "./members.ts";
import { FLEET_NAME } from "./subjects.ts";

export interface JoinRequest {
  readonly name: string;
  /** Public nkeys of the invitation and of the device. */
  readonly invitation: string;
  readonly key: string;
  /** Signatures of `joinText` by both, in base64. */
  readonly byInvitation: string;
  readonly byKey: string;
}

/** Why the hub does not admit a device. */
export type JoinReason =
  /** It is no request, or a signature is wrong. */
  | "invalid"
  /** There is no such invitation: it was revoked, or replaced by another one. */
  | "unknown"
  /** Another key has taken its place. */
  | "used"
  | "expired"
  /** The hub could not write it down. */
  | "failed";

const REASONS: readonly JoinReason[] = ["invalid", "unknown", "used", "expired", "failed"];

/** What is signed. */
export function joinText({
  name,
  invitation,
  key,
}: Pick<JoinRequest, "name" | "invitation" | "key">): string {
  return `tsv-join\n${name}\n${invitation}\n${key}\n`;
}

/** Bytes; a request has some four hundred. */
const LONGEST_REQUEST = 2048;

export function readJoinRequest(text: string): JoinRequest | null {
  const value = text.length > LONGEST_REQUEST ? null : parsed(text);
  const { name, invitation, key, byInvitation, byKey } = value ?? {};
  if (typeof name !== "string" || !FLEET_NAME.test(name)) return null;
  if (!isKey(invitation) || !isKey(key) || invitation === key) return null;
  if (typeof byInvitation !== "string" || typeof byKey !== "string") return null;
  return { name, invitation, key, byInvitation, byKey };
}

export function joinAnswerText(answer: Result<true, JoinReason>): string {
  return JSON.stringify(answer.ok ? { joined: true } : { refused: answer.error });
}

/** Null for what is no answer. */
export function readJoinAnswer(text: string): Result<true, JoinReason> | null {
  const { joined, refused } = parsed(text) ?? {};
  if (joined === true) return ok(true);
  const reason = REASONS.find((each) => each === refused);
  return reason === undefined ? null : err(reason);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/**
 * Admits a device. A request that was admitted is admitted again: its answer may have been lost.
 * @param request whose signatures are right
 * @returns the members then; the same array where nothing changes
 */
export function admit(
  members: readonly Member[],
  { name, invitation, key }: Pick<JoinRequest, "name" | "invitation" | "key">,
  nowMs: number,
): Result<readonly Member[], JoinReason> {
  const user = members.find(
    (member) => member.kind === "device" && member.invitation === invitation,
  );
  if (user !== undefined) return user.key === key && user.name === name ? ok(members) : err("used");
  const invited = members.find(
    (member) => member.kind === "invitation" && member.key === invitation && member.name === name,
  );
  if (invited?.kind !== "invitation") return err("unknown");
  if (invited.until <= nowMs) return err("expired");
  if (members.some((member) => member.key === key)) return err("invalid");
  return ok(withMember(members, { kind: "device", name, key, invitation, since: nowMs }));
}
