// A remark with its place.

import type { ConfigWarning } from "../model.ts";
import type { RawOption, RawSection } from "../raw.ts";
import type { ConfigRule } from "../rules.ts";

/** The message, and the suggestion. */
interface Remark {
  readonly rule: ConfigRule;
  readonly message: string;
  readonly suggestion: string | null;
}

/** A warning about an option, or about the section when `option` is null. */
export function warnAt(
  section: RawSection,
  option: RawOption | null,
  remark: Remark,
): ConfigWarning {
  const { file, line } = option ?? section;
  return { file, line, section: section.name, key: option?.key ?? null, ...remark };
}
