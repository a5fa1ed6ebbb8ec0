// A remark with its place.

import type { ConfigWarning } from "./model.ts";
import type { RawOption, RawSection } from "./raw.ts";

/** A warning about an option, or about the section when `option` is null. */
export function warnAt(
  section: RawSection,
  option: RawOption | null,
  message: string,
  suggestion: string | null,
): ConfigWarning {
  const { file, line } = option ?? section;
  return { file, line, section: section.name, key: option?.key ?? null, message, suggestion };
}
