// Files of env_file that do not give a program its variables: every start of it fails until they do.

import { parseEnvFile } from "../../environment/env-file.ts";
import { envReadText, envSyntaxText } from "../../environment/file-problems.ts";
import { MOST_ENV_BYTES } from "../limits.ts";
import type { ConfigWarning, GroupConfig } from "../model.ts";
import { PROGRAM } from "../options/program.ts";
import type { RawConfig } from "../raw.ts";
import { findOption } from "../raw.ts";
import type { EnvFileValue } from "../value-types.ts";
import type { ConfigWorld } from "../world.ts";
import { warnAt } from "./place.ts";

/** One remark for each file of a section. Of a file that this user may not read nothing is known. */
export function lintEnvFiles(
  groups: readonly GroupConfig[],
  raw: RawConfig,
  world: Pick<ConfigWorld, "readText">,
): readonly ConfigWarning[] {
  const remarks = new Map<string, ConfigWarning>();
  const known = new Map<string, string | null>();
  for (const { processes } of groups) {
    for (const { envFiles, origin } of processes) {
      for (const file of envFiles) {
        const { path, isOptional } = file;
        const asked = `${isOptional ? "?" : ""}${path}`;
        const text = known.get(asked) ?? problemOf(file, world);
        known.set(asked, text);
        const section = raw.sections.get(origin.section);
        if (text === null || section === undefined) continue;
        const option = findOption(raw, section.name, PROGRAM.envFiles.key);
        const message = `${text.replace(/^env_file /, "")}; every start will fail`;
        const remark = { rule: "env-file", message, suggestion: null } as const;
        remarks.set(`${section.name} ${asked}`, warnAt(section, option, remark));
      }
    }
  }
  return Array.from(remarks.values());
}

function problemOf(
  { path, isOptional }: EnvFileValue,
  world: Pick<ConfigWorld, "readText">,
): string | null {
  const text = world.readText(path);
  if (text.ok) {
    if (text.value.length > MOST_ENV_BYTES) return envReadText(path, "EFBIG");
    const parsed = parseEnvFile(text.value);
    return parsed.ok ? null : envSyntaxText(path, parsed.error);
  }
  const { code } = text.error;
  if (code === "EACCES" || code === "EPERM" || (isOptional && code === "ENOENT")) return null;
  return envReadText(path, code);
}
