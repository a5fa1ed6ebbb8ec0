// Failed connections in words.

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRNOTAVAIL: "address not available",
  EAGAIN: "the queue of the socket is full",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to host",
  EMFILE: "too many open files",
  ENETUNREACH: "network unreachable",
  ENFILE: "too many open files on this host",
  ENOENT: "no such socket",
  ENOTDIR: "no such socket",
  EPERM: "permission denied",
  EPIPE: "connection reset",
  EPROTOTYPE: "not a stream socket",
  ETIMEDOUT: "connection timed out",
};

/** The host is out of something: another program would not have been asked either. */
const OF_HOST: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Whether a failed connection says nothing about the program that was to answer. */
export function isHostCode(code: string): boolean {
  return OF_HOST.has(code);
}

/** @returns "connection refused"; the code itself where there are no words for it */
export function failureText(code: string): string {
  return WORDS[code] ?? code;
}
