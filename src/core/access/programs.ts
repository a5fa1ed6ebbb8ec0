// Which programs a user sees and acts on: patterns of programs= in a section [user:x].

import { type ProcessKey, parseNamespec } from "../base/ids.ts";
import { compileGlob } from "../config/glob.ts";

/** Says of a process, or of a group, whether it is one of those. */
export interface ProgramFilter {
  readonly hasProcess: (key: ProcessKey) => boolean;
  /** Whether a process of the group could be one of those. */
  readonly hasGroup: (group: string) => boolean;
}

/**
 * The filter of patterns: `group:name`, or a name alone for a program of that name in the group of that name. Both parts may
 * contain `*`, `?` and `[…]`, and match whole names.
 */
export function programFilter(patterns: readonly string[]): ProgramFilter {
  const pairs = patterns.map((pattern) => {
    const { group, process } = parseNamespec(pattern);
    return { group: compileGlob(group), process: compileGlob(process ?? "*") };
  });
  return {
    hasProcess(key) {
      const { group, process } = parseNamespec(key);
      const name = process ?? "";
      return pairs.some((pair) => pair.group.test(group) && pair.process.test(name));
    },
    hasGroup: (group) => pairs.some((pair) => pair.group.test(group)),
  };
}
