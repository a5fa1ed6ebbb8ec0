// The record of a hub: what each change of its members did, one JSON document in each line, with its time (`at_ms`, milliseconds since
// 1970). The list of members has only what is now.

import type { Member } from "./members.ts";

/** Lines that are kept: the last ones. */
const MOST_LINES = 10_000;

/** @param text of the record before @returns the same text if nothing changed */
export function recordText(
  text: string,
  before: readonly Member[],
  after: readonly Member[],
  nowMs: number,
): string {
  const lines = changesBetween(before, after, nowMs).map(
    (change) => `${JSON.stringify({ at_ms: nowMs, ...change })}\n`,
  );
  if (lines.length === 0) return text;
  const kept = text.split("\n").filter((line) => line !== "");
  return [...kept.map((line) => `${line}\n`), ...lines].slice(-MOST_LINES).join("");
}

interface MemberChange {
  readonly change: "made" | "invited" | "joined" | "revoked" | "expired";
  readonly kind: Member["kind"];
  readonly name: string;
  /** Public: which key it was or is. */
  readonly key: string;
}

function changesBetween(
  before: readonly Member[],
  after: readonly Member[],
  nowMs: number,
): readonly MemberChange[] {
  const old = new Map(before.map((member) => [member.name, member]));
  const names = new Set(after.map(({ name }) => name));
  const gone = before.filter(({ name }) => !names.has(name));
  const made = after.filter(({ name, key }) => old.get(name)?.key !== key);
  return [
    ...gone.map((member) => {
      const isOver = member.kind === "invitation" && member.until <= nowMs;
      return changeOf(isOver ? "expired" : "revoked", member);
    }),
    ...made.map((member) => changeOf(BEGINNINGS[member.kind], member)),
  ];
}

const BEGINNINGS = {
  ...{ hub: "made", operator: "made", invitation: "invited", device: "joined" },
} as const satisfies Record<Member["kind"], MemberChange["change"]>;

function changeOf(change: MemberChange["change"], member: Member): MemberChange {
  const { kind, name, key } = member;
  return { change, kind, name, key, ...(kind === "operator" ? { role: member.role } : {}) };
}
