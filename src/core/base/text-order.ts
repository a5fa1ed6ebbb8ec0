// The one order of strings that users see: by code point, as Python sorts them and never by locale. JavaScript's own
// operators compare UTF-16 units, which puts "\uffff" after every character beyond the first 65 536.

/** For `sort`: by code points. */
export function compareText(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    if (left.charCodeAt(at) !== right.charCodeAt(at)) {
      // Units that differ may be halves of longer code points; whole code points decide.
      const low = isLowSurrogate(left, at) && isLowSurrogate(right, at) ? at - 1 : at;
      return (left.codePointAt(low) ?? 0) - (right.codePointAt(low) ?? 0);
    }
  }
  return left.length - right.length;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}
