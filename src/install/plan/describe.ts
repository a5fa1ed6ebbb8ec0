// What is there and what will be, in a few words for people.

import { octalMode } from "../../core/base/file-mode.ts";
import type { FoundFile, Mode, Owner, Step, Undo } from "./steps.ts";
import type { InstallWorld } from "./world.ts";

/** `root:tsv 0750`. */
export function describeAccess(mode: Mode, owner: Owner): string {
  return `${owner.user}:${owner.group} ${octalMode(mode)}`;
}

/** What was found, in a few words. */
export function describeFound(found: FoundFile, world: InstallWorld): string {
  switch (found.kind) {
    case "missing":
      return "missing";
    case "file":
      return `file, ${world.ownerName(found.uid, found.gid)} ${octalMode(found.mode)}`;
    case "directory":
      return `directory, ${world.ownerName(found.uid, found.gid)} ${octalMode(found.mode)}`;
    case "link":
      return `link to ${found.target}`;
    case "other":
      return found.detail;
  }
}

/** What a step is about: a path, a group, a command. */
export function describeSubject(step: Step): string {
  switch (step.kind) {
    case "group":
    case "remove-group":
      return `group ${step.name}`;
    case "command":
    case "on-undo":
      return describeCommand(step.argv);
    case "ended":
    case "signal":
      return `process ${step.pid}`;
    case "answer":
      return step.server;
    default:
      return step.path;
  }
}

/** Of a script only what it is about: its text says less than the reason beside it. */
function describeCommand(argv: readonly string[]): string {
  const [shell, option, , ...words] = argv;
  const isScript = shell === "/bin/sh" && option === "-c";
  return (isScript ? words.filter((word) => word !== "sh") : argv).join(" ");
}

/** A way back, while it is gone. */
export function describeUndo(undo: Undo): string {
  switch (undo.kind) {
    case "remove-group":
      return `group ${undo.name}: removed`;
    case "add-group":
      return `group ${undo.name}: added again`;
    case "remove-file":
    case "remove-link":
    case "remove-directory":
    case "remove-appeared":
      return `${undo.path}: removed`;
    case "restore-file":
    case "restore-link":
    case "restore-directory":
    case "move-back":
      return `${undo.path}: put back`;
    case "restore-access":
      return `${undo.path}: owner and mode as before`;
    case "run": {
      const command = describeCommand(undo.argv);
      // What is only done on the way back undoes nothing, and has no name but its own.
      return undo.what === undo.argv.join(" ") ? command : `${command}: undoes "${undo.what}"`;
    }
  }
}
