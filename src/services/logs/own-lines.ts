// The lines of `tsv run` itself, in the same form as the lines of its programs.

import { LineFormatter } from "../../core/logs/line-format.ts";
import { OWN_NAME, type StyleOf } from "../../core/run/styles.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Printer } from "./printer.ts";

interface OwnLinesDeps {
  readonly styleOf: StyleOf;
  readonly printer: Pick<Printer, "print">;
  readonly clock: Pick<Clock, "now">;
  readonly offsetMinutes: (wallMs: number) => number;
}

const ENCODER = new TextEncoder();

export class OwnLines {
  readonly #deps: OwnLinesDeps;
  readonly #formatter: LineFormatter;

  constructor(deps: OwnLinesDeps) {
    this.#deps = deps;
    this.#formatter = new LineFormatter(deps.styleOf(OWN_NAME, "stdout"), deps.offsetMinutes);
  }

  /** @param text one line */
  say(text: string): void {
    const { clock, printer } = this.#deps;
    const bytes = ENCODER.encode(`${text}\n`);
    this.#formatter.push(bytes, clock.now().wall, (lines) => printer.print(lines.slice()));
  }
}
