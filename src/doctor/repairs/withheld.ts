// Repairs of any check that doctor does not make itself: if an untrusted user may have written the configuration that root
// found, or if the repair would change the owner of tsv's own records.

import { printable } from "../../core/base/printable.ts";
import type { Step } from "../../install/plan/steps.ts";
import { ownership, userName } from "../facts/access.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import { createTamperJudge, steadyPath, strayLink } from "../facts/path-trust.ts";
import type { Probe } from "../facts/probe.ts";
import type { Repair } from "../model.ts";
import { shellLine } from "./commands.ts";
import { byHand } from "./repairs.ts";

/** A configuration that root found in the search path and that other users can change. */
interface Distrust {
  readonly path: string;
  /** One sentence without its full stop: why nothing is repaired, and how to continue. */
  readonly text: string;
}

/** null: the configuration was named explicitly, or only root can change it. */
export function distrustOf({
  caller,
  config: { chosenBy, path },
  probe,
}: DoctorFacts): Distrust | null {
  if (caller.uid !== 0 || chosenBy !== "search" || path === null) return null;
  const why = whyUntrusted(path, probe);
  if (why === null) return null;
  const text = `users other than root can change the configuration ${printable(path)}, which was not named explicitly (${why}); check it, then run: ${fixCommand(path)}`;
  return { path, text };
}

/** Why users other than root could choose what root reads or edits at a path; null if they cannot. */
export function whyUntrusted(path: string, probe: Probe): string | null {
  const link = strayLink(path, probe);
  if (link !== null) return `${printable(link)} is a symlink that users other than root can change`;
  const question = { path: steadyPath(path, probe), trusted: [], isContainer: false };
  const weakness = createTamperJudge(probe)(question);
  if (weakness === null) return null;
  return `${printable(weakness.path)} is ${ownership(weakness.seen, probe)}`;
}

function fixCommand(config: string): string {
  return shellLine(["tsv", "doctor", "--config", config, "--fix"]);
}

/** The repair as far as it is allowed. */
export function withheld(
  repair: Repair,
  distrust: Distrust | null,
  { isUnvouched, daemon, config, caller, service, probe }: DoctorFacts,
): Repair {
  const { advice, steps, commands } = repair;
  if (steps.length === 0) return repair;
  if (isUnvouched === true && daemon !== null && caller.uid === 0) {
    const user = userName(daemon.uid, probe);
    return byHand(
      `${advice}. Only ${user}, who runs the daemon, can do this: root cannot know whether this user is trusted`,
      [`sudo -u '#${daemon.uid}' ${fixCommand(config.path ?? "")}`],
    );
  }
  if (distrust !== null) {
    return byHand(
      `${advice}, after you have checked ${printable(distrust.path)}: it was not named explicitly, and users other than root can change it`,
      // Not the commands of the repair: an untrusted author of the configuration could choose what root pastes.
      [fixCommand(distrust.path)],
    );
  }
  const { stateDirectory } = service.layout;
  if (service.scope === "user" || !steps.some(({ step }) => givesAway(step, stateDirectory))) {
    return repair;
  }
  return byHand(
    `Use another directory than ${stateDirectory}: it contains the records of tsv, so its owner must not change`,
    commands.filter((line) => line.startsWith("#")),
  );
}

/** Whether a step changes the owner of the state directory or of its contents to another user than root. */
function givesAway(step: Step, stateDirectory: string): boolean {
  if (step.kind === "directory") return step.path === stateDirectory && step.owner.user !== "root";
  const isBelow =
    step.kind === "own" &&
    (step.path === stateDirectory || step.path.startsWith(`${stateDirectory}/`));
  return isBelow && (step.uid !== 0 || step.gid !== 0);
}
