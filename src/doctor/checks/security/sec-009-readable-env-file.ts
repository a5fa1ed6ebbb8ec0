// SEC-009: a file of env_file contains secrets, and every user can read it.

import { octalMode } from "../../../core/base/file-mode.ts";
import { parseEnvFile } from "../../../core/environment/env-file.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import { firstObstacle, steadyPath } from "../../facts/access.ts";
import { daemonAccount, STRANGER } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { refusedLink } from "../../facts/refused-link.ts";
import type { Situation } from "../../facts/situation.ts";
import { type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { ownership } from "../../repairs/ownership.ts";
import { ownStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { placeIn } from "../programs/program-finding.ts";
import { behindLink } from "../programs/program-repairs.ts";

/** Names that a finding lists. */
const MOST_NAMES = 4;

export const READABLE_ENV_FILE = defineCheck({
  code: "SEC-009",
  area: "security",
  title: "secrets in a file of variables that all users can read",
  repairs: ["B"],
  page: {
    symptom: "`cat /etc/app.env` shows `DB_PASSWORD=…` to every user of the machine.",
    cause:
      "Other users have permission to read a file of `env_file=` and to enter all directories of its path, and it has variables whose names look like passwords, tokens or keys. The daemon reads such files itself, as its own user, before it starts the program: the program's user needs no permission.",
    repair:
      "After you confirm, doctor removes the permissions of others. If other users may have read the secrets, change them.",
  },
  look(situation, probe) {
    const byPath = new Map<string, Supervised>();
    for (const program of supervisedPrograms(situation, probe)) {
      for (const { path } of program.config.envFiles) {
        if (!byPath.has(path)) byPath.set(path, program);
      }
    }
    return Array.from(byPath).flatMap(([path, program]) =>
      findingOf(path, program, situation, probe),
    );
  },
});

function findingOf(
  path: string,
  program: Supervised,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  // The daemon does not read what root would not follow: PROG-028.
  if (daemonAccount(situation, probe).uid === 0 && refusedLink(path, probe) !== null) return [];
  if (firstObstacle(path, "read", STRANGER, probe) !== null) return [];
  const seen = probe.look(path);
  if (!seen.ok || seen.kind !== "file") return [];
  const parsed = parseEnvFile(probe.readText(path) ?? "");
  const names = parsed.ok
    ? parsed.value
        .filter(({ name, value }) => isSecretName(name) && value !== "")
        .map(({ name }) => name)
    : [];
  if (names.length === 0) return [];
  const { caller } = situation;
  const real = caller.uid === 0 ? steadyPath(path, probe) : (probe.realPath(path) ?? path);
  const shown = Array.from(new Set(names));
  const more = shown.length > MOST_NAMES ? ` and ${shown.length - MOST_NAMES} more` : "";
  const mode = seen.mode & ~0o007;
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `every user of this machine can read ${shown[0]} in ${path}`,
      cause: "The file contains values that look like secrets, and other users can read it.",
      evidence: [
        `${path} is ${ownership(seen, probe)}`,
        `it contains ${shown.slice(0, MOST_NAMES).join(", ")}${more}`,
      ],
      place: placeIn(situation, program, "env_file"),
      repair: behindLink(path, situation, probe) ?? {
        class: "B",
        advice: `Remove the permissions of others from ${real}`,
        commands: [shellLine(["chmod", octalMode(mode), real])],
        steps: [ownStep(real, seen, { uid: seen.uid, gid: seen.gid, mode }, probe)],
      },
    },
  ];
}
