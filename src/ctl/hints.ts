// Suggestions after an error: for unknown names, signals and actions, and for programs that did not start. Loaded when needed.

import { closest, numberedNames } from "../core/base/edit-distance.ts";
import { displayName } from "../core/base/ids.ts";
import type { Step } from "../core/base/permission-words.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { VERBS } from "../core/base/verbs.ts";
import { parseSignal, signalNames } from "../core/process/signals.ts";
import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { Hint } from "./report.ts";
import type { Where } from "./where.ts";

/** A command with names that do not exist. */
interface UnknownNames {
  readonly verb: string;
  /** Options of the verb, but for those that name the daemon. */
  readonly options: readonly string[];
  /** All words of the verb besides options. */
  readonly words: readonly string[];
  /** Those that the daemon does not know. */
  readonly names: readonly string[];
}

interface ProgramName {
  readonly group: string;
  readonly name: string;
}

const MOST_HINTS = 3;
const MOST_MEMBERS = 4;

/** The names that may be meant, as commands. @param programs of the daemon */
export function nameHint(
  unknown: UnknownNames,
  programs: readonly ProgramName[],
  where: Where,
): Hint | null {
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
  { verb, options }: Pick<UnknownNames, "verb" | "options">,
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

function meaningOf(name: string, programs: readonly ProgramName[]): Meaning | null {
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

function groupMeaning(group: string, members: readonly ProgramName[]): Meaning {
  const names = members.map((member) => displayName(member.group, member.name));
  const what = names.length === 1 ? "1 program" : `${names.length} programs`;
  return { text: `${group} is a group of ${what}: ${some(names)}`, instead: `${group}:*` };
}

/** The nearest signal to an unknown one; null if it is known, or is one of the names. */
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
  { verb, options, words }: UnknownNames,
  programs: readonly ProgramName[],
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

const MOST_FAILED = 5;

/**
 * Commands that explain programs that did not start; null if their results are complete.
 * @param failed names as ctl shows them, and the faults of their results
 */
export function startHint(
  failed: readonly { readonly name: string; readonly fault: number }[],
  where: Where,
): Hint | null {
  const explained = failed.filter(({ fault }) => START_FAILURES[fault] !== undefined);
  const [first] = explained;
  if (first === undefined) return null;
  const steps = explained.slice(0, MOST_FAILED).map(({ name }): Step => {
    return ["Find out why", `tsv why ${shellWord(name)}${where.config}`];
  });
  const text =
    explained.length > 1
      ? `${explained.length} programs did not start`
      : START_FAILURES[first.fault];
  return { text: text ?? "", steps };
}

/** Commands for names that were not restarted. @param refused their programs that could not be started again */
export function restartHint(
  refused: ReadonlyMap<string, readonly ProgramName[]>,
  { config, daemon }: Where,
): Hint {
  const names = [...refused.keys()].map(shellWord).join(" ");
  const failed = [...refused.values()].flat();
  const steps = failed.slice(0, MOST_FAILED).map(({ group, name }): Step => {
    return ["Find out why", `tsv why ${shellWord(displayName(group, name))}${config}`];
  });
  const stop = `tsv stop ${names}${daemon}`;
  return {
    text: `${[...refused.keys()].join(", ")} was not restarted, and was left as it is`,
    steps: [...steps, ["Stop it nevertheless", stop]],
  };
}

/** After a rolling restart that was stopped. @param left names that it has not restarted */
export function rollingHint(
  failed: readonly ProgramName[],
  left: readonly string[],
  { config, daemon }: Where,
): Hint {
  const steps = failed.slice(0, MOST_FAILED).map(({ group, name }): Step => {
    return ["Find out why", `tsv why ${shellWord(displayName(group, name))}${config}`];
  });
  const rest = `tsv restart --rolling ${left.map(shellWord).join(" ")}${daemon}`;
  const isListed = left.length > 0 && left.length <= MOST_FAILED;
  return {
    text: "after the failure, no other program was restarted",
    steps: isListed ? [...steps, ["Restart the others nevertheless", rest]] : steps,
  };
}

/** How a program is reloaded that does not say how. */
export function reloadHint(name: string, { daemon }: Where): Hint {
  return {
    text: "a program is reloaded by a signal or a command that its section names",
    steps: [
      ["Add to the section, if it takes SIGHUP", "reload_signal=HUP"],
      ["Then", `tsv apply ${shellWord(name)}${daemon}`],
    ],
  };
}

/** After an apply. @param failed programs that did not come up with their new definition */
export function applyHint(failed: readonly ProgramName[], { config, daemon }: Where): Hint {
  const steps = failed.slice(0, MOST_FAILED).map(({ group, name }): Step => {
    return ["Find out why", `tsv why ${shellWord(displayName(group, name))}${config}`];
  });
  const undo: Step = ["Return to what ran before", `tsv apply --undo${daemon}`];
  return { text: "programs did not come up as they are defined now", steps: [...steps, undo] };
}

const START_FAILURES: Readonly<Record<number, string>> = {
  [FAULT_CODES.NO_FILE]: "the command of this program was not found",
  [FAULT_CODES.NOT_EXECUTABLE]: "the command of this program is not executable",
  [FAULT_CODES.ABNORMAL_TERMINATION]: "the program exited before its startsecs had elapsed",
  [FAULT_CODES.SPAWN_ERROR]: "the program could not be started",
};

/** Verbs that take the configuration, and ask no daemon of their own. */
const WITH_CONFIG: readonly string[] = ["doctor", "why", "install", "daemon"];

/** The action or verb of tsv that a word may mean; null if none is near. @param line as typed */
export function unknownActionHint(
  line: string,
  actions: readonly string[],
  { daemon, config }: Where,
): Hint | null {
  const [word = "", ...others] = line.trim().split(/\s+/);
  const verb = VERBS.find(({ name, runner }) => name === word && runner !== "main");
  if (verb !== undefined) {
    const where = verb.runner === "ctl" ? daemon : WITH_CONFIG.includes(word) ? config : "";
    const command = `tsv ${[word, ...others].map(shellWord).join(" ")}${where}`;
    return { text: `${word} is no action of ctl`, steps: [["In another shell", command]] };
  }
  const meant = closest(word, actions);
  return meant === null ? null : { text: `did you mean ${meant}?`, steps: [] };
}
