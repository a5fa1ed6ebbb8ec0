// The environment of a program for display: each variable with its source. Secrets are hidden unless the caller requests them.

import { compareText } from "../base/printable.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";
import type { EnvironmentSource, Layer } from "./layers.ts";

export interface ShownVariable {
  readonly name: string;
  /** Null for a hidden secret; parts that look like a secret, such as a password in a URL, are hidden too. */
  readonly value: string | null;
  /** The value or a part of it is a secret, shown or hidden. */
  readonly isSecret: boolean;
  readonly source: EnvironmentSource;
  /** FILE:LINE; null if unknown, or in no file. */
  readonly place: string | null;
}

/** Every value of these sources is a secret: they exist to keep secrets out of a configuration. */
const SECRET_SOURCES: ReadonlySet<EnvironmentSource> = new Set(["env_file", "env_command"]);

/** Characters. A shorter secret would match parts of ordinary values. */
const SHORTEST_HIDDEN = 8;

/** Values of secrets, longest first. Other variables may contain them: `A="%(ENV_SECRET)s"`. */
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

function winnersOf(layers: readonly Layer[]): ReadonlyMap<string, Layer> {
  const winners = new Map<string, Layer>();
  for (const layer of layers) {
    for (const name of Object.keys(layer.variables)) winners.set(name, layer);
  }
  return winners;
}

/** A text of the configuration, such as a command, without the secrets of the environment. @param layers of that environment */
export function withoutSecrets(text: string, layers: readonly Layer[]): string {
  return redactPatterns(hide(text, hiddenValues(winnersOf(layers))));
}

/** The resulting variables, sorted by name. @param showsSecrets the caller has permission for secrets and requests them */
export function shownVariables(
  layers: readonly Layer[],
  showsSecrets: boolean,
): readonly ShownVariable[] {
  const winners = winnersOf(layers);
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
