// The file with the inventory: which one it is, what it contains, and whether others can read its passwords.
//
// It is read in a command, which waits for it as for its configuration.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { readReason } from "../../core/config/load.ts";
import { absolutePath, dirname } from "../../core/config/paths.ts";
import { type HostEntry, type HubEntry, readInventory } from "../../core/fleet/inventory.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { isReadableByAll } from "../../host/files/describe-path.ts";

const VARIABLE = "TSV_FLEET";
const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };
/** Errors that are shown; a file of another kind has one in each line. */
const MOST_ERRORS = 20;

interface Inventory {
  readonly file: string;
  readonly hosts: readonly HostEntry[];
  /** Null without a section [fleet]. */
  readonly hub: HubEntry | null;
  /** A sentence about the file, and the command that helps; null for none. */
  readonly warning: readonly [text: string, command: string] | null;
}

/** @param given with --inventory; null without @returns all that is wrong with it */
export function openInventory(given: string | null): Result<Inventory, readonly Complaint[]> {
  const world = createConfigWorld(NO_ACCOUNTS);
  const { env, home, cwd } = world;
  const named = given ?? (env[VARIABLE] || null);
  const usual = [`${home}/.config/tsv/fleet.conf`, "/etc/tsv/fleet.conf"];
  const found = named ?? usual.find((path) => world.exists(path)) ?? null;
  if (found === null) {
    return fail(`no inventory was found; looked for ${usual.join(", ")}`, [
      ["Name one with --inventory FILE or TSV_FLEET; its form is in", "man tsv-fleet"],
    ]);
  }
  const file = absolutePath(found, cwd);
  const text = world.readText(file);
  if (!text.ok) return fail(`cannot read the inventory ${file}: ${readReason(text.error)}`);
  const entries = readInventory(text.value, file, { here: dirname(file), home, env });
  if (entries.ok) {
    const { hosts, hub } = entries.value;
    return ok({ file, hosts, hub, warning: warningFor(file, hosts) });
  }
  const rest = entries.error.length - MOST_ERRORS;
  const complaints = entries.error.slice(0, MOST_ERRORS).map(({ line, text }): Complaint => {
    return { kind: "configuration", message: `${file}:${line}: ${text}`, steps: [] };
  });
  const more: Complaint = { kind: "configuration", message: `${rest} more errors`, steps: [] };
  return err(rest > 0 ? [...complaints, more] : complaints);
}

function fail(
  message: string,
  steps: Complaint["steps"] = [],
): Result<never, readonly Complaint[]> {
  return err([{ kind: "configuration", message, steps }]);
}

function warningFor(file: string, hosts: readonly HostEntry[]): Inventory["warning"] {
  if (!hosts.some(({ password }) => password !== null) || !isReadableByAll(file)) return null;
  return [
    `every user of this host can read the passwords in ${file}`,
    `chmod 600 ${shellWord(file)}`,
  ];
}
