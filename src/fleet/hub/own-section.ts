// The section [fleet] of the configuration of this host.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import type { FleetConfig } from "../../core/config/fleet.ts";
import { readFleetConfig } from "../../core/config/read.ts";
import { explainConfig, setupOf } from "../../ctl/setup.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";

const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/**
 * Reads the section.
 * @param words of the command, behind `tsv`
 * @param ctlArguments in the form that supervisorctl takes
 * @returns it, with the path of the configuration
 */
export async function ownSection(
  words: readonly string[],
  ctlArguments: readonly string[],
): Promise<Result<{ readonly section: FleetConfig; readonly file: string }, Complaint>> {
  const fail = (kind: Complaint["kind"], message: string, steps: Complaint["steps"] = []) =>
    err({ kind, message, steps });
  const setup = setupOf(["tsv", ...ctlArguments], true);
  if (setup.kind === "usage") return fail("usage", setup.text);
  if (setup.kind === "config") return err(await explainConfig(["tsv", ...words], setup));
  const file = setup.kind === "run" ? setup.usedConfig : null;
  if (file === null) return fail("usage", "there is no configuration: name it with -c");
  const read = readFleetConfig(file, createConfigWorld(NO_ACCOUNTS));
  if (!read.ok) {
    const { text, file: place, line } = read.error;
    const at = place === null ? "" : `${place}${line === null ? "" : `:${line}`}: `;
    const check = ["Check it", `tsv check ${shellWord(file)}`] as const;
    return fail("configuration", `${at}${text}`, [check]);
  }
  if (read.value === null) {
    const join = ["Join a fleet", "tsv fleet join TOKEN"] as const;
    return fail("configuration", `${file} has no section [fleet]`, [join]);
  }
  return ok({ section: read.value, file });
}
