// Files of env_file that do not give a program its variables: every start of it fails until they do.

import { envReadText, readVariables } from "../../environment/file-problems.ts";
import type { ConfigWarning, GroupConfig } from "../model.ts";
import { PROGRAM } from "../options/program.ts";
import type { RawConfig } from "../raw.ts";
import { findOption } from "../raw.ts";
import type { EnvFileValue } from "../value-types.ts";
import type { ConfigWorld } from "../world.ts";
import { warnAt } from "./place.ts";

type Remark = Pick<ConfigWarning, "rule" | "message" | "suggestion">;

/** Files as this user and the daemon see them. */
interface Readers {
  readonly world: Pick<ConfigWorld, "readEnvFile" | "uid">;
  /** The user of the daemon; null where the configuration does not name one. */
  readonly daemonUid: number | null;
}

/** One remark for each file of a section. */
export function lintEnvFiles(
  groups: readonly GroupConfig[],
  raw: RawConfig,
  readers: Readers,
): readonly ConfigWarning[] {
  const remarks = new Map<string, ConfigWarning>();
  const known = new Map<string, Remark | null>();
  for (const { processes } of groups) {
    for (const { envFiles, origin } of processes) {
      for (const file of envFiles) {
        const asked = `${file.isOptional ? "?" : ""}${file.path}`;
        const found = known.get(asked);
        const remark = found === undefined ? remarkOn(file, readers) : found;
        known.set(asked, remark);
        const section = raw.sections.get(origin.section);
        if (remark === null || section === undefined) continue;
        const option = findOption(raw, section.name, PROGRAM.envFiles.key);
        remarks.set(`${section.name} ${asked}`, warnAt(section, option, remark));
      }
    }
  }
  return Array.from(remarks.values());
}

/** Whether the daemon may read a file is certain only for its own user. */
function remarkOn({ path, isOptional }: EnvFileValue, readers: Readers): Remark | null {
  const { world, daemonUid } = readers;
  const isDaemons = world.uid === (daemonUid ?? world.uid);
  const read = readVariables(path, world);
  if (read.ok) {
    return isDaemons ? null : unseen(path, "whether the daemon's user may read it is not known");
  }
  const { errno, text } = read.error;
  if (isOptional && errno === "ENOENT") return null;
  const isCertain = isDaemons && (world.uid === 0 || daemonUid !== null);
  if (!isCertain && errno !== null && OF_USER.has(errno)) {
    return unseen(path, "could not look: this user has no permission to read it");
  }
  const said = errno === null ? text : envReadText(path, errno).replace(/^env_file /, "");
  return { rule: "env-file", message: `${said}; every start will fail`, suggestion: null };
}

/** Errors that another user may not get. */
const OF_USER: ReadonlySet<string> = new Set(["EACCES", "EPERM", "ELOOP"]);

function unseen(path: string, what: string): Remark {
  const suggestion = "run tsv check as the user of the daemon";
  return { rule: "env-file-unseen", message: `${path}: ${what}`, suggestion };
}
