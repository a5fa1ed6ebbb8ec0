// Repairs that are left to a person, whichever check would have them: those by a configuration that strangers may have put
// where root looks for one, and those that would give away where tsv keeps what it has to believe later.

import { printable } from "../../core/base/printable.ts";
import { steadyPath, strayLink } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import { createTamperJudge } from "../facts/tamper.ts";
import type { Repair } from "../model.ts";
import { ownership, userName } from "./ownership.ts";
import { shellLine } from "./shell-quoting.ts";

/** A configuration that root has only found, and that others can change. */
export interface Doubt {
  readonly path: string;
  /** One sentence for people, without its full stop: why nothing is repaired, and how to go on. */
  readonly text: string;
}

/** null: somebody named the configuration, or it is as safe as root itself. */
export function doubtOf(
  { caller, config: { chosenBy, path } }: Pick<Situation, "caller" | "config">,
  probe: Probe,
): Doubt | null {
  if (caller.uid !== 0 || chosenBy !== "search" || path === null) return null;
  const link = strayLink(path, probe);
  const question = { path: steadyPath(path, probe), trusted: [], isContainer: false };
  const weakness = link === null ? createTamperJudge(probe)(question) : null;
  if (link === null && weakness === null) return null;
  const why =
    weakness === null
      ? `${printable(link ?? path)} is a link that others than root can change`
      : `${printable(weakness.path)} is ${ownership(weakness.seen, probe)}`;
  const again = shellLine(["tsv", "doctor", "--config", path, "--fix"]);
  const text = `nobody named the configuration ${printable(path)}, and others than root can change it (${why}); look at it, then: ${again}`;
  return { path, text };
}

/** The user of a daemon that nothing vouches for, and how to repair as that user. */
function strangerOf(
  { isUnvouched, daemon, config, caller }: Situation,
  probe: Probe,
): { readonly name: string; readonly command: string } | null {
  if (isUnvouched !== true || daemon === null || caller.uid !== 0) return null;
  const name = userName(daemon.uid, probe);
  const again = ["tsv", "doctor", "--config", config.path ?? "", "--fix"];
  return { name, command: shellLine(["sudo", "-u", `#${daemon.uid}`, ...again]) };
}

/** The repair as it may be done. */
export function withheld(
  repair: Repair,
  doubt: Doubt | null,
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
      advice: `${advice}. Only ${stranger.name}, who runs the daemon, may have that done: root cannot know that this user is meant to`,
      commands: [stranger.command],
      steps: [],
    };
  }
  if (doubt !== null) {
    return {
      class: "C",
      advice: `${advice}, once you have looked at ${printable(doubt.path)}: nobody named it, and others than root can change it`,
      // Not those that do it by hand: whoever wrote the configuration would choose what root pastes.
      commands: [shellLine(["tsv", "doctor", "--config", doubt.path, "--fix"])],
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
    advice: `Name another place than ${stateDirectory}, where tsv keeps its own records: it is given to nobody`,
    commands: commands.filter((line) => line.startsWith("#")),
    steps: [],
  };
}
