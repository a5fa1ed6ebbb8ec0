// What tsv says of a configuration that ctl cannot use, or does not find.

import type { Complaint } from "../core/base/complaint.ts";
import {
  type PermissionFacts,
  permissionDenied,
  permissionSteps,
} from "../core/base/permission-words.ts";
import { shellWord } from "../core/base/shell-word.ts";
import type { ConfigError } from "../core/config/model.ts";
import type { Named } from "./options.ts";
import type { Where } from "./where.ts";

/** Why a path cannot be read. */
type LookAt = (path: string) => PermissionFacts | null;

/** A configuration that is missing, unreadable or wrong. */
export function configComplaint(
  { rule, text, file, line }: ConfigError,
  where: Where,
  lookAt: LookAt,
): Complaint {
  const facts = file === null ? null : lookAt(file);
  const isAbsent = rule === "unreadable-file" || rule === "no-file";
  if (isAbsent && facts !== null) {
    return {
      kind: "permission-denied",
      message: permissionDenied(facts),
      steps: permissionSteps(facts, where.again),
    };
  }
  if (rule === "no-supervisorctl") {
    return {
      kind: "configuration",
      message: `${file} has no [supervisorctl] section, which names the address of the daemon`,
      steps: [
        ["Add that section and those of a server, as in", "tsv sample-conf"],
        ["Or name the address with -s URL", null],
      ],
    };
  }
  const place = file === null || isAbsent ? "" : `${file}${line === null ? "" : `:${line}`}: `;
  return {
    kind: "configuration",
    message: place + text,
    steps: isAbsent || file === null ? [] : [["Show all mistakes", `tsv check ${shellWord(file)}`]],
  };
}

/** Nothing is listening at the usual port, and no configuration says where else. */
function noConfiguration({ searched }: Named, exists: (path: string) => boolean): Complaint {
  return {
    kind: "configuration",
    message: `no configuration was found; looked for ${searched.join(", ")}`,
    steps: exists("tsv.conf")
      ? [["Name the one in this directory", "-c tsv.conf"]]
      : [
          ["Set tsv up on this host", "sudo tsv install"],
          ["Or name the configuration with -c FILE", null],
        ],
  };
}

/** Where nothing is listening, the reason is rather that nothing was configured. */
export function orNoConfiguration(
  complaint: Complaint,
  named: Named,
  exists: (path: string) => boolean,
): Complaint {
  const isUnnamed = named.usedConfig === null && named.serverUrl === null;
  return isUnnamed && complaint.kind === "not-running" ? noConfiguration(named, exists) : complaint;
}
