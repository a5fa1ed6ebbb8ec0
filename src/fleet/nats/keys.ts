// Keys of members (nkeys: Ed25519, with a prefix and a sum). A seed is the private half.

import { nkeys } from "@nats-io/transport-node";
import { decodeBase64, encodeBase64 } from "../../core/xmlrpc/base64.ts";

export interface KeyPair {
  readonly seed: string;
  readonly key: string;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function newKeyPair(): KeyPair {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), key: pair.getPublicKey() };
}

/** The public half of a seed; null for what is no seed. */
export function publicKeyOf(seed: string): string | null {
  try {
    return nkeys.fromSeed(bytesOf(seed)).getPublicKey();
  } catch {
    return null;
  }
}

/** In base64. @throws if it is no seed */
export function sign(seed: string, text: string): string {
  return encodeBase64(nkeys.fromSeed(bytesOf(seed)).sign(bytesOf(text)));
}

export function isSignedBy(key: string, text: string, signature: string): boolean {
  const bytes = decodeBase64(signature);
  if (bytes === null) return false;
  try {
    return nkeys.fromPublic(key).verify(bytesOf(text), bytes);
  } catch {
    return false;
  }
}
