// PROG-006: the user that a program is to run as.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const PROGRAM_USER = defineCheck({
  code: "PROG-006",
  area: "programs",
  title: "user of a program",
  page: {
    symptom:
      "`Error: Invalid user name www in section 'program:web'` when the daemon starts, or `couldn't setuid to 1000: Can't drop privilege as nonroot user` when the program does.",
    cause:
      "There is no user of that name on this host: the configuration came from another one, or the package that adds the user is not installed. Or the daemon itself does not run as root, and only root can start programs as somebody else.",
    repair:
      "Add the user, or name one that exists. Where the daemon is not root, remove `user=` from its programs, or run the daemon as root.",
  },
  look(situation, probe) {
    return [...unknownUsers(situation), ...notRoot(situation, probe)];
  },
});

function unknownUsers({ config }: Situation): readonly Finding[] {
  return config.problems.flatMap(({ rule, message, section, key, file, line }) => {
    const name = /^Invalid user (?:name|id) (.+?)(?: in section .*)?$/.exec(message)?.[1];
    const isProgram = /^(?:program|fcgi-program|eventlistener):/.test(section ?? "");
    if (rule !== "unknown-user" || name === undefined || !isProgram) return [];
    const isName = /^[a-z_][a-z0-9_-]*\$?$/.test(name);
    const commands = isName ? [`useradd --system --no-create-home ${shellWord(name)}`] : [];
    return {
      severity: "error",
      subject: (section ?? "").replace(/^[\w-]+:/, ""),
      symptom: printable(message),
      cause: `This host has no user ${printable(name)}.`,
      evidence: [`neither a name nor a number of the accounts of this host`],
      place: { file, line, section, key },
      repair: byHand(`Add the user ${printable(name)}, or name another in user=`, commands),
    };
  });
}

/** Two daemons in one: the one that runs now, and the one that the configuration describes. */
function notRoot(situation: Situation, probe: Probe): readonly Finding[] {
  return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
    const { config, daemon } = program;
    const { uid } = config;
    if (uid === null || uid === daemon.uid) return [];
    if (daemon.uid === 0 && probe.user(uid) !== null) return [];
    return [
      daemon.uid === 0
        ? noAccount(program, uid, situation)
        : needsRoot(program, uid, { situation, probe }),
    ];
  });
}

function noAccount(program: Supervised, uid: number, situation: Situation): Finding {
  return programFinding(program, {
    severity: "error",
    symptom: `couldn't setuid to ${uid}: Can't find uid ${uid}`,
    cause: "There is no account with that number, so that its groups are not known.",
    evidence: [`user=${printable(program.config.user ?? String(uid))}`],
    place: placeIn(situation, program, "user"),
    repair: byHand("Add an account with that number, or name another user in user="),
  });
}

function needsRoot(
  program: Supervised,
  uid: number,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const own = userName(program.daemon.uid, probe);
  return programFinding(program, {
    severity: "error",
    symptom: `couldn't setuid to ${uid}: Can't drop privilege as nonroot user`,
    cause: `The daemon runs as ${own}, and only root can start a program as another user.`,
    evidence: [`the program is to run as ${userName(uid, probe)}`],
    place: placeIn(situation, program, "user"),
    repair: byHand(`Remove user= from the program, or run the daemon as root`),
  });
}
