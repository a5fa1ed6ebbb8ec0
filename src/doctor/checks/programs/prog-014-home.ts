// PROG-014: a program runs as one user with the environment of another.

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
  repairs: ["C"],
  page: {
    symptom:
      "A program with `user=` looks for its files in `/root`, or says `Permission denied: '/root/.config'` or `HOME not set`.",
    cause:
      "`user=` changes the user of the process, but not its environment: HOME, USER and LOGNAME keep the values of the daemon, as in Supervisor. Most programs do not use them, so doctor shows this only with --verbose.",
    repair:
      'If the program uses them, write `user_env=true` in its section: then it gets HOME, USER, LOGNAME and SHELL of its user. For Supervisor, write `environment=HOME="/home/pi",USER="pi",LOGNAME="pi"`. Doctor does not do this, because it changes the environment of a program that works now.',
  },
  look(situation, probe) {
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { uid } = program.config;
      const user = uid === null || uid === program.daemon.uid ? null : probe.user(uid);
      const home = program.environment["HOME"];
      if (program.config.userEnv) return [];
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
    cause: "user= does not change the environment.",
    evidence: [`the home directory of ${name} is ${printable(home)}`],
    place: placeIn(situation, program, "environment"),
    repair: byHand("If the program uses its home directory, set the variables of its user", [
      `# in the section [${program.section}] write: user_env=true`,
    ]),
  });
}
