// Certificates that tests make with openssl(1).

import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OPENSSL = "/usr/bin/openssl";

/** The reason to skip a test, or false. */
export function withoutOpenssl(): string | false {
  return existsSync(OPENSSL) ? false : `${OPENSSL} is not installed`;
}

/** Files of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

function openssl(directory: string, words: string): void {
  const done = spawnSync(OPENSSL, words.split(" "), { cwd: directory, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`openssl ${words}: ${done.stderr}`);
}

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/** Makes a certificate that signs itself, as that of an authority. @param name of its files, and its subject */
export function selfSigned(directory: string, name: string, names = "DNS:localhost"): Pair {
  openssl(
    directory,
    `req -x509 ${NEW_KEY} -keyout ${name}.key -out ${name}.pem -days 30 -subj /CN=${name} -addext subjectAltName=${names}`,
  );
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}

/** Makes a certificate of an authority. @param days until it expires; a negative number for one that has expired */
export function issued(
  directory: string,
  name: string,
  authority: Pair,
  { days = 30, names = "DNS:localhost,IP:127.0.0.1,IP:::1" } = {},
): Pair {
  openssl(directory, `req ${NEW_KEY} -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`);
  writeFileSync(
    join(directory, `${name}.conf`),
    `[ca]\ndefault_ca=a\n[a]\ndatabase=${name}.index\nserial=${name}.serial\nnew_certs_dir=.\n` +
      `default_md=sha256\npolicy=p\nx509_extensions=e\nunique_subject=no\n` +
      `[p]\ncommonName=supplied\n[e]\nsubjectAltName=${names}\n`,
  );
  writeFileSync(join(directory, `${name}.index`), "");
  writeFileSync(join(directory, `${name}.serial`), "01\n");
  const at = (offset: number) =>
    new Date(Date.now() + offset * 86_400_000)
      .toISOString()
      .replace(/[-T:]|\..*$/g, "")
      .concat("Z");
  openssl(
    directory,
    `ca -batch -notext -config ${name}.conf -in ${name}.csr -out ${name}.pem ` +
      `-cert ${authority.cert} -keyfile ${authority.key} -startdate ${at(Math.min(days, 0) - 1)} -enddate ${at(days)}`,
  );
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}
