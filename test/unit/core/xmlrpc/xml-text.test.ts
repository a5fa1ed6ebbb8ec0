// Which bytes are a request's text.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atOnce } from "../../../../src/core/base/turns.ts";
import { decodeXmlText } from "../../../../src/core/xmlrpc/xml-text.ts";

function textOf(bytes: Uint8Array): string | null {
  return atOnce(decodeXmlText(bytes))?.join("") ?? null;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const DECLARED = "<?xml version='1.0' encoding='ISO-8859-1'?><a>é\u0093ÿ</a>";

describe("decodeXmlText", () => {
  it("reads UTF-8, with a byte order mark or without", () => {
    assert.equal(textOf(Buffer.from("<a>é漢😀</a>")), "<a>é漢😀</a>");
    assert.equal(textOf(Buffer.from("\ufeff<a/>")), "<a/>");
  });

  it("reads UTF-8 whatever is declared, as Supervisor does", () => {
    for (const encoding of ["us-ascii", "iso-8859-1", "klingon"]) {
      const text = `<?xml version='1.0' encoding='${encoding}'?><a>é</a>`;
      assert.equal(textOf(Buffer.from(text)), text);
    }
  });

  it("reads ISO-8859-1 that is declared, all 256 characters of it (declared-latin1)", () => {
    assert.equal(textOf(latin1(DECLARED)), DECLARED);
    const long = DECLARED + "é".repeat(100_000);
    assert.equal(textOf(latin1(long)), long);
  });

  for (const [what, bytes] of [
    ["ISO-8859-1 that nobody declared", latin1("<?xml version='1.0'?><a>é</a>")],
    [
      "ISO-8859-1 under another name",
      latin1("<?xml version='1.0' encoding='iso-8859-15'?><a>é</a>"),
    ],
    ["a declaration out of place", latin1(` ${DECLARED}`)],
    ["UTF-16", Uint8Array.from(Buffer.from("\ufeff<a>é</a>", "utf16le"))],
    ["half a character", Uint8Array.of(60, 97, 47, 62, 0xc3)],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(textOf(bytes), null));
  }
});
