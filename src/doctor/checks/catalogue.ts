// All checks, in the order of execution. A new check is a file in checks/ and a line in the list of its area.

import { BINARY_CHECKS } from "./binary/binary.ts";
import { BOARD_CHECKS } from "./board/board.ts";
import { BOOT_CHECKS } from "./boot/boot.ts";
import type { Check } from "./check.ts";
import { CONFIG_CHECKS } from "./config/config.ts";
import { LIMIT_CHECKS } from "./limits/limits.ts";
import { LOG_CHECKS } from "./logs/logs.ts";
import { PROGRAM_CHECKS } from "./programs/programs.ts";
import { SECURITY_CHECKS } from "./security/security.ts";
import { SOCKET_CHECKS } from "./socket/socket.ts";

/** In the order of the areas; within an area as listed. */
export const CATALOGUE: readonly Check[] = [
  ...BINARY_CHECKS,
  ...BOOT_CHECKS,
  ...SOCKET_CHECKS,
  ...CONFIG_CHECKS,
  ...PROGRAM_CHECKS,
  ...LOG_CHECKS,
  ...LIMIT_CHECKS,
  ...SECURITY_CHECKS,
  ...BOARD_CHECKS,
];

/** The checks of areas or codes, in upper or lower case; all checks if none are given. The error is the unknown word. */
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
