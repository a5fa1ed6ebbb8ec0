// Secrets with node:crypto.

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Secrets } from "../../ports/secrets.ts";

/** Secrets with keys that last as long as this instance. */
export function createSecrets(): Secrets {
  // Digests of one length let timingSafeEqual take texts of any; the key keeps them from being precomputed.
  const key = randomBytes(32);
  const sealKey = randomBytes(32);
  const digest = (text: string) => createHmac("sha256", key).update(text, "utf8").digest();
  return {
    equal: (a, b) => timingSafeEqual(digest(a), digest(b)),
    sha1Hex: (text) => createHash("sha1").update(text, "utf8").digest("hex"),
    // Under a key of its own: seals are shown to clients, the digests above never are.
    seal: (text) => createHmac("sha256", sealKey).update(text, "utf8").digest("base64url"),
  };
}
