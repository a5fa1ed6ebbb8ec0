// Passwords and tokens as a configuration has them: in clear, as `{SHA}` and SHA-1 as Supervisor knows it, or as `tsv passwd` makes
// them: `{scrypt}N$R$P$SALT$HASH` for a password, `{SHA256}` and 64 hexadecimal digits for a token.

/** Of a password hashed as Supervisor has it (section [inet_http_server]). */
export const SHA_PREFIX = "{SHA}";
/** Of a hashed token. Tokens are random and long, so that a fast hash hides them. */
export const TOKEN_PREFIX = "{SHA256}";

const SCRYPT = /^\{scrypt\}(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,128})\$([\w-]{43})$/;

/** Parameters of scrypt (RFC 7914), salt and hash in base64url; the hash has 32 bytes. */
export interface ScryptRecord {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: string;
  readonly hash: string;
}

/** What `tsv passwd` makes: 16 MiB of memory, some 40 ms of a processor. */
export const SCRYPT_COSTS = { cost: 16_384, blockSize: 8, parallelization: 1 } as const;
/** Bytes of memory that one comparison may use. */
export const MOST_SCRYPT_BYTES = 64 * 1024 * 1024;

export function isScrypt(password: string): boolean {
  return password.startsWith("{scrypt}");
}

/** Whether a password of a server or user is not the text that clients send. */
export function isHashed(password: string): boolean {
  return password.startsWith(SHA_PREFIX) || isScrypt(password);
}

/** Null for a text that `tsv passwd` cannot have made, and for one whose comparison would use too much. */
export function parseScrypt(password: string): ScryptRecord | null {
  const [, n, r, p, salt = "", hash = ""] = SCRYPT.exec(password) ?? [];
  const [cost, blockSize, parallelization] = [Number(n), Number(r), Number(p)];
  // RFC 7914, section 2: N is a power of two above 1; the memory is 128 * N * r.
  const isPower = cost > 1 && Number.isInteger(Math.log2(cost));
  if (!isPower || blockSize < 1 || parallelization < 1) return null;
  if (128 * cost * blockSize * parallelization > MOST_SCRYPT_BYTES) return null;
  return { cost, blockSize, parallelization, salt, hash };
}

export function scryptText({ cost, blockSize, parallelization, salt, hash }: ScryptRecord): string {
  return `{scrypt}${cost}$${blockSize}$${parallelization}$${salt}$${hash}`;
}
