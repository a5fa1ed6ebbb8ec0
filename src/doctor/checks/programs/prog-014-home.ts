// PROG-014: a program that runs as a user and has the environment of another.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const HOME = defineCheck({
  code: "PROG-014",
  area: "programs",
  title: "HOME of another user",
  page: {
    symptom:
      "A program with `user=` looks for its files in `/root`, or says `Permission denied: '/root/.config'` or `HOME not set`.",
    cause:
      "`user=` changes who the program runs as, and nothing in its environment: HOME, USER and LOGNAME stay as the daemon has them, as in Supervisor. Most programs do not care, so this is told only with --verbose.",
    repair:
      'Where the program does care, give it its own: `environment=HOME="/home/pi",USER="pi",LOGNAME="pi"`. Doctor does not write that by itself, because it changes what a program that runs now would find.',
  },
  look(situation, probe) {
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { uid } = program.config;
      const user = uid === null || uid === program.daemon.uid ? null : probe.user(uid);
      const home = program.environment["HOME"];
      if (user === null || user.home === undefined || home === user.home) return [];
      return [findingOf(program, { ...user, home: user.home }, { situation, probe })];
    });
  },
});

function findingOf(
  program: Supervised,
  { name, home }: { readonly name: string; readonly home: string },
  { situation }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const has = program.environment["HOME"];
  return programFinding(program, {
    severity: "info",
    symptom: `${program.label} runs as ${name}, with HOME ${has === undefined ? "not set" : printable(has)}`,
    cause: "user= changes nothing in the environment.",
    evidence: [`the home of ${name} is ${printable(home)}`],
    place: placeIn(situation, program, "environment"),
    repair: byHand("If the program needs its own home, give it one", [
      `# in the section [${program.section}] write: environment=HOME="${home}",USER="${name}",LOGNAME="${name}"`,
    ]),
  });
}
