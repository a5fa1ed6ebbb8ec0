// Stacks in the output of a program: their first frame says enough, and the reason of an error stands above them.

/** Frames of Node.js, Java and .NET; Python; Ruby; PHP; Go; Rust; the addresses of a native stack. */
const FRAME =
  /^\s+at |^\s+File ".*", line \d+, in |^\s+from \S+:\d+|^#\d+ \S|^\s+\S+\.go:\d+|^ {2,}\d+: [\w<{]|^ *\d+: 0x[0-9a-f]+ /;
/** The line of the source that Python prints below a frame, with its marks. */
const SOURCE = /^ {4}/;
/** What Node.js prints below the stack of an error whose message says the same. */
const PROPERTY =
  /^ {2,}(?:code|errno|syscall|address|port|path|requireStack): |^npm (?:error|ERR!) (?:code|errno|syscall|path) /;

/** A frame of a stack, or a property of its error. */
export function isOfStack(line: string): boolean {
  return FRAME.test(line) || PROPERTY.test(line);
}

/** The lines with those that repeat the one before counted: many programs retry. */
export function withoutRepeats(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let last = "";
  let times = 0;
  for (const line of [...lines, null]) {
    const text = line?.replace(/^[[\d][\d\-:/., TZ+\]]{7,}/, "") ?? null;
    if (text === last) {
      times += 1;
      continue;
    }
    if (times > 1) kept.push(`    … (${times} times)`);
    if (line !== null) kept.push(line);
    last = text ?? "";
    times = 1;
  }
  return kept;
}

/** The lines without the frames of each stack but its first. */
export function withoutFrames(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let hidden = 0;
  let isFrame = false;
  let isPython = false;
  for (const line of lines) {
    const wasFrame: boolean = isFrame;
    const isSource: boolean = isPython && SOURCE.test(line);
    isFrame = FRAME.test(line) || isSource || (wasFrame && PROPERTY.test(line));
    isPython = isFrame && (isSource || line.trimStart().startsWith('File "'));
    if (isFrame && wasFrame && !(isSource && hidden === 0)) {
      hidden += 1;
      continue;
    }
    if (hidden > 0 && !isFrame) {
      kept.push(`    … (${hidden} more lines of this stack)`);
      hidden = 0;
    }
    kept.push(line);
  }
  if (hidden > 0) kept.push(`    … (${hidden} more lines of this stack)`);
  return kept;
}
