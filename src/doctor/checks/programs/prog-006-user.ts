// PROG-006: the user of a program does not exist or cannot be used.

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
  repairs: ["C"],
  page: {
    symptom:
      "`Error: Invalid user name www in section 'program:web'` when the daemon starts, or `couldn't setuid to 1000: Can't drop privilege as nonroot user` when the program starts.",
    cause:
      "This host has no user of that name: the configuration is from another host, or the package that adds the user is not installed. Or the daemon does not run as root, and only root can start programs as another user.",
    repair:
      "Add the user, or use an existing one. If the daemon does not run as root, remove `user=` from its programs, or run the daemon as root.",
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
      evidence: [`no such user name or uid`],
      place: { file, line, section, key },
      repair: byHand(`Add the user ${printable(name)}, or use another one in user=`, commands),
    };
  });
}

/** The uid of the running daemon, and the uid that the configuration sets for it. */
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
    cause: "No account has this uid, so its groups are unknown.",
    evidence: [`user=${printable(program.config.user ?? String(uid))}`],
    place: placeIn(situation, program, "user"),
    repair: byHand("Add an account with this uid, or use another user in user="),
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
    evidence: [`the program is configured to run as ${userName(uid, probe)}`],
    place: placeIn(situation, program, "user"),
    repair: byHand(`Remove user= from the program, or run the daemon as root`),
  });
}
