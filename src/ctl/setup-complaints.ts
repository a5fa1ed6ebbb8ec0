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
export type LookAt = (path: string) => PermissionFacts | null;

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
  const place = file === null || isAbsent ? "" : `${file}${line === null ? "" : `:${line}`}: `;
  return {
    kind: "configuration",
    message: place + text,
    steps: isAbsent || file === null ? [] : [["Show all mistakes", `tsv check ${shellWord(file)}`]],
  };
}

/** Nothing is listening at the usual port, and no configuration says where else. */
export function noConfiguration({ searched }: Named, exists: (path: string) => boolean): Complaint {
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
