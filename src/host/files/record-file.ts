// A file that only the daemon writes and that the next daemon reads: never through a symlink, never a file that another
// user created.

import { constants, promises as fs, type Stats } from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import type { RecordFile } from "../../ports/orphans.ts";
import { codeOf } from "../error-code.ts";
import { withinLimit } from "./answers.ts";

/** Five thousand programs have a record of one megabyte. */
const MOST_BYTES = 16 * 1024 * 1024;
/** A mount that does not answer must delay neither the start nor an upgrade. */
const PATIENCE_MS = 2000;

/** Errors of open(2) for no file, because the previous daemon exited in order, and for a symlink, which tsv never writes. */
const NOT_OURS: ReadonlySet<Errno> = new Set(["ENOENT", "ELOOP"]);

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

export function createRecordFile(path: string): RecordFile {
  return {
    read: async () => {
      const text = await withinLimit(readOwn(path), PATIENCE_MS);
      if (text === null) return err(`${path}: its file system does not answer`);
      return text.ok ? text : err(`${path}: ${text.error}`);
    },
    write: async (content) => {
      const error = await replace(path, content);
      return error === null ? null : `${path}: ${error}`;
    },
    // A file that cannot be removed is out of date; the next daemon detects that.
    remove: async () => {
      await withinLimit(
        fs.rm(path, { force: true }).catch(() => null),
        PATIENCE_MS,
      );
    },
  };
}

async function readOwn(path: string): Promise<Result<string | null, Errno>> {
  try {
    // O_NONBLOCK: do not wait for a FIFO of another user.
    const file = await fs.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return ok(isOurs(await file.stat()) ? await file.readFile("utf8") : null);
    } finally {
      await file.close();
    }
  } catch (error) {
    const errno = codeOf(error);
    return NOT_OURS.has(errno) ? ok(null) : err(errno);
  }
}

function isOurs(stats: Stats): boolean {
  const isPrivate = (stats.mode & 0o077) === 0;
  return (
    stats.uid === process.geteuid?.() && stats.isFile() && isPrivate && stats.size <= MOST_BYTES
  );
}

/** @returns the error, null for none */
async function replace(path: string, content: string | Uint8Array): Promise<Errno | null> {
  const fresh = `${path}.new`;
  try {
    await fs.unlink(fresh).catch(() => null);
    await fs.writeFile(fresh, content, {
      flag: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
      mode: 0o600,
    });
    await fs.rename(fresh, path);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}
