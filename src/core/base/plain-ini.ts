// The door to the package `ini`: files of the host in plain INI, such as os-release(5). Configurations of supervisord are
// written in a dialect that the package does not read: see config/ini-scanner.ts.

import { parse } from "ini";

/** What a text sets outside sections, without quotes; of a name given twice the last value. */
export function plainSettings(text: string): ReadonlyMap<string, string> {
  const settings = Object.entries<unknown>(parse(text)).filter(
    ([, value]) => typeof value !== "object",
  );
  // The package makes booleans of true and false.
  return new Map(settings.map(([name, value]) => [name, String(value)]));
}
