// The factory of a plugin section: a Python factory, which may be built into tsv, or a JavaScript module.

import type { ModuleReference } from "../config/model.ts";
import { absolutePath, dirname, joinPath } from "../config/paths.ts";

const MODULE = /^(.+\.[cm]?js)(?::([A-Za-z_$][\w$]*))?$/;

/**
 * The module that a factory value names, `./x.mjs` or `/abs/x.js` or `x.cjs`, with `:name` behind it for an export other
 * than the default one; null for a Python factory.
 * @param file the configuration file that it stands in: relative paths are relative to its directory
 */
export function moduleOf(factory: string, file: string, cwd: string): ModuleReference | null {
  const [, path, name] = MODULE.exec(factory.trim()) ?? [];
  if (path === undefined) return null;
  return { path: absolutePath(joinPath(dirname(file), path), cwd), name: name ?? "default" };
}
