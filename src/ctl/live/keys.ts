// Bytes of a terminal as keys: a character, or the name of a key that has none. Pure.

/** "up", "enter", "ctrl-c", …, or the character itself. */
export type Key = string;

const NAMES: Readonly<Record<string, Key>> = {
  ...{ "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace" },
  ...{ "\x1b": "escape", "\x03": "ctrl-c", "\x04": "ctrl-d", "\x0c": "ctrl-l", "\x15": "ctrl-u" },
  ...{ "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down" },
  ...{ "\x1b[C": "right", "\x1bOC": "right", "\x1b[D": "left", "\x1bOD": "left" },
  ...{ "\x1b[5~": "page-up", "\x1b[6~": "page-down", "\x02": "page-up", "\x06": "page-down" },
  ...{ "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home" },
  ...{ "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end" },
};

/** A control sequence of ECMA-48 (5.4), one with SS3, or a character. */
const KEY = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[^\x1b]|[\s\S]/gu;
/** A sequence whose end has not arrived. A sequence of a key is short. */
const CUT = /\x1b(?:O|\[[0-?]{0,16}[ -/]{0,4})$/;

/** Reads keys. Sequences without a name are no keys. @param text what was left before, and what has arrived */
export function readKeys(text: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const rest = CUT.exec(text)?.[0] ?? "";
  const whole = text.slice(0, text.length - rest.length);
  const keys = Array.from(whole.matchAll(KEY), ([each]) => {
    return NAMES[each] ?? (/^[\x00-\x1f]/.test(each) ? "" : each);
  });
  return { keys: keys.filter((key) => key !== ""), rest };
}

/** Whether a key adds a character to a line that is typed. */
export function isCharacter(key: Key): boolean {
  return [...key].length === 1;
}

/** A line that is being typed, after a key that edits it. */
export function edited(text: string, key: Key): string {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "ctrl-u") return "";
  return isCharacter(key) ? text + key : text;
}
