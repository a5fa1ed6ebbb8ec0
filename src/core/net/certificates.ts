// Certificates and keys in files (PEM, RFC 7468): what their text alone shows, and errors of TLS in words.

import type { Result } from "../base/result.ts";
import { decodeBase64 } from "../xmlrpc/base64.ts";

/** The files of a server that speaks TLS. */
export interface TlsFiles {
  /** Its certificate, and those that lead to an authority. */
  readonly cert: string;
  /** The key of the first certificate. */
  readonly key: string;
  /** The authorities of which a client needs a certificate; null where it needs none. */
  readonly clientCa: string | null;
}

/** The files of a server; null for one that speaks plain HTTP. */
export function tlsFilesOf(server: {
  readonly kind: string;
  readonly sslCert?: string | null;
  readonly sslKey?: string | null;
  readonly sslClientCa?: string | null;
}): TlsFiles | null {
  const { sslCert = null, sslKey = null, sslClientCa: clientCa = null } = server;
  return sslCert === null ? null : { cert: sslCert, key: sslKey ?? sslCert, clientCa };
}

/** Which certificate of a server that speaks TLS is accepted; files are in PEM form. */
export type TlsTrust =
  /** One that these authorities vouch for, and that is for the name of the server; null for the authorities of the host. */
  | { readonly kind: "authorities"; readonly file: string | null }
  /** The first one in this file, which is the server's own, whatever its names. */
  | { readonly kind: "certificate"; readonly file: string }
  /** Any: nothing secret is sent, and the answer is not believed. */
  | { readonly kind: "any" };

/** How a client meets a server that speaks TLS. */
export interface TlsAccess {
  readonly trust: TlsTrust;
  /** The certificate of the client, for a server that asks for one; null for none. */
  readonly identity: { readonly cert: string; readonly key: string } | null;
}

/** How `[supervisorctl]` lets a client meet a server. @param pinned the file with the certificate of the server; null for unknown */
export function tlsAccessOf(
  ctl: {
    readonly sslCa?: string | null;
    readonly sslCert?: string | null;
    readonly sslKey?: string | null;
  },
  pinned: string | null,
): TlsAccess {
  const { sslCa: ca = null, sslCert: cert = null, sslKey: key = null } = ctl;
  return {
    trust:
      pinned === null ? { kind: "authorities", file: ca } : { kind: "certificate", file: pinned },
    identity: cert === null ? null : { cert, key: key ?? cert },
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/;
const KEY = /-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----/;

/** Why the text of a file cannot be what it should be, as a clause that names the file; null if it can. */
export function pemProblem(path: string, text: string, kind: "certificate" | "key"): string | null {
  if (kind === "certificate") {
    return CERTIFICATE.test(text) ? null : `${path} has no certificate in PEM form`;
  }
  const found = KEY.exec(text);
  if (found === null) return `${path} has no private key in PEM form`;
  const isLocked = found[1] === "ENCRYPTED " || /^Proc-Type:.*ENCRYPTED/m.test(text);
  return isLocked ? `the key in ${path} has a passphrase: remove it` : null;
}

/** A certificate (X.509). */
export interface SeenCertificate {
  /** Wall clock, milliseconds since 1970. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** null without a key, or with one that is none. */
  readonly isKeyItsOwn: boolean | null;
}

/** Reads the first certificate in a text, and compares it with a key; null for none. */
export type ReadCertificate = (text: string, key: string | null) => SeenCertificate | null;

/**
 * The first option of a server whose file cannot be used; null if all can.
 * @param textOf the text of a file; the error is a clause that names it, or null where this user cannot look: then `problem` is null
 */
export function tlsFileProblem(
  files: TlsFiles,
  textOf: (path: string) => Result<string, string | null>,
  read: ReadCertificate,
) {
  const found = (key: string, path: string, problem: string | null) => ({ key, path, problem });
  const texts: string[] = [];
  for (const [key, path, kind] of [
    ["ssl_cert", files.cert, "certificate"],
    ["ssl_key", files.key, "key"],
    ["ssl_client_ca", files.clientCa, "certificate"],
  ] as const) {
    if (path === null) continue;
    const text = textOf(path);
    if (!text.ok) return found(key, path, text.error);
    const problem = pemProblem(path, text.value, kind);
    if (problem !== null) return found(key, path, problem);
    texts.push(text.value);
  }
  const [cert = "", key = ""] = texts;
  const seen = read(cert, key);
  if (seen === null) return found("ssl_cert", files.cert, `${files.cert} cannot be read`);
  if (seen.isKeyItsOwn === true) return null;
  const problem = `the key in ${files.key} is not that of the certificate in ${files.cert}`;
  return found("ssl_key", files.key, problem);
}

const DAY_MS = 86_400_000;
/** Certbot renews a certificate 30 days before its end: one that is left so late will not be renewed. */
const SOON_MS = 14 * DAY_MS;

/** Why clients refuse a certificate, or soon will; null if they do not. */
export function timeProblem({ fromMs, untilMs }: SeenCertificate, nowMs: number) {
  if (nowMs < fromMs) return { kind: "early", text: "the certificate is not valid yet" } as const;
  if (nowMs >= untilMs) return { kind: "over", text: "the certificate has expired" } as const;
  if (nowMs < untilMs - SOON_MS) return null;
  const days = Math.max(1, Math.ceil((untilMs - nowMs) / DAY_MS));
  const text = `the certificate expires in ${days} ${days === 1 ? "day" : "days"}`;
  return { kind: "soon", text } as const;
}

/** The bytes of the first certificate in a text; null for none. */
export function firstCertificate(text: string): Uint8Array | null {
  const body = CERTIFICATE.exec(text)?.[1];
  return body === undefined ? null : decodeBase64(body);
}

/** The code of a failed connection: the certificate of the server is another one than that of its file. */
export const OTHER_CERTIFICATE = "OTHER_CERTIFICATE";

/** The code of a connection that was not opened, because a file of the client cannot be used. */
export const BAD_FILE = "BAD_FILE";

/** Of OpenSSL, when the key is another one than that of the certificate. */
export const KEY_MISMATCH = "ERR_OSSL_X509_KEY_VALUES_MISMATCH";

/** The reason phrase of the 400 that a client gets for plain HTTP on a port with TLS. */
export const TLS_NEEDED = "TLS Required";

/** Why a client does not accept the certificate of a server, and what helps. */
interface CertificateProblem {
  /** A clause whose subject is the certificate. */
  readonly problem: string;
  readonly help: string;
}

const UNKNOWN_AUTHORITY: CertificateProblem = {
  problem: "is signed by an authority that this host does not know",
  help: "Name the certificate of that authority with ssl_ca= in [supervisorctl]",
};

const PROBLEMS: Readonly<Record<string, CertificateProblem>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    problem: "is self-signed",
    help: "Copy it to this host, and name the file with ssl_ca= in [supervisorctl]",
  },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: { problem: "has expired", help: "Renew it on the host of the daemon" },
  CERT_NOT_YET_VALID: { problem: "is not valid yet", help: "Check the clocks of both hosts" },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    problem: "is for other names",
    help: "Use one of its names in the URL, with -s or in [supervisorctl]",
  },
  [OTHER_CERTIFICATE]: {
    problem: "is not the one of ssl_cert= in this configuration",
    help: "Use a name of the certificate in serverurl= of [supervisorctl]",
  },
};

/** What an error code of a connection says about the certificate of the server; null for nothing. */
export function certificateProblem(code: string): CertificateProblem | null {
  return PROBLEMS[code] ?? null;
}

/** Whether an error code says that the server did not accept the certificate of the client, or wants one. */
export function isClientRefused(code: string): boolean {
  return /^ERR_SSL_\w*ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA)$/.test(
    code,
  );
}

/** Whether an error code says that the server does not speak TLS. */
export function isNoTls(code: string): boolean {
  return /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/.test(code);
}
