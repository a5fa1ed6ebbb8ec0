// The doc string of a plugin's method, in the form that Supervisor's own have: text, then `@param <type> <name> ...` for
// each parameter and `@return <type> ...`. A name in brackets is a parameter that may be left out.

import { err, ok, type Result } from "../base/result.ts";

const DOC_TYPES = [
  "string",
  "int",
  "boolean",
  "double",
  "base64",
  "array",
  "struct",
  "any",
] as const;

export type DocType = (typeof DOC_TYPES)[number];

interface DocParam {
  readonly name: string;
  readonly type: DocType;
  readonly optional: boolean;
}

export interface MethodDoc {
  /** The whole text, its lines without the indentation they have in common. */
  readonly help: string;
  readonly params: readonly DocParam[];
  readonly returns: DocType;
}

/** @returns what the text says, or the line that cannot be understood */
export function parseDocString(text: string): Result<MethodDoc, string> {
  const lines = dedent(text);
  const params: DocParam[] = [];
  let returns: DocType = "any";
  for (const line of lines) {
    const [tag, type = "", name = ""] = line.trim().split(/\s+/);
    if (tag !== "@param" && tag !== "@return") continue;
    const known = DOC_TYPES.find((each) => each === type);
    if (known === undefined) {
      return err(`"${line.trim()}": the type must be one of ${DOC_TYPES.join(", ")}`);
    }
    if (tag === "@return") {
      returns = known;
      continue;
    }
    const [, bracketed, plain] = /^(?:\[(\w+)\]|(\w+))$/.exec(name) ?? [];
    if (bracketed === undefined && plain === undefined) {
      return err(`"${line.trim()}": a name, or a name in brackets, must follow the type`);
    }
    const optional = bracketed !== undefined;
    if (!optional && params.at(-1)?.optional) {
      return err(
        `"${line.trim()}": it follows an optional parameter, so it has to be optional, too`,
      );
    }
    params.push({ name: bracketed ?? plain ?? "", type: known, optional });
  }
  return ok({ help: lines.join("\n").trim(), params, returns });
}

function dedent(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  // The first line follows the quote directly and has no indentation to speak of.
  const indents = lines.slice(1).flatMap((line) => (line === "" ? [] : [line.search(/\S/)]));
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line, index) => (index === 0 ? line.trimStart() : line.slice(common)));
}
