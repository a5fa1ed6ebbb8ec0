// The certificate and the key of a server, from their files. Loaded only for a server that speaks TLS.

import { createSecureContext, type SecureContextOptions } from "node:tls";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { KEY_MISMATCH, pemProblem, type TlsFiles } from "../../core/net/certificates.ts";
import { codeOf } from "../error-code.ts";
import { withinLimit } from "../files/answers.ts";
import { statFile } from "../files/file-calls.ts";
import { readEnvFile } from "../files/read-plain.ts";

/** How long the files may take to be read. */
const LIMIT_MS = 5000;

/** What a server shows and asks for. */
export interface TlsIdentity {
  readonly options: SecureContextOptions & { readonly minVersion: "TLSv1.2" };
  /** Of the files when they were read. */
  readonly stamp: string;
}

/**
 * Reads the files and tries them out.
 * @returns the error is a clause for people
 */
export async function readIdentity(files: TlsFiles): Promise<Result<TlsIdentity, string>> {
  const read = await withinLimit(readAll(files), LIMIT_MS);
  return read ?? err(`the file system of ${files.cert} or ${files.key} does not answer`);
}

async function readAll(files: TlsFiles): Promise<Result<TlsIdentity, string>> {
  // Of before: a file that changes meanwhile is read again.
  const stamp = await stampOf(files);
  const { cert: certFile, key: keyFile, clientCa: caFile } = files;
  const cert = await readPem(certFile, "certificate");
  if (!cert.ok) return cert;
  const key = await readPem(keyFile, "key");
  if (!key.ok) return key;
  const ca = caFile === null ? ok(null) : await readPem(caFile, "certificate");
  if (!ca.ok) return ca;
  const options = {
    ...{ cert: cert.value, key: key.value, minVersion: "TLSv1.2" as const },
    ...(ca.value === null ? {} : { ca: ca.value }),
  };
  try {
    createSecureContext(options);
    return ok({ options, stamp });
  } catch (error) {
    const isOther = codeOf(error) === KEY_MISMATCH;
    return err(
      isOther
        ? `the key in ${keyFile} is not that of the certificate in ${certFile}`
        : `${certFile} or ${keyFile} cannot be used: ${thrownMessage(error)}`,
    );
  }
}

async function readPem(path: string, kind: "certificate" | "key"): Promise<Result<string, string>> {
  const read = await readEnvFile(path);
  if (!read.ok) return err(`${path} cannot be read: ${read.error}`);
  const text = Buffer.from(read.value).toString("latin1");
  const problem = pemProblem(path, text, kind);
  return problem === null ? ok(text) : err(problem);
}

/** Differs when a file was replaced or written; symlinks are followed. */
export async function stampOf({ cert, key, clientCa }: TlsFiles): Promise<string> {
  const paths = [cert, key, ...(clientCa === null ? [] : [clientCa])];
  const stats = await Promise.all(paths.map(statFile));
  return stats
    .map((stat) => {
      if (!stat.ok) return stat.error;
      const { dev, inode, size, mtimeMs } = stat.value;
      return [dev, ...inode, size, mtimeMs].join(":");
    })
    .join(" ");
}
