// Repairs that many checks use, and their steps.

import type { Access, Owner, PlannedStep, Precondition, Step } from "../../install/plan/steps.ts";
import { ownership } from "../facts/access.ts";
import type { Probe, Seen } from "../facts/probe.ts";
import type { Repair } from "../model.ts";

/** A repair that only the user can decide on, or make. */
export function byHand(advice: string, commands: readonly string[] = []): Repair {
  return { class: "C", advice, commands, steps: [] };
}

/** A step of a repair, with its description. */
export function repairStep(
  step: Step,
  now: string,
  will: string,
  edited: PlannedStep["edited"] = null,
): PlannedStep {
  return { step, now, will, edited, mayFail: false };
}

/** Changes owner or mode of a path, if it has not changed since it was examined. No file gets or keeps a set-id bit. */
export function ownStep(path: string, before: Seen, after: Access, probe: Probe): PlannedStep {
  const { uid, gid } = after;
  const mode = before.kind === "directory" ? after.mode : after.mode & 0o777;
  const step: Step = { kind: "own", path, uid, gid, mode, seen: preconditionOf(before) };
  return repairStep(step, ownership(before, probe), ownership(step, probe));
}

/** The precondition of a step, checked when it is executed. */
export function preconditionOf({ kind, mode, uid, gid, device, inode }: Seen): Precondition {
  return { kind, mode, uid, gid, device, inode };
}

/** The names of user and group, which steps contain; a number if there is no name. */
export function ownerOf({ uid, gid }: Pick<Access, "uid" | "gid">, probe: Probe): Owner {
  const [user = "root", group = "root"] = probe.ownerName(uid, gid).split(":");
  return { user, group };
}

/** Creates a missing directory for an account. */
export function directoryStep(path: string, access: Access, probe: Probe): PlannedStep {
  const owner = ownerOf(access, probe);
  const step: Step = { kind: "directory", path, mode: access.mode, owner, isNew: true };
  return repairStep(step, "missing", ownership(access, probe));
}
