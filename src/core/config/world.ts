// The outside facts that reading a configuration needs, asked synchronously. Core stays pure by receiving them.

import type { Result } from "../base/result.ts";
import type { ReadCertificate } from "../net/certificates.ts";

/** Why a file could not be read. */
export interface ReadTextFailure {
  /**
   * Errno name such as "ENOENT", "EACCES", "EISDIR"; "EILSEQ" when the bytes are not UTF-8, "EFTYPE" for a pipe, a socket or
   * a device, "EFBIG" for a file that is too large.
   */
  readonly code: string;
  /** One sentence for people; for EILSEQ the text Python's codec prints; for EFTYPE and EFBIG a clause about "it". */
  readonly detail: string;
}

/** A user of the host. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  /** Needed for `~name` only; without it such a path stays as written. */
  readonly home?: string;
}

/** A group of users of the host. */
export interface GroupAccount {
  readonly gid: number;
}

/** Looks up accounts: text is a name, a number is an id. */
export interface AccountLookup {
  findUser(nameOrUid: string | number): UserAccount | null;
  findGroup(nameOrGid: string | number): GroupAccount | null;
}

/** Relative paths mean relative to `cwd`, which does not move during the life of the object. */
export interface ConfigWorld extends AccountLookup {
  /** The text of a plain file of at most MOST_FILE_BYTES, decoded as strict UTF-8, byte order mark kept. */
  readText(path: string): Result<string, ReadTextFailure>;
  /**
   * The bytes of a file of variables, read as a daemon of this user reads it: as root through no symlink of a user to another
   * user's file. The error is an errno name, as `EnvironmentSources.readFile` has it.
   */
  readEnvFile(path: string): Result<Uint8Array, string>;
  /**
   * The decisions of operators; null if there are none, absent where none count. A file that other users than root and `uid`
   * could have written is an error, a clause that names it.
   */
  readDecisions?(path: string, uid: number): Result<string | null, string>;
  /** Why this user cannot make or replace files of its own in a directory, a clause; null if it can. Absent: not known. */
  unwritable?(directory: string, uid: number): string | null;
  /** Absent where the certificates of servers are not examined. */
  readonly certificates?: {
    readonly read: ReadCertificate;
    /** Wall clock, milliseconds since 1970. */
    readonly nowMs: number;
  };
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Whether there is certainly nothing at the path: false also for one that cannot be examined. */
  isMissing(path: string): boolean;
  /** Whether a plain file is there that no user may execute: false also for one that cannot be examined. */
  isNotExecutable(path: string): boolean;
  /** The mount point of a file system that does not answer, if the path leads there. */
  silentMount?(path: string): string | null;
  /** Paths that match by Python's glob rules, in the order of their code points. The error is a clause. */
  glob(absolutePattern: string): Result<readonly string[], string>;
  readonly cwd: string;
  /** What `~` means. */
  readonly home: string;
  readonly tempDir: string;
  /** The `%(host_node_name)s`. */
  readonly hostName: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
}
