// Findings about programs, and functions that several checks of programs use.

import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Supervised } from "../../facts/supervised.ts";
import type { Finding, Place } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";

/** The file, section and line of a program's option. */
export function placeIn(situation: Situation, { section }: Supervised, key: string): Place | null {
  return optionPlace(situation.config, section, key);
}

/** A finding about a program. */
export function programFinding(
  program: Pick<Supervised, "label" | "members">,
  said: Omit<Finding, "subject">,
): Finding {
  const others = program.members.length - 1;
  const evidence =
    others === 0
      ? said.evidence
      : [...said.evidence, `the same for ${others} more of its processes`];
  return { ...said, subject: program.label, evidence };
}

/** Whether a process of the program is known to run: then a reason that prevents its start is not urgent. */
export function isUp(states: readonly { readonly state: string }[]): boolean {
  return states.some(({ state }) => state === "RUNNING");
}

/**
 * The finding for a program that runs nevertheless: a file that is missing now existed when the program was started, and its
 * next start will fail.
 */
export function atNextStart(finding: Finding, isRunning: boolean): Finding {
  if (!isRunning) return finding;
  const symptom = `the next start will fail: ${finding.symptom}`;
  return { ...finding, severity: "warning", symptom };
}

/**
 * Whether one of the files that define a program was changed after a time: events before that say nothing about the present
 * program.
 */
export function isOutdated(
  { config, section }: Pick<Supervised, "config" | "section">,
  seconds: number,
  situation: Situation,
  probe: Probe,
): boolean {
  const options = situation.config.raw?.sections.get(section)?.options.values() ?? [];
  const files = new Set([config.origin.file, ...Array.from(options, ({ file }) => file)]);
  return Array.from(files).some((file) => {
    const found = probe.look(file);
    // The time is truncated to whole seconds.
    return found.ok && found.modifiedMs >= (seconds + 1) * 1000;
  });
}
