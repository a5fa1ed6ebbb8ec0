// Escapes values for files: settings of systemd, XML. For shells see core/base/shell-word.ts.

import { isPlainWord } from "../../core/base/shell-word.ts";

/** Control characters would end a line, and cannot be written in XML at all. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether a value can be written into every kind of file. */
export function isWritable(value: string): boolean {
  return value !== "" && !CONTROL.test(value);
}

/** A whole setting of a unit, such as a path: systemd uses the rest of the line literally, but expands `%` (systemd.unit(5)). */
export function unitSetting(value: string): string {
  return value.replaceAll("%", "%%");
}

/** An item of a list in a unit, or a field in a line of tmpfiles.d(5): see "Quoting" in systemd.syntax(7). */
export function unitWord(value: string): string {
  if (isPlainWord(value)) return value;
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;
}

/** A command line of a unit, in which `$` in all words except the first is a variable (systemd.service(5), "Command lines"). */
export function unitCommand([program = "", ...words]: readonly string[]): string {
  const args = words.map((word) => unitWord(word).replaceAll("$", "$$$$"));
  return [unitWord(program), ...args].join(" ");
}

/** Text in XML, including quoted attributes. */
export function xmlText(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
