// Why the fields of a cron expression are none, in tsv's own words: the field, what it says, and what may be written instead.
// What other schedulers accept (Quartz, Jenkins, systemd, crontab files) is named with its form here.

import { pyRepr } from "../base/py-repr.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** In place of numbers; the first one means `least`. */
  readonly names?: readonly string[];
  /** The largest step. */
  readonly step: number;
  /** Of `@every`; null where it has none as long. */
  readonly unit: readonly [letter: string, word: string] | null;
  /** What else it may be. */
  readonly more?: string;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** From the last one: the first of six is the second. */
const FIELDS: readonly Field[] = [
  {
    ...{ name: "weekday", least: 0, most: 7, names: DAYS, step: 7, unit: null },
    more: "names as MON, FRI#2 and FRIL",
  },
  { name: "month", least: 1, most: 12, names: MONTHS, step: 12, unit: null, more: "names as JAN" },
  { name: "day", least: 1, most: 31, step: 31, unit: ["d", "days"], more: "L and 15W" },
  { name: "hour", least: 0, most: 23, step: 24, unit: ["h", "hours"] },
  { name: "minute", least: 0, most: 59, step: 60, unit: ["m", "minutes"] },
  { name: "second", least: 0, most: 59, step: 60, unit: ["s", "seconds"] },
];

/**
 * What is wrong with the fields of an expression, as a clause; null for nothing.
 * @param isCron whether the package takes an expression
 */
export function fieldProblem(
  fields: readonly string[],
  isCron: (expression: string) => boolean,
): string | null {
  if (fields.length !== 5 && fields.length !== 6) {
    return `it has ${fields.length} field${fields.length === 1 ? "" : "s"}, not 5, or 6 with seconds`;
  }
  const isWhole = isCron(fields.join(" "));
  for (const [at, text] of fields.entries()) {
    const field = FIELDS[fields.length - 1 - at];
    if (field === undefined) continue;
    const why = text.split(",").flatMap((item) => itemProblem(item, field) ?? [])[0];
    if (why !== undefined) return why;
    // The package would replace ? by the time at which it is read, and knows more signs than those.
    const alone = fields.map((_, other) => (other === at ? text : "*")).join(" ");
    const isSound = /^[\w*,/#+-]+$/.test(text) && (isWhole || isCron(alone));
    if (!isSound) return cannotBe(field, text, allowed(field));
  }
  return isWhole ? null : "it is no cron expression";
}

function cannotBe({ name }: Field, text: string, instead: string): string {
  return `the ${name} cannot be ${pyRepr(text)}: ${instead}`;
}

function allowed({ least, most, more }: Field): string {
  const forms = [
    ...["*", `numbers from ${least} to ${most}`, "lists as 1,2", "ranges as 1-5", "steps as */2"],
    ...(more === undefined ? [] : [more]),
  ];
  return `it is ${forms.slice(0, -1).join(", ")} or ${forms.at(-1) ?? ""}`;
}

/** Of one item of a list, where what was meant can be told; null else. */
function itemProblem(item: string, field: Field): string | null {
  const { name, least, most } = field;
  if (item === "?") return cannotBe(field, item, "write * for any");
  for (const [, digits = ""] of item.matchAll(/(?<![/#\d])(\d+)/g)) {
    const number = Number(digits);
    if (number < least || number > most) {
      return `the ${name} is ${digits}, and goes from ${least} to ${most}`;
    }
  }
  const [base = "", step] = item.split("/");
  return (
    nameProblem(item, field) ??
    rangeProblem(item, base, field) ??
    (step === undefined ? null : stepProblem(item, base, step, field))
  );
}

/** `MONDAY`. */
function nameProblem(item: string, field: Field): string | null {
  for (const [word] of item.matchAll(/[a-z]{4,}/gi)) {
    const short = word.slice(0, 3).toUpperCase();
    const isKnown = field.names?.includes(short) === true && !/^[a-z]{3}L$/i.test(word);
    if (isKnown) return cannotBe(field, item, `write ${short}`);
  }
  return null;
}

/** `22-5`. */
function rangeProblem(item: string, base: string, field: Field): string | null {
  const [, first = "", last = ""] = /^(\w+)-(\w+)$/.exec(base) ?? [];
  const { least, most, names } = field;
  const from = numberOf(first, field);
  // Sunday ends a week, too.
  const to = names === DAYS && /^sun$/i.test(last) ? 7 : numberOf(last, field);
  if (from === null || to === null || from <= to) return null;
  // Sunday is 0 and 7.
  const top = names === DAYS ? 6 : most;
  const text = (written: string, value: number): string =>
    /^\d/.test(written) ? String(value) : (names?.[value - least] ?? written);
  const rest = `${text(first, least)}-${last}`;
  const whole = from > top ? rest : `${first}-${text(first, top)},${rest}`;
  return cannotBe(field, item, `a range ascends, write ${whole}`);
}

/** What a number or a name means. */
function numberOf(word: string, { names, least }: Field): number | null {
  if (/^\d+$/.test(word)) return Number(word);
  const at = names?.indexOf(word.toUpperCase()) ?? -1;
  return at < 0 ? null : at + least;
}

/** A step `0/5`, one of 0, and one that is longer than the field. */
function stepProblem(item: string, base: string, step: string, field: Field): string | null {
  if (!/^\d+$/.test(step)) return null;
  const { unit, step: longest, least, most } = field;
  const size = Number(step);
  if (size < 1) return cannotBe(field, item, "a step is at least 1");
  if (size > longest) {
    const [letter = "", word = ""] = unit ?? [];
    const instead = unit === null ? "" : `; @every ${size}${letter} runs every ${size} ${word}`;
    return cannotBe(field, item, `a step is at most ${longest}${instead}`);
  }
  if (numberOf(base, field) === null) return null;
  const range = Number(base) === least ? "*" : `${base}-${field.names === DAYS ? 6 : most}`;
  return cannotBe(field, item, `write ${range}/${step}`);
}

const NAMES = /^(?:hourly|daily|midnight|weekly|monthly|yearly|annually|reboot)$/i;
/** A number, a sign or a name of a field. */
const OF_FIELD = /^(?:[\d*,/#?LW+-]+|(?:SUN|MON|TUE|WED|THU|FRI|SAT)\b.*)$/i;

/** `rate(5 minutes)`, `every 5 minutes`, `@every 5 min`, `5m`. */
const LENGTH =
  /^(?:rate\(|@?every )?(\d+) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\)?$/i;

/** What a value of another scheduler has that is none of a schedule, as a clause; null for nothing. */
export function habitProblem(
  words: readonly string[],
  isTimeZone: (name: string) => boolean,
): string | null {
  const text = words.join(" ");
  const [first = ""] = words;
  if (/^(["']).*\1$/.test(text)) return "remove the quotes around it";
  if (/^(?:CRON_)?TZ=/.test(first)) return "a time zone is written at the end";
  if (words.length === 1 && NAMES.test(first)) return `write @${first.toLowerCase()}`;
  const whole = /^cron\((.*)\)$/i.exec(text)?.[1];
  if (whole !== undefined) return "write the fields alone, without cron() and without a year";
  const [, count, unit = ""] = LENGTH.exec(text) ?? [];
  if (count !== undefined) return `write "@every ${count}${unit.charAt(0).toLowerCase()}"`;
  const period = /^@?every (hour|day|week|month|year)$/i.exec(text)?.[1]?.toLowerCase();
  if (period !== undefined) return `write ${period === "day" ? "@daily" : `@${period}ly`}`;
  if (/^every$/i.test(first)) return "write @every";
  const [, hour, minute] = /(?:^|\s)(\d{1,2}):(\d{2})(?::\d{2})?(?:\s|$)/.exec(text) ?? [];
  if (hour !== undefined && minute !== undefined) {
    return `a time of the day is two fields: write ${Number(minute)} ${Number(hour)} for ${hour}:${minute}`;
  }
  if (text.includes("..")) return "a range is written with -, as MON-FRI";
  const at = words.findIndex((word, index) => index > 4 && !OF_FIELD.test(word));
  const word = words[at] ?? "";
  const isCommand = at > 0 && (words.length > at + 1 || /^[./~]/.test(word)) && !isTimeZone(word);
  if (!isCommand) return null;
  return `${pyRepr(word)} follows the fields: a command belongs in command=, and a user in user=`;
}
