// Repairs that many checks suggest, and their steps.

import type { Access, PlannedStep, Step, Witness } from "../../install/plan/steps.ts";
import type { Probe, Seen } from "../facts/probe.ts";
import type { Repair } from "../model.ts";
import { ownership } from "./ownership.ts";

/** A repair that only a person can decide on, or make. */
export function byHand(advice: string, commands: readonly string[] = []): Repair {
  return { class: "C", advice, commands, steps: [] };
}

/** A step of a repair, with what people are told about it. */
export function repairStep(
  step: Step,
  now: string,
  will: string,
  edited: PlannedStep["edited"] = null,
): PlannedStep {
  return { step, now, will, edited, mayFail: false };
}

/** Gives a path another owner or mode, if it still is what was seen there. No file gets or keeps a set-id bit by it. */
export function ownStep(path: string, before: Seen, after: Access, probe: Probe): PlannedStep {
  const { uid, gid } = after;
  const mode = before.kind === "directory" ? after.mode : after.mode & 0o777;
  const step: Step = { kind: "own", path, uid, gid, mode, seen: witnessOf(before) };
  return repairStep(step, ownership(before, probe), ownership(step, probe));
}

/** What a step of a repair is compared with when it is done. */
export function witnessOf({ kind, mode, uid, gid, device, inode }: Seen): Witness {
  return { kind, mode, uid, gid, device, inode };
}

/** Makes a directory that is missing for an account. Names come from the probe, because steps speak of names. */
export function directoryStep(path: string, access: Access, probe: Probe): PlannedStep {
  const [user = "root", group = "root"] = probe.ownerName(access.uid, access.gid).split(":");
  const owner = { user, group };
  const step: Step = { kind: "directory", path, mode: access.mode, owner, isNew: true };
  return repairStep(step, "missing", ownership(access, probe));
}
