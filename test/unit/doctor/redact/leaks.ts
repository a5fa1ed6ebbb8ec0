// Secrets to plant, and the forms in which none of them may come out again.

import { Buffer } from "node:buffer";
import { fc } from "../../../property.ts";

const CHARACTERS =
  'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789!$%&()*+,-./:<=>?@^_`{|}~"\\';

/** Eight to thirty characters that a password may have; no blanks and comment signs, of which no grammar takes all. */
export const secrets: fc.Arbitrary<string> = fc
  .string({ unit: fc.constantFrom(...CHARACTERS), minLength: 8, maxLength: 30 })
  .map((text) => `S3x${text}`);

/** The secret as it is, percent-encoded, in Base64 at each alignment, in hexadecimal. */
export function leaks(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  return [
    secret,
    encodeURIComponent(secret),
    hex.replace(/../g, (pair) => `%${pair}`),
    hex.replace(/../g, (pair) => `%${pair.toUpperCase()}`),
    JSON.stringify(secret).slice(1, -1),
    hex,
    bytes.toString("base64"),
    bytes.toString("base64url"),
    Buffer.from(`u:${secret}`).toString("base64"),
    Buffer.from(`me:${secret}:x`).toString("base64"),
    Buffer.from(`joe:${secret}`).toString("base64url"),
  ];
}
