// Redacts secrets in texts that leave the host. It first collects secrets from all sources, then redacts each text by its
// kind and by all collected secrets: a password in one file is redacted in every log.

import { redactPatterns } from "../../core/redact/patterns.ts";
import { isHarmlessVariable, REDACTED } from "../../core/redact/secret-names.ts";
import { isSecretValue, redactConfig } from "./config.ts";
import { KnownSecrets } from "./known.ts";
import { redactUnit } from "./unit.ts";

/** Texts that may contain secrets, by kind. */
interface SecretSources {
  readonly configs: readonly string[];
  readonly environments: readonly Readonly<Record<string, string>>[];
  /** Units, init scripts, settings files. */
  readonly units: readonly string[];
  /** Command lines as words, anything. */
  readonly texts: readonly string[];
}

export interface Redactor {
  /** A log, a command, a report. */
  text(text: string): string;
  /** A configuration, whole or in part. */
  config(text: string): string;
  /** A unit, an init script, a settings file. */
  unit(text: string): string;
  /** The words of a command, on one line. */
  command(words: readonly string[]): string;
  /** Variables with their values if public, otherwise with `<redacted>`. */
  environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

/** Creates a redactor that knows the secrets in the sources. */
export function createRedactor(sources: SecretSources): Redactor {
  const known = new KnownSecrets();
  const sink = (secret: string): void => known.add(secret);
  for (const text of sources.configs) redactConfig(text, sink);
  for (const text of sources.units) redactUnit(text, sink);
  for (const text of sources.texts) redactPatterns(text, sink);
  for (const variables of sources.environments) {
    for (const [name, value] of Object.entries(variables)) {
      if (isSecretValue(name, value)) sink(value);
      redactPatterns(value, sink);
    }
  }
  const text = (raw: string): string => redactPatterns(known.hide(raw));
  return {
    text,
    config: (raw) => known.hide(redactConfig(known.hide(raw))),
    unit: (raw) => known.hide(redactUnit(known.hide(raw))),
    command: (words) => text(words.map(oneWord).join(" ")),
    environment: (variables) =>
      Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [
          name,
          isHarmlessVariable(name) ? text(value) : REDACTED,
        ]),
      ),
  };
}

/** Quoted if it contains spaces, so that a pattern matches all of it. */
function oneWord(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : `"${word.replace(/(["\\])/g, "\\$1")}"`;
}
