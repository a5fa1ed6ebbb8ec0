// Every check, in the order in which they are made. A new check is a file in checks/ and a line in its area's list.

import { AREAS } from "../model.ts";
import { BOOT_CHECKS } from "./boot/boot.ts";
import type { Check } from "./check.ts";
import { CONFIG_CHECKS } from "./config/config.ts";
import { LOG_CHECKS } from "./logs/logs.ts";
import { PROGRAM_CHECKS } from "./programs/programs.ts";
import { SECURITY_CHECKS } from "./security/security.ts";
import { SOCKET_CHECKS } from "./socket/socket.ts";

const ALL: readonly Check[] = [
  ...BOOT_CHECKS,
  ...SOCKET_CHECKS,
  ...CONFIG_CHECKS,
  ...PROGRAM_CHECKS,
  ...LOG_CHECKS,
  ...SECURITY_CHECKS,
];

/** Sorted by area; within an area as listed. */
export const CATALOGUE: readonly Check[] = AREAS.flatMap((area) =>
  ALL.filter((check) => check.area === area),
);

/** The checks of areas or codes, whichever case; all of them for no words. The error is the word that is neither. */
export function selectChecks(
  words: readonly string[],
): { readonly checks: readonly Check[] } | { readonly unknown: string } {
  if (words.length === 0) return { checks: CATALOGUE };
  const chosen = new Set<Check>();
  for (const word of words) {
    const lower = word.toLowerCase();
    const found = CATALOGUE.filter(
      ({ code, area }) => area === lower || code.toLowerCase() === lower,
    );
    if (found.length === 0) return { unknown: word };
    for (const check of found) chosen.add(check);
  }
  return { checks: CATALOGUE.filter((check) => chosen.has(check)) };
}
