// Redacts secrets in texts that leave the host. It first collects secrets from all sources, then redacts each text by its
// kind and by all collected secrets: a password in one file is redacted in every log.

import { redactPatterns } from "../../core/redact/patterns.ts";
import { isHarmlessVariable, REDACTED } from "../../core/redact/secret-names.ts";
import { isSecretValue, redactConfig, redactUnit } from "./config.ts";

/** Texts that may contain secrets, by kind. */
interface SecretSources {
  readonly configs: readonly string[];
  readonly environments: readonly Readonly<Record<string, string>>[];
  /** Units, init scripts, settings files. */
  readonly units: readonly string[];
  /** Command lines as words, anything. */
  readonly texts: readonly string[];
}

export type Redactor = ReturnType<typeof createRedactor>;

/** Creates a redactor that knows the secrets in the sources. */
export function createRedactor(sources: SecretSources) {
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
    /** A log, a command, a report. */
    text,
    /** A configuration, whole or in part. */
    config: (raw: string): string => known.hide(redactConfig(known.hide(raw))),
    /** A unit, an init script, a settings file. */
    unit: (raw: string): string => known.hide(redactUnit(known.hide(raw))),
    /** The words of a command, on one line. */
    command: (words: readonly string[]): string => text(words.map(oneWord).join(" ")),
    /** Variables with their values if public, otherwise with `<redacted>`. */
    environment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
      const shown = Object.entries(variables).map(([name, value]) => {
        return [name, isHarmlessVariable(name) ? text(value) : REDACTED] as const;
      });
      return Object.fromEntries(shown);
    },
  };
}

/** Quoted if it contains spaces, so that a pattern matches all of it. */
function oneWord(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : `"${word.replace(/(["\\])/g, "\\$1")}"`;
}

// Redacts known secrets everywhere: as plain text, percent-encoded, in Base64 or hexadecimal.

/** Shorter secrets are redacted where they are defined, but not searched elsewhere: they would match too often. */
const SHORTEST = 5;
/** Minimum length of encoded secrets, to avoid accidental matches. */
const SHORTEST_ENCODED = 6;
/** Number of characters by which candidates are found. */
const GRAM = 4;

/** The characters around a needle that is only part of an encoding. */
interface Needle {
  readonly text: string;
  /** The rest of its word is redacted, too: it may contain more of the secret. */
  readonly takesRun: boolean;
}

/** Words that are not secrets although they are values of secret options. */
const ORDINARY: ReadonlySet<string> = new Set(
  `
  admin basic default digest disabled enabled false local localhost production development
  staging supervisor supervisord token none.
  `
    .trim()
    .split(/\s+/),
);

/** Redacts secrets in texts. */
class KnownSecrets {
  readonly #byGram = new Map<string, Needle[]>();
  readonly #known = new Set<string>();

  /** Adds a secret in all its encodings, and each of its lines: a log shows them one by one. */
  add(secret: string): void {
    this.#add(secret);
    if (secret.includes("\n")) for (const line of secret.split("\n")) this.#add(line.trim());
  }

  #add(secret: string): void {
    if (secret.length < SHORTEST || this.#known.has(secret)) return;
    if (ORDINARY.has(secret.toLowerCase())) return;
    this.#known.add(secret);
    for (const text of formsOf(secret)) this.#needle({ text, takesRun: false });
    const bytes = new TextEncoder().encode(secret);
    if (bytes.length < SHORTEST_ENCODED) return;
    for (const text of base64Parts(bytes)) this.#needle({ text, takesRun: true });
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#needle({ text: hex, takesRun: true });
    this.#needle({ text: hex.toUpperCase(), takesRun: true });
  }

  #needle(needle: Needle): void {
    const gram = needle.text.slice(0, GRAM);
    const needles = this.#byGram.get(gram) ?? [];
    if (needles.some(({ text }) => text === needle.text)) return;
    needles.push(needle);
    needles.sort((left, right) => right.text.length - left.text.length);
    this.#byGram.set(gram, needles);
  }

  /** The text with all of them redacted, in one pass. */
  hide(text: string): string {
    if (this.#byGram.size === 0) return text;
    let hidden = "";
    let kept = 0;
    for (let at = 0; at + GRAM <= text.length; at += 1) {
      const needles = this.#byGram.get(text.slice(at, at + GRAM));
      const found = needles?.find((needle) => text.startsWith(needle.text, at));
      if (found === undefined) continue;
      const start = found.takesRun ? runStart(text, at, kept) : at;
      const end = found.takesRun ? runEnd(text, at) : at + found.text.length;
      hidden += text.slice(kept, start) + REDACTED;
      kept = end;
      at = end - 1;
    }
    return hidden + text.slice(kept);
  }
}

/** Characters of all encodings. */
const RUN = /[A-Za-z0-9+/=_-]/;

function runStart(text: string, from: number, least: number): number {
  let at = from;
  while (at > least && RUN.test(text.charAt(at - 1))) at -= 1;
  return at;
}

function runEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && RUN.test(text.charAt(at))) at += 1;
  return at;
}

/** As plain text, as escaped in configurations, JSON, shells and XML, and percent-encoded. */
function formsOf(secret: string): readonly string[] {
  const plain = [secret, secret.replaceAll("%", "%%"), secret.replaceAll("%%", "%")];
  const escaped = JSON.stringify(secret).slice(1, -1);
  const inXml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const component = encode(secret);
  const forms = [
    ...plain,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    secret.replaceAll("'", "'\\''"),
    inXml,
    inXml.replaceAll('"', "&quot;"),
    component,
    component.replaceAll("%20", "+"),
    component.replace(/[!'()*~._-]/g, (char) => percent(char)),
    Array.from(secret, percent).join(""),
  ];
  const lower = forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...new Set([...forms, ...lower])].filter((form) => form.length >= SHORTEST);
}

function percent(char: string): string {
  const bytes = new TextEncoder().encode(char);
  return Array.from(bytes, (b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** encodeURIComponent, which throws for an unpaired surrogate. */
function encode(text: string): string {
  return Array.from(text, (char) =>
    /[A-Za-z0-9!'()*~._-]/.test(char) ? char : percent(char),
  ).join("");
}

/**
 * The Base64 forms of the bytes, which depend on the number of bytes before them: the characters that contain only bits of
 * these bytes, in both alphabets.
 */
function base64Parts(bytes: Uint8Array): readonly string[] {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return [0, 1, 2].flatMap((before) => {
    const text = btoa("\0".repeat(before) + binary);
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const own = text.slice(first, end);
    if (own.length < SHORTEST_ENCODED) return [];
    return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
