// A file that only the daemon writes and that the next daemon reads: never through a symlink, never a file that another
// user created.

import {
  close,
  constants,
  fstat,
  open,
  readFile,
  rename,
  type Stats,
  unlink,
  writeFile,
} from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import type { RecordFile } from "../../ports/orphans.ts";
import { withinLimit } from "./answers.ts";
import { attempt, settle } from "./attempt.ts";

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
    write: async (text) => {
      const error = await replace(path, text);
      return error === null ? null : `${path}: ${error}`;
    },
    // A file that cannot be removed is out of date; the next daemon detects that.
    remove: async () => {
      await withinLimit(
        settle((done) => unlink(path, done)),
        PATIENCE_MS,
      );
    },
  };
}

async function readOwn(path: string): Promise<Result<string | null, Errno>> {
  // O_NONBLOCK: do not wait for a FIFO of another user.
  const opened = await attempt<number>((done) =>
    open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, done),
  );
  if (!opened.ok) return NOT_OURS.has(opened.error) ? ok(null) : opened;
  const fd = opened.value;
  const stats = await attempt<Stats>((done) => fstat(fd, done));
  const isRead = stats.ok && isOurs(stats.value);
  const text = isRead ? await attempt<string>((done) => readFile(fd, "utf8", done)) : null;
  await settle((done) => close(fd, done));
  return stats.ok ? (text ?? ok(null)) : stats;
}

function isOurs(stats: Stats): boolean {
  const isPrivate = (stats.mode & 0o077) === 0;
  return (
    stats.uid === process.geteuid?.() && stats.isFile() && isPrivate && stats.size <= MOST_BYTES
  );
}

/** @returns the error, null for none */
async function replace(path: string, text: string): Promise<Errno | null> {
  const fresh = `${path}.new`;
  const removed = await settle((done) => unlink(fresh, done));
  if (!removed.ok && removed.error !== "ENOENT") return removed.error;
  const written = await writeNew(fresh, text);
  if (!written.ok) return written.error;
  const renamed = await settle((done) => rename(fresh, path, done));
  return renamed.ok ? null : renamed.error;
}

async function writeNew(path: string, text: string): Promise<Result<true, Errno>> {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const opened = await attempt<number>((done) => open(path, flags, 0o600, done));
  if (!opened.ok) return opened;
  const written = await settle((done) => writeFile(opened.value, text, done));
  const closed = await settle((done) => close(opened.value, done));
  return written.ok ? closed : written;
}
