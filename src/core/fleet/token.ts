// The token of an invitation: one line that takes all to a device that it needs to join. It is a secret until it is used.

import { err, ok, type Result } from "../base/result.ts";
import { decodeBase64, encodeBase64 } from "../xmlrpc/base64.ts";
import { FLEET_NAME } from "./subjects.ts";

export interface Invitation {
  /** Of the hub, as of core/fleet: `tls://HOST:PORT`. */
  readonly url: string;
  /** The certificate of the hub's authority (PEM); null for those that the device has. */
  readonly ca: string | null;
  /** The nkey of the invitation, with its private half. */
  readonly seed: string;
  /** Of the device. */
  readonly name: string;
  /** Milliseconds since 1970, by the clock of the hub. */
  readonly until: number;
}

export type TokenProblem =
  /** It does not begin as a token does. */
  | "no-token"
  /** Of a later version of tsv. */
  | "newer"
  /** Characters are missing, or are others. */
  | "damaged";

const PREFIX = "tsvj1_";
const CHECK_BYTES = 4;

/** Body: JSON and its CRC-32, in base64url. */
export function tokenOf({ url, ca, seed, name, until }: Invitation): string {
  const body = ca === null ? null : pemBody(ca);
  const json = new TextEncoder().encode(JSON.stringify([url, body, seed, name, until]));
  const bytes = new Uint8Array(json.length + CHECK_BYTES);
  bytes.set(json);
  new DataView(bytes.buffer).setUint32(json.length, crc32(json));
  return PREFIX + urlSafe(bytes);
}

export function readToken(text: string): Result<Invitation, TokenProblem> {
  const token = text.trim();
  if (!token.startsWith(PREFIX)) return err(/^tsvj\d+_/.test(token) ? "newer" : "no-token");
  const body = token.slice(PREFIX.length);
  const bytes = /^[\w-]*$/.test(body)
    ? decodeBase64(body.replaceAll("-", "+").replaceAll("_", "/"))
    : null;
  // Bits behind the last byte are not those of a byte: a token has one spelling.
  if (bytes === null || bytes.length <= CHECK_BYTES || urlSafe(bytes) !== body) {
    return err("damaged");
  }
  const json = bytes.subarray(0, -CHECK_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset + json.length);
  if (view.getUint32(0) !== crc32(json)) return err("damaged");
  const invitation = invitationIn(new TextDecoder().decode(json));
  return invitation === null ? err("damaged") : ok(invitation);
}

function invitationIn(json: string): Invitation | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [url, body, seed, name, until] = value as unknown[];
  if (typeof url !== "string" || !/^(?:tls|nats):\/\/[^\s/@]+$/.test(url)) return null;
  if (typeof seed !== "string" || !/^SU[A-Z2-7]{56}$/.test(seed)) return null;
  if (typeof name !== "string" || !FLEET_NAME.test(name)) return null;
  if (typeof until !== "number" || !Number.isSafeInteger(until)) return null;
  if (body !== null && (typeof body !== "string" || decodeBase64(body) === null)) return null;
  return { url, ca: body === null ? null : pemOf(body), seed, name, until };
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Of the first certificate, on one line. */
function pemBody(pem: string): string {
  const [, rest = ""] = pem.split(BEGIN);
  return (rest.split(END)[0] ?? "").replace(/\s/g, "");
}

function pemOf(body: string): string {
  return `${BEGIN}\n${body.replace(/.{64}(?=.)/g, "$&\n")}\n${END}\n`;
}

function urlSafe(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** CRC-32 of IEEE 802.3: finds every error of up to 32 bits in a row. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
