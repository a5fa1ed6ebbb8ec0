// How the lines of each program look on the terminal of `tsv run`.

import type { LineStyle } from "../logs/line-format.ts";
import { lineTimeOf } from "../logs/line-format.ts";
import type { RunFormat } from "./arguments.ts";
import { coloursOf, OWN_COLOUR } from "./colours.ts";

/** The name of tsv's own lines. */
export const OWN_NAME = "tsv";

export interface RunLook {
  readonly format: RunFormat;
  readonly hasTime: boolean;
  readonly hasColours: boolean;
  /** Of all programs, as users see them. */
  readonly names: readonly string[];
}

/** The style of a name and a channel. */
export type StyleOf = (name: string, channel: "stdout" | "stderr") => LineStyle;

/** Columns of a name, so that one long name does not push the lines of all off a narrow terminal. */
const WIDEST = 24;

export function stylesOf({ format, hasTime, hasColours, names }: RunLook): StyleOf {
  const colours = coloursOf(names);
  const width = Math.min(WIDEST, Math.max(OWN_NAME.length, ...names.map((name) => name.length)));
  const isPrefix = format === "prefix";
  const time = hasTime && format !== "plain" ? lineTimeOf(format, null) : "none";
  return (name, channel) => {
    const colour = name === OWN_NAME ? OWN_COLOUR : (colours.get(name) ?? "36");
    return {
      ...{ format, time, name, channel },
      width: isPrefix ? width : 0,
      colour: hasColours && isPrefix ? colour : null,
    };
  };
}
