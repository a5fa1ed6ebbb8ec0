// Short descriptions of the present and the future state.

import { octalMode } from "../../core/base/file-mode.ts";
import type { FoundFile, Mode, Owner, Step, Undo } from "./steps.ts";
import type { InstallWorld } from "./world.ts";

/** `root:tsv 0750`. */
export function describeAccess(mode: Mode, owner: Owner): string {
  return `${owner.user}:${owner.group} ${octalMode(mode)}`;
}

/** A found file. */
export function describeFound(found: FoundFile, world: InstallWorld): string {
  switch (found.kind) {
    case "missing":
      return "missing";
    case "file":
      return `file, ${world.ownerName(found.uid, found.gid)} ${octalMode(found.mode)}`;
    case "directory":
      return `directory, ${world.ownerName(found.uid, found.gid)} ${octalMode(found.mode)}`;
    case "link":
      return `symlink to ${found.target}`;
    case "other":
      return found.detail;
  }
}

/** The subject of a step: a path, a group, a command. */
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

/** For a script, only its arguments: its text is less helpful than the reason beside it. */
function describeCommand(argv: readonly string[]): string {
  const [shell, option, , ...words] = argv;
  const isScript = shell === "/bin/sh" && option === "-c";
  return (isScript ? words.filter((word) => word !== "sh") : argv).join(" ");
}

/** Describes an undo. */
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
      return `${undo.path}: restored`;
    case "restore-access":
      return `${undo.path}: owner and mode as before`;
    case "run": {
      const command = describeCommand(undo.argv);
      // A command that runs only in a rollback undoes nothing, and has no other description.
      return undo.what === undo.argv.join(" ") ? command : `${command}: undoes "${undo.what}"`;
    }
  }
}
