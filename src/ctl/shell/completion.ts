// Completion of the shell: the words that are valid at the cursor. The caller queries existing names.

import type { Completion } from "../../ports/terminal.ts";

/** The words that depend on the daemon and the configuration. */
export interface Known {
  readonly actions: readonly string[];
  readonly signals: readonly string[];
  readonly serverUrl: string;
  readonly processes: () => Promise<readonly ProcessName[]>;
  /** Groups of the configuration that the daemon does not run. */
  readonly newGroups: () => Promise<readonly string[]>;
}

export interface ProcessName {
  readonly group: string;
  readonly name: string;
}

type Kind = keyof typeof WORDS;

/** The kinds of words that an action takes next, by the words it has already. */
type Takes = (words: readonly string[]) => readonly Kind[];

const NAMES: Takes = () => ["processes-and-groups", "all"];
const NOTHING: Takes = () => [];
const FIRST =
  (...kinds: readonly Kind[]): Takes =>
  (words) =>
    words.length === 0 ? kinds : [];

/** Other actions take names. */
const TAKES: ReadonlyMap<string, Takes> = new Map(
  Object.entries({
    ...{ avail: NOTHING, exit: NOTHING, quit: NOTHING, reload: NOTHING, reread: NOTHING },
    ...{ shutdown: NOTHING, version: NOTHING },
    add: () => ["new-groups"],
    fg: FIRST("processes"),
    help: FIRST("actions"),
    maintail: FIRST("follow"),
    open: FIRST("urls"),
    pid: () => ["processes", "all"],
    remove: () => ["groups"],
    signal: (words) => (words.length === 0 ? ["signals"] : NAMES(words)),
    tail: takesOfTail,
    update: () => ["groups", "new-groups", "all"],
  }),
);

function takesOfTail(words: readonly string[]): readonly Kind[] {
  const names = words[0]?.startsWith("-") ? words.slice(1) : words;
  if (names.length === 0) return words.length === 0 ? ["follow", "processes"] : ["processes"];
  return names.length === 1 ? ["channels"] : [];
}

/**
 * The words that are valid at the cursor.
 * @param before the line up to the cursor
 * @remarks Actions that are not ctl's own are a plugin's, and nearly all of those take processes.
 */
export async function completeLine(before: string, known: Known): Promise<Completion> {
  const line = before.trimStart().replace(/^\?\s*/, "help ");
  const words = line.split(/\s+/);
  const fragment = words.at(-1) ?? "";
  const [action = "", ...given] = words.slice(0, -1);
  const kinds: readonly Kind[] =
    words.length === 1 ? ["actions"] : (TAKES.get(action) ?? takesOfOther(action, known))(given);
  const lists = await Promise.all(kinds.map((kind) => WORDS[kind](known, fragment)));
  const fitting = lists.flat().filter((word) => word.startsWith(fragment) && isOneWord(word));
  return { fragment, words: [...new Set(fitting)] };
}

function takesOfOther(action: string, { actions }: Known): Takes {
  return actions.includes(action) ? NAMES : NOTHING;
}

/** What each kind of words is. */
const WORDS = {
  actions: ({ actions }) => actions,
  processes: async ({ processes }, fragment) =>
    (await processes()).flatMap((row) => spellings(row, fragment).slice(0, 1)),
  "processes-and-groups": async ({ processes }, fragment) =>
    (await processes()).flatMap((row) => spellings(row, fragment)),
  groups: async ({ processes }) => (await processes()).map(({ group }) => group),
  "new-groups": ({ newGroups }) => newGroups(),
  signals: ({ signals }, fragment) =>
    fragment.startsWith("SI") ? signals.map((name) => `SIG${name}`) : signals,
  channels: () => ["stdout", "stderr"],
  urls: ({ serverUrl }) => ["http://", "unix:///", serverUrl],
  follow: () => ["-f"],
  all: () => ["all"],
} as const satisfies Readonly<
  Record<string, (known: Known, fragment: string) => readonly string[] | Promise<readonly string[]>>
>;

/** `name` where group and process have one name; a colon typed asks for the long form. */
function spellings({ group, name }: ProcessName, fragment: string): readonly string[] {
  return group === name && !fragment.includes(":") ? [name] : [`${group}:${name}`, `${group}:*`];
}

/** Names with blanks cannot be given to an action, and control characters would move the cursor. */
function isOneWord(word: string): boolean {
  return word !== "" && !/[\s\p{Cc}]/u.test(word);
}
