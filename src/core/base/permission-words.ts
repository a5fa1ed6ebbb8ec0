// Messages about a missing permission, for users other than root: the owner of the path, and the commands that change that.

import { shellWord } from "./shell-word.ts";

/** The path that a user cannot access. */
export interface PermissionFacts {
  /** The path itself, or the directory on the way to it that this user may not search. */
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  /** "0640" */
  readonly mode: string;
  readonly user: string;
  /** Members of this group are let through; null when that would not help. */
  readonly joins: string | null;
  /** The user is a member by now, and was not when this session began. */
  readonly isNewMember: boolean;
}

/** What to do, and the command that does it; null where there is none. */
export type Step = readonly [what: string, command: string | null];

/** "permission denied, use sudo: /etc/tsv/tsv.conf is root:tsv 0640": the fix is on the first line. */
export function permissionDenied(facts: PermissionFacts): string {
  return `permission denied, use sudo: ${ownedText(facts)}`;
}

/** "/etc/tsv/tsv.conf is root:tsv 0640" */
export function ownedText({ path, owner, group, mode }: PermissionFacts): string {
  return `${path} is ${owner}:${group} ${mode}`;
}

/** @param again the command that was refused, as root would type it */
export function permissionSteps(
  { joins, user, isNewMember }: PermissionFacts,
  again: string,
): readonly Step[] {
  const sudo: Step = ["Once", `sudo ${again}`];
  if (isNewMember) return [[`You are in the group ${joins} from your next login on`, null], sudo];
  if (joins === null) return [sudo];
  const join = `sudo usermod -aG ${shellWord(joins)} ${shellWord(user)}`;
  return [sudo, ["Without sudo, from your next login on", join]];
}

// Modes of files as people read and write them.

/** "0755": four digits, as chmod(1) takes them. */
export function octalMode(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
