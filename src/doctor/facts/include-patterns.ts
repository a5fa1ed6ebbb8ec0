// The patterns of [include], as the daemon expands them.

import { expand } from "../../core/config/expand.ts";
import { dirname, joinPath } from "../../core/config/paths.ts";
import { splitWords } from "../../core/config/py-text.ts";
import type { Place } from "../model.ts";
import { placeOf } from "../repairs/option-edits.ts";
import type { Situation } from "./situation.ts";

export interface IncludePattern {
  /** Absolute. */
  readonly path: string;
  readonly place: Place;
}

/** The patterns of the main file; none if they cannot be expanded. */
export function includePatterns({ config }: Situation): readonly IncludePattern[] {
  const option = config.raw?.sections.get("include")?.options.get("files");
  if (option === undefined || config.path === null) return [];
  const names = new Map<string, string>([
    ["here", dirname(config.path)],
    ...Object.entries(config.environment).map(([name, value]) => [`ENV_${name}`, value] as const),
  ]);
  const expanded = expand(option.value, names, "include.files");
  if (!expanded.ok) return [];
  const base = dirname(config.path);
  const place = placeOf("include", option);
  return splitWords(expanded.value).map((word) => ({ path: joinPath(base, word), place }));
}
