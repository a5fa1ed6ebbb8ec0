// Factories in plugin sections that tsv does not have: Python code without a counterpart.

import { closest } from "../../base/edit-distance.ts";
import { REPLACED_PLUGINS, RPC_FACTORIES } from "../../plugins/known.ts";
import { moduleOf } from "../../plugins/module.ts";
import type { ConfigWarning } from "../model.ts";
import type { RawOption, RawSection } from "../raw.ts";
import { warnAt } from "./place.ts";

const KNOWN = new Map<string, readonly string[]>([
  ["supervisor.rpcinterface_factory", RPC_FACTORIES],
  ["supervisor.ctl_factory", []],
]);

/** Remarks on one option of a plugin section. A value with an expansion is judged when the program runs. */
export function lintFactory(section: RawSection, option: RawOption): ConfigWarning[] {
  const known = KNOWN.get(option.key);
  const value = option.value.trim();
  if (known === undefined || value.includes("%") || value === "" || known.includes(value))
    return [];
  if (moduleOf(value, section.file, "/") !== null) return [];
  const replaced = REPLACED_PLUGINS.get(value);
  if (replaced !== undefined) {
    const message = `${value} is accepted, but what it provides is not part of tsv`;
    const suggestion = replaced.replacement;
    return [warnAt(section, option, { rule: "python-factory", message, suggestion })];
  }
  const near = closest(value, known);
  const message = `${value} is a Python factory, which tsv cannot load: what it provides will be missing`;
  const suggestion =
    near === null
      ? "write a JavaScript module in its place, see docs/plugins.md"
      : `did you mean ${near}?`;
  return [warnAt(section, option, { rule: "python-factory", message, suggestion })];
}
