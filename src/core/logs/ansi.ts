// strip_ansi: removes terminal control sequences (CSI, OSC) from a byte stream. The state is kept across chunks, so the
// result does not depend on chunk borders. Text is never lost: a malformed sequence ends at its first invalid byte.
//
//   ground ──ESC──► escape ──[──► csi ──final byte──► ground
//     ▲                │ └──]──► osc ──BEL──► ground
//     │                │          └──ESC──► osc-escape ──\──► ground
//     └── other byte ──┘ (ESC began neither CSI nor OSC: it is kept)

export type AnsiState = "ground" | "escape" | "csi" | "osc" | "osc-escape";

/** The number of bytes written to the output, and the state for the next chunk. */
interface AnsiStep {
  readonly written: number;
  readonly state: AnsiState;
}

const BEL = 0x07;
const LINE_FEED = 0x0a;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESC = 0x1b;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const RIGHT_BRACKET = 0x5d;

/** Bytes of output that `stripAnsi` needs: an ESC held back from the previous chunk may be added. */
export function strippedCapacity(inputLength: number): number {
  return inputLength + 1;
}

/** True when a chunk passes unchanged, so that it need not be copied. */
export function isPlain(state: AnsiState, bytes: Uint8Array): boolean {
  return state === "ground" && bytes.indexOf(ESC) < 0;
}

/** Copies `bytes` to `output` without control sequences. @param output at least `strippedCapacity` long */
export function stripAnsi(state: AnsiState, bytes: Uint8Array, output: Uint8Array): AnsiStep {
  let current = state;
  let written = 0;
  let index = 0;
  while (index < bytes.length) {
    if (current === "ground") {
      const found = bytes.indexOf(ESC, index);
      const end = found < 0 ? bytes.length : found;
      output.set(bytes.subarray(index, end), written);
      written += end - index;
      index = end + 1;
      if (found >= 0) current = "escape";
      continue;
    }
    const next = afterByte(current, bytes[index] ?? 0);
    if (next.keepEscape) {
      output[written] = ESC;
      written += 1;
    }
    if (next.takesByte) index += 1;
    current = next.state;
  }
  return { written, state: current };
}

/** The bytes still held back at the end of the stream: a lone ESC is output like any other byte. */
export function heldBack(state: AnsiState): Uint8Array {
  return state === "escape" ? Uint8Array.of(ESC) : new Uint8Array(0);
}

interface Move {
  readonly state: AnsiState;
  /** False when the byte must be processed again in the new state. */
  readonly takesByte: boolean;
  /** True when the preceding ESC is text. */
  readonly keepEscape: boolean;
}

const TO_CSI: Move = { state: "csi", takesByte: true, keepEscape: false };
const TO_OSC: Move = { state: "osc", takesByte: true, keepEscape: false };
const TO_OSC_ESCAPE: Move = { state: "osc-escape", takesByte: true, keepEscape: false };
const DONE: Move = { state: "ground", takesByte: true, keepEscape: false };
const BROKEN: Move = { state: "ground", takesByte: false, keepEscape: false };
const NOT_OURS: Move = { state: "ground", takesByte: false, keepEscape: true };
const REINTERPRET: Move = { state: "escape", takesByte: false, keepEscape: false };

function afterByte(state: Exclude<AnsiState, "ground">, byte: number): Move {
  switch (state) {
    case "escape":
      if (byte === LEFT_BRACKET) return TO_CSI;
      return byte === RIGHT_BRACKET ? TO_OSC : NOT_OURS;
    case "csi":
      // ECMA-48 5.4: parameter and intermediate bytes 0x20-0x3F, then one final byte 0x40-0x7E.
      if (byte >= 0x40 && byte <= 0x7e) return DONE;
      return byte >= 0x20 && byte <= 0x3f ? TO_CSI : BROKEN;
    case "osc":
      if (byte === BEL) return DONE;
      if (byte === ESC) return TO_OSC_ESCAPE;
      // A title has no line breaks: without this rule a missing terminator would hide the rest of the log.
      return byte === LINE_FEED || byte === CANCEL || byte === SUBSTITUTE ? BROKEN : TO_OSC;
    case "osc-escape":
      return byte === BACKSLASH ? DONE : REINTERPRET;
  }
}
