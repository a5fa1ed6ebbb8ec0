// Certificates of a hub, which openssl(1) makes in a directory that no other user can read.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";

/** Texts in PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Days. Members have the certificate of the authority; that of the hub is made anew with it. */
const AUTHORITY_DAYS = 7300;
const HUB_DAYS = 3650;
const LIMIT_MS = 60_000;

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** An authority of its own, for one hub. The error is a clause. */
export function makeAuthority(name: string): Result<CertificatePair, string> {
  return inPrivate((directory) => {
    const subject = ["-subj", `/CN=tsv fleet ${name}`, "-days", String(AUTHORITY_DAYS)];
    const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(directory, ["req", "-x509", ...NEW_KEY, ...files, ...subject, ...usage]);
    return readPair(directory);
  });
}

const files = ["-keyout", "new.key", "-out", "new.pem"];

/** A certificate for a host, also as localhost. The error is a clause. */
export function issueCertificate(
  { cert, key }: CertificatePair,
  host: string,
): Result<CertificatePair, string> {
  return inPrivate((directory) => {
    writeFileSync(join(directory, "authority.pem"), cert);
    writeFileSync(join(directory, "authority.key"), key, { mode: 0o600 });
    const own = `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`;
    const names = [...new Set([own, "DNS:localhost", "IP:127.0.0.1", "IP:::1"])].join(",");
    const extensions = `subjectAltName=${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`;
    writeFileSync(join(directory, "extensions"), extensions);
    const request = ["-keyout", "new.key", "-out", "new.csr", "-subj", "/CN=tsv fleet hub"];
    openssl(directory, ["req", ...NEW_KEY, ...request]);
    const by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    const times = ["-days", String(HUB_DAYS), "-extfile", "extensions"];
    openssl(directory, ["x509", "-req", "-in", "new.csr", "-out", "new.pem", ...by, ...times]);
    return readPair(directory);
  });
}

function inPrivate(make: (directory: string) => CertificatePair): Result<CertificatePair, string> {
  const directory = mkdtempSync(join(tmpdir(), "tsv-fleet-"));
  try {
    return ok(make(directory));
  } catch (error) {
    return err(thrownMessage(error));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @throws Error whose message is a clause */
function openssl(directory: string, words: readonly string[]): void {
  const done = spawnSync("openssl", [...words], {
    ...{ cwd: directory, encoding: "utf8", timeout: LIMIT_MS },
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (done.error !== undefined) {
    const isAbsent = "code" in done.error && done.error.code === "ENOENT";
    throw new Error(isAbsent ? "openssl is not installed" : done.error.message);
  }
  if (done.status !== 0) throw new Error(`openssl failed: ${done.stderr.trim()}`);
}

function readPair(directory: string): CertificatePair {
  const read = (name: string): string => readFileSync(join(directory, name), "utf8");
  return { cert: read("new.pem"), key: read("new.key") };
}
