// Values of XML-RPC for property tests.

import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { fc } from "../../../property.ts";

/** Any value with texts of one kind. */
export function valuesOf(text: fc.Arbitrary<string>): fc.Arbitrary<XmlRpcValue> {
  const leaf: fc.Arbitrary<XmlRpcValue> = fc.oneof(
    text,
    fc.integer(),
    fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
    fc.boolean(),
    fc.uint8Array({ maxLength: 200 }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => ({ kind: "double", value }) as const),
  );
  return fc.letrec<{ any: XmlRpcValue }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("any"), { maxLength: 6 }),
      fc
        .array(fc.tuple(text, tie("any")), { maxLength: 6 })
        .map((pairs) => Object.fromEntries(pairs)),
    ),
  })).any;
}
