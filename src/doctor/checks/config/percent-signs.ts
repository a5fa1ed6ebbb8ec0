// Percent signs in values: recognizes expansions and corrects everything else.

import { closest } from "../../../core/base/edit-distance.ts";

/** `%(name)s` with flags, width and precision. */
const EXPANSION = /^%\(([^()]*)\)[-+ #0]*[0-9]*(?:\.[0-9]*)?([srdiouxXeEfFgGc])/;
/** Names with numeric values. */
const NUMBERS: ReadonlySet<string> = new Set(["process_num", "numprocs"]);
const NAME = /^%\(([^()]*)\)/;

/** The names that `%(name)s` can have. */
interface Names {
  readonly known: readonly string[];
  /** Log files of programs are expanded twice: a literal percent sign takes four. */
  readonly isTwice: boolean;
}

/** The value with literal percent signs doubled, misspelt names corrected and a missing `s` added. */
export function repairPercent(value: string, { known, isTwice }: Names): string {
  let repaired = "";
  for (let at = 0; at < value.length; ) {
    const rest = value.slice(at);
    if (!rest.startsWith("%")) {
      repaired += value.charAt(at);
      at += 1;
      continue;
    }
    const run = /^%+/.exec(rest)?.[0] ?? "";
    const [named = "", name = ""] = NAME.exec(rest.slice(run.length - 1)) ?? [];
    if (run.length % 2 === 1 && named !== "") {
      const [matched, , letter = ""] = EXPANSION.exec(rest.slice(run.length - 1)) ?? [];
      const meant = known.includes(name) ? name : (closest(name, known) ?? name);
      // Text cannot be formatted as a number: the letter belongs to the text that follows.
      const whole = "sr".includes(letter) || NUMBERS.has(meant) ? matched : undefined;
      const ending = whole === undefined ? "s" : whole.slice(named.length);
      repaired += `${doubled(run.slice(1), isTwice)}%(${meant})${ending}`;
      at += run.length - 1 + (whole ?? named).length;
      continue;
    }
    repaired += doubled(run, isTwice);
    at += run.length;
  }
  return repaired;
}

function doubled(run: string, isTwice: boolean): string {
  if (run === "") return "";
  const unit = isTwice ? 4 : 2;
  return "%".repeat(Math.ceil(run.length / unit) * unit);
}

/** Names of unknown variables in `%(ENV_X)s`. */
export function missingVariables(value: string, known: readonly string[]): readonly string[] {
  const used = Array.from(value.matchAll(/%\(ENV_([^()]*)\)/g), ([, name = ""]) => name);
  return Array.from(new Set(used)).filter((name) => !known.includes(`ENV_${name}`));
}
