// What to do about programs that did not start. Loaded when one did not.

import type { Step } from "../core/base/permission-words.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { Hint } from "./report.ts";
import type { Where } from "./where.ts";

/** A program that could not be started. */
export interface FailedStart {
  /** As ctl shows it: "web", "pool:a". */
  readonly name: string;
  /** The fault of the result. */
  readonly fault: number;
}

const MOST_NAMES = 5;

/** null where the results say it all. */
export function startHint(failed: readonly FailedStart[], where: Where): Hint | null {
  const told = failed.filter(({ fault }) => reason(fault) !== null);
  const [first] = told;
  if (first === undefined) return null;
  const steps = told.slice(0, MOST_NAMES).map(({ name }): Step => {
    return ["Find out why", `tsv why ${shellWord(name)}${where.config}`];
  });
  const text = told.length > 1 ? `${told.length} programs did not start` : reason(first.fault);
  return { text: text ?? "", steps };
}

function reason(fault: number): string | null {
  switch (fault) {
    case FAULT_CODES.NO_FILE:
      return "the command of this program was not found";
    case FAULT_CODES.NOT_EXECUTABLE:
      return "the command of this program is not executable";
    case FAULT_CODES.ABNORMAL_TERMINATION:
      return "the program exited before its startsecs had elapsed";
    case FAULT_CODES.SPAWN_ERROR:
      return "the program could not be started";
    default:
      return null;
  }
}
