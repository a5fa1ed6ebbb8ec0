// Which hosts of an inventory a command is for.

import { closest } from "../base/edit-distance.ts";
import { err, ok, type Result } from "../base/result.ts";
import { globMatch } from "../config/glob.ts";

/** The part of a host by which it is chosen. */
interface Choosable {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Hosts that match one of the patterns, and all of the labels. */
export interface HostChoice {
  /** Names and patterns, also several in one text, separated by commas; none for all. */
  readonly on: readonly string[];
  /** `NAME=PATTERN`, or `NAME` for any value. */
  readonly labels: readonly string[];
}

/** Whether nothing was chosen, which means all. */
export function isAll({ on, labels }: HostChoice): boolean {
  return on.length === 0 && labels.length === 0;
}

/**
 * The chosen hosts, in their order.
 * @returns an error, a clause, for a pattern or a choice that no host matches
 */
export function chooseHosts<T extends Choosable>(
  hosts: readonly T[],
  { on, labels }: HostChoice,
): Result<readonly T[], string> {
  const patterns = on.flatMap((text) => text.split(",")).map((text) => text.trim());
  for (const pattern of patterns) {
    if (hosts.some(({ name }) => globMatch(pattern, name, "!^"))) continue;
    const names = hosts.map(({ name }) => name);
    const meant = closest(pattern, names);
    return err(`no host matches '${pattern}'${meant === null ? "" : `. Did you mean: ${meant}`}`);
  }
  const named = hosts.filter(
    ({ name }) => on.length === 0 || patterns.some((pattern) => globMatch(pattern, name, "!^")),
  );
  const chosen = named.filter((host) => labels.every((label) => hasLabel(host, label)));
  if (chosen.length > 0) return ok(chosen);
  const single = labels.find((label) => !named.some((host) => hasLabel(host, label)));
  if (single !== undefined)
    return err(`no host${on.length === 0 ? "" : " of these"} has the label ${single}`);
  return err(
    labels.length === 0 ? "the inventory has no hosts" : "no host has all of these labels",
  );
}

function hasLabel({ labels }: Choosable, label: string): boolean {
  const [name = "", pattern] = label.split(/=(.*)/s);
  const value = labels.get(name.trim());
  if (value === undefined) return false;
  return pattern === undefined || globMatch(pattern.trim(), value, "!^");
}
