// Repairs of any check that doctor does not make itself: if an untrusted user may have written the configuration that root
// found, or if the repair would change the owner of tsv's own records.

import { printable } from "../../core/base/printable.ts";
import { ownership, userName } from "../facts/access.ts";
import { createTamperJudge, steadyPath, strayLink } from "../facts/path-trust.ts";
import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import type { Repair } from "../model.ts";
import { shellLine } from "./commands.ts";

/** A configuration that root found in the search path and that other users can change. */
interface Distrust {
  readonly path: string;
  /** One sentence without its full stop: why nothing is repaired, and how to continue. */
  readonly text: string;
}

/** null: the configuration was named explicitly, or only root can change it. */
export function distrustOf(
  { caller, config: { chosenBy, path } }: Pick<Situation, "caller" | "config">,
  probe: Probe,
): Distrust | null {
  if (caller.uid !== 0 || chosenBy !== "search" || path === null) return null;
  const link = strayLink(path, probe);
  const question = { path: steadyPath(path, probe), trusted: [], isContainer: false };
  const weakness = link === null ? createTamperJudge(probe)(question) : null;
  if (link === null && weakness === null) return null;
  const why =
    weakness === null
      ? `${printable(link ?? path)} is a symlink that users other than root can change`
      : `${printable(weakness.path)} is ${ownership(weakness.seen, probe)}`;
  const again = shellLine(["tsv", "doctor", "--config", path, "--fix"]);
  const text = `users other than root can change the configuration ${printable(path)}, which was not named explicitly (${why}); check it, then run: ${again}`;
  return { path, text };
}

/** The user of an untrusted daemon, and how to repair as that user. */
function strangerOf(
  { isUnvouched, daemon, config, caller }: Situation,
  probe: Probe,
): { readonly name: string; readonly command: string } | null {
  if (isUnvouched !== true || daemon === null || caller.uid !== 0) return null;
  const name = userName(daemon.uid, probe);
  const again = ["tsv", "doctor", "--config", config.path ?? "", "--fix"];
  return { name, command: shellLine(["sudo", "-u", `#${daemon.uid}`, ...again]) };
}

/** The repair as far as it is allowed. */
export function withheld(
  repair: Repair,
  distrust: Distrust | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const { service } = situation;
  const { advice, steps, commands } = repair;
  if (steps.length === 0) return repair;
  const stranger = strangerOf(situation, probe);
  if (stranger !== null) {
    return {
      class: "C",
      advice: `${advice}. Only ${stranger.name}, who runs the daemon, can do this: root cannot know whether this user is trusted`,
      commands: [stranger.command],
      steps: [],
    };
  }
  if (distrust !== null) {
    return {
      class: "C",
      advice: `${advice}, after you have checked ${printable(distrust.path)}: it was not named explicitly, and users other than root can change it`,
      // Not the commands of the repair: an untrusted author of the configuration could choose what root pastes.
      commands: [shellLine(["tsv", "doctor", "--config", distrust.path, "--fix"])],
      steps: [],
    };
  }
  const { stateDirectory } = service.layout;
  const isGiven = steps.some(({ step }) => {
    if (step.kind === "directory") {
      return step.path === stateDirectory && step.owner.user !== "root";
    }
    const isBelow =
      step.kind === "own" &&
      (step.path === stateDirectory || step.path.startsWith(`${stateDirectory}/`));
    return isBelow && (step.uid !== 0 || step.gid !== 0);
  });
  if (service.scope === "user" || !isGiven) return repair;
  return {
    class: "C",
    advice: `Use another directory than ${stateDirectory}: it contains the records of tsv, so its owner must not change`,
    commands: commands.filter((line) => line.startsWith("#")),
    steps: [],
  };
}
