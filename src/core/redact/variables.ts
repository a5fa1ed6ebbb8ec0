// Values of variables of a configuration, as they may be shown.

import { redactPatterns } from "./patterns.ts";
import { isSecretName, REDACTED } from "./secret-names.ts";

/** Whether a text is the name of a variable alone, so that it has nothing of its value. */
export function isReference(text: string): boolean {
  return /^%\(ENV_[^()]*\)s$/.test(text);
}

/** A URL of which only the server is shown: `https://example.com/<redacted>`. */
export function shownUrl(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/${REDACTED}` : REDACTED;
}

/** The value of a variable; REDACTED for one that is a secret, or has one in it. */
export function shownVariable(name: string, value: string): string {
  if (isReference(value) || value === "") return value;
  const isSecret = isSecretName(name) || redactPatterns(value) !== value;
  return isSecret ? REDACTED : value;
}
