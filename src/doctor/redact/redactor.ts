// Takes secrets out of texts that leave the host. First everything that may hold some is looked through, then each text is
// redacted by what it is and by all that was found: what stands as a password in one file is hidden in every log.

import { isSecretValue, redactConfig } from "./config.ts";
import { KnownSecrets } from "./known.ts";
import { redactPatterns } from "./patterns.ts";
import { isHarmlessVariable, REDACTED } from "./secret-names.ts";
import { redactUnit } from "./unit.ts";

/** What may hold secrets, by what is known of its form. */
export interface SecretSources {
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
  /** The words of a command, in one line. */
  command(words: readonly string[]): string;
  /** Names with the values that are as good as public; `<redacted>` for the others. */
  environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

/** Reads the sources and makes a redactor that knows their secrets. */
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

/** Quoted where it has blanks, so that a pattern takes it whole. */
function oneWord(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : `"${word.replace(/(["\\])/g, "\\$1")}"`;
}
