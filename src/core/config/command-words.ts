// A command line into words, as a POSIX shell would quote them and as Python's shlex.split does: no comments, no
// variables, no operators. The npm package `shlex` is not used: it reads `$'…'` and an escaped newline differently.

import type { Result } from "../base/result.ts";
import { type LexerError, lexWords } from "./posix-lexer.ts";

/** Splits `command=`. The error is the reason that follows `can't parse command …: `. */
export function splitCommand(text: string): Result<string[], LexerError> {
  return lexWords(text, { isWordCharacter: () => true, comments: false });
}
