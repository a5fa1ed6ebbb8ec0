// The style of the lines of each program on the terminal of `tsv run`.

import type { LineStyle } from "../logs/line-format.ts";
import { lineTimeOf } from "../logs/line-format.ts";
import { coloursOf, nameColour, namesWidth } from "../logs/line-styles.ts";
import type { RunFormat } from "./arguments.ts";

/** The name of tsv's own lines. */
export const OWN_NAME = "tsv";
/** SGR parameters: bold, in the default colour. */
const OWN_COLOUR = "1";

interface RunLook {
  readonly format: RunFormat;
  readonly hasTime: boolean;
  readonly hasColours: boolean;
  /** The display names of all programs. */
  readonly names: readonly string[];
}

/** The style of a name and a channel. */
export type StyleOf = (name: string, channel: "stdout" | "stderr") => LineStyle;

export function stylesOf({ format, hasTime, hasColours, names }: RunLook): StyleOf {
  const colours = coloursOf(names);
  const width = namesWidth([OWN_NAME, ...names]);
  const isPrefix = format === "prefix";
  const time = hasTime && format !== "plain" ? lineTimeOf(format, null) : "none";
  return (name, channel) => {
    const colour = name === OWN_NAME ? OWN_COLOUR : (colours.get(name) ?? nameColour(name));
    return {
      ...{ format, time, name, channel, isForPeople: true },
      width: isPrefix ? width : 0,
      colour: hasColours && isPrefix ? colour : null,
    };
  };
}
