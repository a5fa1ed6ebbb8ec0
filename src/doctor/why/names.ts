// Resolves a name to a process: "web", "pool:a", or a group with only one process.

import { closest, numberedNames } from "../../core/base/edit-distance.ts";
import { displayName } from "../../core/base/ids.ts";

export interface KnownProcess {
  readonly group: string;
  readonly name: string;
}

function shownName({ group, name }: KnownProcess): string {
  return displayName(group, name);
}

/** A name that is not one process's. */
interface UnknownName {
  readonly problem: string;
  /** What was probably meant; null when nothing is close. */
  readonly near: string | null;
}

/** The process, or an error with a suggestion. */
export function findNamed(
  given: string,
  known: readonly KnownProcess[],
): KnownProcess | UnknownName {
  const exact = known.filter(
    (one) => shownName(one) === given || `${one.group}:${one.name}` === given,
  );
  if (exact[0] !== undefined) return exact[0];
  const group = given.replace(/:\*?$/, "");
  const members = known.filter((one) => one.group === group);
  if (members.length === 1 && members[0] !== undefined) return members[0];
  if (members.length > 1) {
    const names = members.slice(0, 5).map(shownName).join(", ");
    const more = members.length > 5 ? ", …" : "";
    return {
      problem: `${given} is a group of ${members.length} programs; name one of them: ${names}${more}`,
      near: null,
    };
  }
  // The group may be omitted.
  const alone = known.filter(({ name }) => name === given);
  if (alone.length === 1 && alone[0] !== undefined) return alone[0];
  if (alone.length > 1) {
    return {
      problem: `${given} is ambiguous: ${alone.slice(0, 5).map(shownName).join(", ")}`,
      near: null,
    };
  }
  const numbered = numberedNames(given, known.map(shownName));
  const [only] = numbered;
  if (numbered.length > 1) {
    const names = numbered.slice(0, 5).join(", ");
    return {
      problem: `the programs of ${given} are ${names}${numbered.length > 5 ? ", …" : ""}; name one of them`,
      near: null,
    };
  }
  const near = only ?? closest(given, known.map(shownName));
  const some = known.slice(0, 8).map(shownName).join(", ");
  const hint =
    near !== null
      ? ""
      : known.length === 0
        ? "; there are no programs"
        : `; known ${known.length === 1 ? "program" : "programs"}: ${some}${known.length > 8 ? ", …" : ""}`;
  return { problem: `there is no program ${given}${hint}`, near };
}
