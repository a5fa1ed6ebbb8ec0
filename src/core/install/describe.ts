// What is there and what will be, in a few words for people.

import type { FoundFile, Mode, Owner } from "./steps.ts";
import type { InstallWorld } from "./world.ts";

/** `root:tsv 0750`. */
export function describeAccess(mode: Mode, owner: Owner): string {
  return `${owner.user}:${owner.group} ${octal(mode)}`;
}

/** What was found, in a few words. */
export function describeFound(found: FoundFile, world: InstallWorld): string {
  switch (found.kind) {
    case "missing":
      return "missing";
    case "file":
      return `file, ${world.ownerName(found.uid, found.gid)} ${octal(found.mode)}`;
    case "directory":
      return `directory, ${world.ownerName(found.uid, found.gid)} ${octal(found.mode)}`;
    case "link":
      return `link to ${found.target}`;
    case "other":
      return found.detail;
  }
}

function octal(mode: Mode): string {
  return `0${mode.toString(8).padStart(3, "0")}`;
}
