// Suggestions for a name that no program has. Loaded when there is one.

import { closest, numberedNames } from "../core/base/edit-distance.ts";
import { displayName } from "../core/base/ids.ts";
import type { Step } from "../core/base/permission-words.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { parseSignal, signalNames } from "../core/process/signals.ts";
import type { Hint } from "./report.ts";
import type { Where } from "./where.ts";

/** A command with names that do not exist. */
interface Unknown {
  readonly verb: string;
  /** Options of the verb, but for those that name the daemon. */
  readonly options: readonly string[];
  /** All words of the verb besides options. */
  readonly words: readonly string[];
  /** Those that are no names. */
  readonly names: readonly string[];
}

interface Named {
  readonly group: string;
  readonly name: string;
}

const MOST_HINTS = 3;
const MOST_MEMBERS = 4;

/** @param programs what the daemon has */
export function nameHint(unknown: Unknown, programs: readonly Named[], where: Where): Hint | null {
  const swapped = swappedSignal(unknown, programs, where);
  if (swapped !== null) return swapped;
  const found = [...new Set(unknown.names)].slice(0, MOST_HINTS).flatMap((name) => {
    const meant = meaningOf(name, programs);
    return meant === null ? [] : [{ ...meant, name }];
  });
  if (found.length === 0) return listing(where);
  const steps = found.map(({ name, instead }): Step => {
    const words = unknown.words.map((word) => (word === name ? instead : word));
    return ["Did you mean", commandOf(unknown, words, where)];
  });
  const texts = new Set(found.map(({ text }) => text));
  const commands = new Map(steps.map((step) => [step[1], step]));
  return { text: [...texts].join("; "), steps: [...commands.values()] };
}

function commandOf(
  { verb, options }: Pick<Unknown, "verb" | "options">,
  words: readonly string[],
  { daemon }: Where,
): string {
  const all = [...options, ...new Set(words)];
  return `tsv ${[verb, ...all.map(shellWord)].join(" ")}${daemon}`;
}

function listing({ daemon }: Where): Hint {
  return { text: "check the name", steps: [["Show all names", `tsv status${daemon}`]] };
}

interface Meaning {
  readonly text: string;
  readonly instead: string;
}

function meaningOf(name: string, programs: readonly Named[]): Meaning | null {
  const word = name.replace(/:\*?$/, "");
  const members = programs.filter(({ group }) => group === word);
  if (members.length > 0) return groupMeaning(word, members);
  const [inGroup, ...others] = programs.filter((program) => program.name === word);
  if (inGroup !== undefined && others.length === 0) {
    const instead = displayName(inGroup.group, inGroup.name);
    return { text: `${word} is in the group ${inGroup.group}`, instead };
  }
  const names = programs.map((program) => displayName(program.group, program.name));
  const numbered = numberedNames(word, names);
  if (numbered.length > 0) return numberedMeaning(word, numbered);
  const groups = programs.map(({ group }) => group);
  const nearest = closest(word, [...new Set([...names, ...groups])]);
  if (nearest === null) return null;
  const isGroup = !names.includes(nearest);
  return { text: `the nearest name is ${nearest}`, instead: isGroup ? `${nearest}:*` : nearest };
}

function numberedMeaning(type: string, names: readonly string[]): Meaning {
  const [only = ""] = names;
  if (names.length === 1) return { text: `the program of ${type} is ${only}`, instead: only };
  return { text: `the programs of ${type} are ${some(names)}`, instead: `${type}.*` };
}

function some(names: readonly string[]): string {
  const rest = names.length > MOST_MEMBERS ? ", ..." : "";
  return `${names.slice(0, MOST_MEMBERS).join(", ")}${rest}`;
}

function groupMeaning(group: string, members: readonly Named[]): Meaning {
  const names = members.map((member) => displayName(member.group, member.name));
  const what = names.length === 1 ? "1 program" : `${names.length} programs`;
  return { text: `${group} is a group of ${what}: ${some(names)}`, instead: `${group}:*` };
}

/** For an unknown signal; null if it is known, or stands among the names. */
export function signalHint(signal: string, names: readonly string[], where: Where): Hint | null {
  if (parseSignal(signal).ok || names.some((name) => parseSignal(name).ok)) return null;
  const nearest = closest(signal.toUpperCase().replace(/^SIG/, ""), signalNames());
  const step: Step =
    nearest === null
      ? ["Show all signals", "kill -l"]
      : ["Did you mean", commandOf({ verb: "signal", options: [] }, [nearest, ...names], where)];
  return { text: `${signal} is not a signal`, steps: [step] };
}

/** `signal web HUP` instead of `signal HUP web`. */
function swappedSignal(
  { verb, options, words }: Unknown,
  programs: readonly Named[],
  where: Where,
): Hint | null {
  const [first = "", ...others] = words;
  const last = others.at(-1) ?? "";
  const isProgram = programs.some(({ group, name }) => displayName(group, name) === first);
  const isSignal = signalNames().includes(last.toUpperCase().replace(/^SIG/, ""));
  if (verb !== "signal" || !isProgram || !isSignal) return null;
  const right = commandOf({ verb, options }, [last, first, ...others.slice(0, -1)], where);
  return { text: "the signal comes before the names", steps: [["Did you mean", right]] };
}
