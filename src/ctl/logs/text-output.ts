// Outputs the text of each log as one JSON result, as `tail` does.

import type { Reporter } from "../report.ts";
import type { LineOutput } from "./line-output.ts";
import type { LogOfProgram } from "./sources.ts";

/** Gathers the lines of each log, and outputs them at the end. */
export function createTextOutput(report: Reporter, logs: readonly LogOfProgram[]): LineOutput {
  const texts = logs.map(() => "");
  const decoder = new TextDecoder();
  return {
    isPlain: true,
    lines(index, lines) {
      texts[index] += lines.map(({ bytes }) => `${decoder.decode(bytes)}\n`).join("");
    },
    flush: () => Promise.resolve(),
    end() {
      for (const [index, { name, channel }] of logs.entries()) {
        const text = texts[index] ?? "";
        report.item({ line: text, data: { name, channel, text } });
      }
    },
  };
}
