// The environment of a program as it may be shown: each variable with its source, and secrets only to those who ask for them.

import { compareText } from "../base/text-order.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";
import type { EnvironmentSource, Layer } from "./layers.ts";

export interface ShownVariable {
  readonly name: string;
  /** Null for a secret that is not shown; without parts that look like one, such as a password in a URL. */
  readonly value: string | null;
  /** Of the value all or a part is a secret, whether it is shown or not. */
  readonly isSecret: boolean;
  readonly source: EnvironmentSource;
  /** FILE:LINE; null where that is not known, or nowhere. */
  readonly place: string | null;
}

/** Files and commands exist to keep secrets out of a configuration: all that they give is one. */
const SECRET_SOURCES: ReadonlySet<EnvironmentSource> = new Set(["env_file", "env_command"]);

/** A shorter one would be found in ordinary values. */
const SHORTEST_HIDDEN = 8;

/** Values of secrets, which other variables may contain: `A="%(ENV_SECRET)s"`. The longest first. */
function hiddenValues(winners: ReadonlyMap<string, Layer>): readonly string[] {
  const values = Array.from(winners, ([name, { source, variables }]) =>
    SECRET_SOURCES.has(source) || !isSecretName(name) ? "" : (variables[name] ?? ""),
  );
  return values
    .filter((value) => value.length >= SHORTEST_HIDDEN)
    .sort((left, right) => right.length - left.length);
}

function hide(value: string, hidden: readonly string[]): string {
  return hidden.reduce((text, secret) => text.replaceAll(secret, REDACTED), value);
}

/** The variables that come of layers, sorted by name. @param showsSecrets the caller may see them, and wants to */
export function shownVariables(
  layers: readonly Layer[],
  showsSecrets: boolean,
): readonly ShownVariable[] {
  const winners = new Map<string, Layer>();
  for (const layer of layers) {
    for (const name of Object.keys(layer.variables)) winners.set(name, layer);
  }
  const hidden = hiddenValues(winners);
  return Array.from(winners)
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, { source, variables, placeOf, secrets = [] }]) => {
      const value = variables[name] ?? "";
      const isWhole = SECRET_SOURCES.has(source) || isSecretName(name) || secrets.includes(name);
      const plain = isWhole ? null : redactPatterns(hide(value, hidden));
      const isSecret = plain !== value;
      return {
        ...{ name, isSecret, source, place: placeOf(name) },
        value: showsSecrets ? value : plain,
      };
    });
}
