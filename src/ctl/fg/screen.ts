// Tracks the modes that a program switches on, so that they can be reset when fg leaves it. They are found in
// its output. Text is none of its business.

/** Modes that a shell does not expect, and that it would cost something to switch off unasked: the other screen above all. */
const FOREIGN = new Set([5, 6, 9, 45, 66, 69, 1001, 1005, 1015, 1016, 2026, 47, 1047, 1049]);
/**
 * What is undone in any case, because the program may have done it before anybody looked, and because it costs nothing:
 * colours, keypad, cursor keys, mouse, focus, bracketed paste; a cursor that can be seen and wraps at the margin.
 */
const ALWAYS = "\x1b[0m\x1b>\x1b[?1;1000;1002;1003;1004;1006;2004l\x1b[?7;25h";

const ESC = "\x1b";
const SEQUENCE = /\x1b(?:\[([?<=>]?)([0-9;]*)([ -/]*)([@-~])|c)/g;
/** A sequence may be cut anywhere by the way it came; longer than this it is none that matters here. */
const MAX_CUT = 32;

/** Follows the output of a program. */
export class ScreenModes {
  readonly #foreign = new Set<number>();
  #keyboards = 0;
  #otherKeys = false;
  #margins = false;
  #cut = "";

  /** Takes output, one character for each byte. */
  push(output: string): void {
    const text = this.#cut + output;
    for (const found of text.matchAll(SEQUENCE)) {
      const [all, prefix = "", numbers = "", middle = "", final = ""] = found;
      if (all === `${ESC}c`) this.#reset();
      else if (middle === "") this.#control(prefix, numbers.split(";").map(Number), final);
    }
    const start = text.lastIndexOf(ESC);
    const rest = start < 0 ? "" : text.slice(start);
    this.#cut = rest.length <= MAX_CUT && rest.search(SEQUENCE) < 0 ? rest : "";
  }

  /** What to write so that the screen is a shell's again. */
  undo(): string {
    const off = [...this.#foreign].map((mode) => `${ESC}[?${mode}l`);
    return [
      this.#keyboards > 0 ? `${ESC}[<${this.#keyboards}u` : "",
      this.#otherKeys ? `${ESC}[>4m` : "",
      this.#margins ? `${ESC}7${ESC}[r${ESC}8` : "",
      ...off,
      ALWAYS,
    ].join("");
  }

  #control(prefix: string, numbers: readonly number[], final: string): void {
    const [first = 0, second = 0] = numbers;
    if (prefix === "?" && final === "h") this.#switched(numbers, true);
    else if (prefix === "?" && final === "l") this.#switched(numbers, false);
    else if (prefix === ">" && final === "u") this.#keyboards += 1;
    else if (prefix === "<" && final === "u") {
      this.#keyboards = Math.max(0, this.#keyboards - Math.max(1, first));
    } else if (prefix === ">" && final === "m" && first === 4) this.#otherKeys = second > 0;
    else if (prefix === "" && final === "r") this.#margins = first > 1 || second > 0;
  }

  #switched(modes: readonly number[], on: boolean): void {
    for (const mode of modes) {
      if (!FOREIGN.has(mode)) continue;
      if (on) this.#foreign.add(mode);
      else this.#foreign.delete(mode);
    }
  }

  /** RIS: the terminal forgets everything. */
  #reset(): void {
    this.#foreign.clear();
    this.#keyboards = 0;
    this.#otherKeys = false;
    this.#margins = false;
  }
}

/** The last bytes of a log begin anywhere: drops what is before the first line or sequence that is whole. */
export function fromWhole(tail: Uint8Array): Uint8Array {
  for (const [at, byte] of tail.entries()) {
    if (byte === 0x1b) return tail.subarray(at);
    if (byte === 0x0a) return tail.subarray(at + 1);
  }
  return tail;
}
