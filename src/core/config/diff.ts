// What a reread found: which groups are new, which read differently now, which are gone (Supervisor, section 4.9).
// Unlike Supervisor, a change from a file name to AUTO or back counts.

import type { GroupConfig, ProcessConfig } from "./model.ts";

export interface GroupChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Structural equality of plain data; the order of an object's keys does not matter. */
function isEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left === null || right === null || Array.isArray(left) !== Array.isArray(right)) return false;
  const rightEntries = new Map<string, unknown>(Object.entries(right));
  const leftEntries = Object.entries(left);
  if (leftEntries.length !== rightEntries.size) return false;
  return leftEntries.every(
    ([key, value]) => rightEntries.has(key) && isEqual(value, rightEntries.get(key)),
  );
}

/** A process as far as it matters for change: where it is written, how its user is spelt and how its socket is made do not. */
function substance(process: ProcessConfig): unknown {
  const { origin: _origin, programName: _program, user: _user, fcgiSocket, ...rest } = process;
  return { ...rest, socketUrl: fcgiSocket?.url ?? null };
}

/** The part of a group that Supervisor compares: of a FastCGI socket only its URL. */
function specifics(group: GroupConfig): unknown {
  switch (group.kind) {
    case "program":
      return null;
    case "fcgi":
      return group.socket.url;
    case "eventlistener":
      return [group.bufferSize, Array.from(group.events).sort(), group.resultHandler];
  }
}

/** Whether two readings of a group mean the same. */
function isSameGroup(left: GroupConfig, right: GroupConfig): boolean {
  return (
    left.kind === right.kind &&
    left.name === right.name &&
    left.priority === right.priority &&
    isEqual(specifics(left), specifics(right)) &&
    isEqual(left.processes.map(substance), right.processes.map(substance))
  );
}

/** Compares the groups that run with the groups just read; names come in the order of their list. */
export function diffGroups(
  active: readonly GroupConfig[],
  next: readonly GroupConfig[],
): GroupChanges {
  const before = new Map(active.map((group) => [group.name, group]));
  const names = new Set(next.map((group) => group.name));
  const changed = next.filter((group) => {
    const old = before.get(group.name);
    return old !== undefined && !isSameGroup(old, group);
  });
  return {
    added: next.filter((group) => !before.has(group.name)).map((group) => group.name),
    changed: changed.map((group) => group.name),
    removed: active.filter((group) => !names.has(group.name)).map((group) => group.name),
  };
}
