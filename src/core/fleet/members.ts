// The members of a fleet: the hub's list of them, and the users of nats-server that follow from it. A list is a file with one JSON
// document in each line.

import { USER_ROLES } from "../access/permissions.ts";
import { err, ok, type Result } from "../base/result.ts";
import { accountsText } from "./accounts.ts";
import {
  devicePermissions,
  FLEET_NAME,
  type FleetRole,
  hubPermissions,
  invitationPermissions,
  operatorPermissions,
  type SubjectPermissions,
} from "./subjects.ts";

/** A member. Names are unique: inboxes have them. Keys are public nkeys; times are milliseconds since 1970. */
export type Member =
  | { readonly kind: "hub"; readonly name: string; readonly key: string }
  | {
      readonly kind: "operator";
      readonly name: string;
      readonly key: string;
      readonly role: FleetRole;
      readonly since: number;
    }
  | {
      readonly kind: "device";
      readonly name: string;
      readonly key: string;
      /** The key of the invitation that it has used. */
      readonly invitation: string;
      readonly since: number;
    }
  /** Has the name of the device that it is for. */
  | {
      readonly kind: "invitation";
      readonly name: string;
      readonly key: string;
      readonly until: number;
    };

/** A public nkey of a user. */
export const PUBLIC_KEY = /^U[A-Z2-7]{55}$/;

/** Why there can be no new member of that name; null if there can. An invitation is replaced by another one. */
export function nameTaken(
  members: readonly Member[],
  name: string,
  kind: "operator" | "invitation",
): string | null {
  const found = members.find((member) => member.name === name);
  if (found === undefined || (kind === "invitation" && found.kind === "invitation")) return null;
  const what = found.kind === "invitation" ? "an invited device" : `${ARTICLES[found.kind]}`;
  return `${name} is already the name of ${what}`;
}

const ARTICLES = { hub: "the hub", operator: "an operator", device: "a device" } as const;

/** The list with a member in place of all others of its name. */
export function withMember(members: readonly Member[], member: Member): readonly Member[] {
  return [...members.filter(({ name }) => name !== member.name), member];
}

/** Without invitations that have expired. The same array if there are none. */
export function withoutExpired(members: readonly Member[], nowMs: number): readonly Member[] {
  const isOver = (member: Member): boolean => member.kind === "invitation" && member.until <= nowMs;
  return members.some(isOver) ? members.filter((member) => !isOver(member)) : members;
}

/** When the next invitation expires; null without one. */
export function nextExpiry(members: readonly Member[]): number | null {
  const times = members.flatMap((member) => (member.kind === "invitation" ? [member.until] : []));
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}

export function membersText(members: readonly Member[]): string {
  return members.map((member) => `${JSON.stringify(member)}\n`).join("");
}

/** The error is a clause with the line. */
export function readMembers(text: string): Result<readonly Member[], string> {
  const members: Member[] = [];
  const names = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const member = readMember(line);
    if (member === null) return err(`line ${index + 1} is no member of a fleet`);
    if (names.has(member.name)) return err(`line ${index + 1} has ${member.name} again`);
    names.add(member.name);
    members.push(member);
  }
  return ok(members);
}

function readMember(line: string): Member | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { kind, name, key, role, since, until, invitation } = value as Record<string, unknown>;
  if (typeof name !== "string" || !FLEET_NAME.test(name) || !isKey(key)) return null;
  if (kind === "hub") return { kind, name, key };
  if (kind === "invitation") return isTime(until) ? { kind, name, key, until } : null;
  if (!isTime(since)) return null;
  if (kind === "device") return isKey(invitation) ? { kind, name, key, invitation, since } : null;
  const known = USER_ROLES.find((each) => each === role);
  return kind === "operator" && known !== undefined
    ? { kind, name, key, role: known, since }
    : null;
}

export function isKey(value: unknown): value is string {
  return typeof value === "string" && PUBLIC_KEY.test(value);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/**
 * The file of accounts and users that the configuration of nats-server includes.
 * @param proof a public key without permissions: a connection with it proves that nats-server has read this very file
 */
export function usersText(members: readonly Member[], proof: string): string {
  const users = members.map((member) => ({
    ...{ isHub: member.kind === "hub", key: member.key, permissions: permissionsOf(member) },
  }));
  const others = [...users.filter(({ isHub }) => !isHub), { key: proof, permissions: null }];
  const hub = users.filter(({ isHub }) => isHub);
  return `# Written by tsv from members.jsonl: edits are lost.\n${accountsText(hub, others)}`;
}

function permissionsOf(member: Member): SubjectPermissions {
  switch (member.kind) {
    case "hub":
      return hubPermissions(member.name);
    case "operator":
      return operatorPermissions(member.name, member.role);
    case "device":
      return devicePermissions(member.name);
    case "invitation":
      return invitationPermissions(member.name);
  }
}
