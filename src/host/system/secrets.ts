// Secrets with node:crypto.

import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { serialize } from "node:v8";
import {
  MOST_SCRYPT_BYTES,
  parseScrypt,
  SCRYPT_COSTS,
  type ScryptRecord,
  scryptText,
} from "../../core/access/passwords.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** The digest of data, which tells later whether it is the same. Numbers that JSON does not have count, too. */
export function digestOf(data: object): string {
  return createHash("sha256").update(serialize(data)).digest("hex");
}

/** Secrets with keys that last as long as this instance. */
export function createSecrets(): Secrets {
  // Digests of one length let timingSafeEqual take texts of any; the key keeps them from being precomputed.
  const key = randomBytes(32);
  const sealKey = randomBytes(32);
  const digest = (text: string) => createHmac("sha256", key).update(text, "utf8").digest();
  return {
    equal: (a, b) => timingSafeEqual(digest(a), digest(b)),
    sha1Hex: (text) => createHash("sha1").update(text, "utf8").digest("hex"),
    sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
    async scrypt(stored, given) {
      const record = parseScrypt(stored);
      if (record === null) return false;
      return timingSafeEqual(await derive(record, given), Buffer.from(record.hash, "base64url"));
    },
    newKey: newToken,
    // Under a key of its own: seals are shown to clients, the digests above never are.
    seal: (text) => createHmac("sha256", sealKey).update(text, "utf8").digest("base64url"),
  };
}

/** The hash of a password, 32 bytes. */
function derive(
  { cost, blockSize, parallelization, salt }: Omit<ScryptRecord, "hash">,
  password: string,
): Promise<Buffer> {
  const options = { N: cost, r: blockSize, p: parallelization, maxmem: 2 * MOST_SCRYPT_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password, Buffer.from(salt, "base64url"), 32, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** A password as `password=` of a section [user:x] may have it, with a new salt. */
export async function hashPassword(password: string): Promise<string> {
  const record = { ...SCRYPT_COSTS, salt: randomBytes(16).toString("base64url") };
  const hash = await derive(record, password);
  return scryptText({ ...record, hash: hash.toString("base64url") });
}

/** A token that cannot be guessed: 43 characters. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}
