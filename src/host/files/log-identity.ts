// The identity of a log file, which rotation does not change when it renames the file. The inode number of a removed file may
// be reused at once; the birth time distinguishes both files, on file systems that record it.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, IdentifiedFile } from "../../ports/log-files.ts";
import { attempt } from "./attempt.ts";
import { lookAtLog } from "./guarded-log.ts";

type Facts = Pick<fs.BigIntStats, "dev" | "ino" | "birthtimeNs" | "mtimeMs" | "size" | "mode">;

const NS_PER_MS = 1_000_000n;

/** Identifies the file that a path leads to. ELOOP: root does not follow a user's symlink. */
export async function identifyPath(path: string): Promise<Result<IdentifiedFile, Errno>> {
  if (process.geteuid?.() === 0) return await lookAtLog(path, identifyDescriptor);
  const facts = await attempt<fs.BigIntStats>((done) => fs.stat(path, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

/** Identifies the file of an open descriptor. */
export async function identifyDescriptor(fd: number): Promise<Result<IdentifiedFile, Errno>> {
  const facts = await attempt<fs.BigIntStats>((done) => fs.fstat(fd, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

function identified({ dev, ino, birthtimeNs, mtimeMs, size, mode }: Facts): IdentifiedFile {
  // Without a birth time, Node returns 0 or the time of the last status change; a rename is such a change.
  const made = birthtimeNs / NS_PER_MS;
  const { S_IFMT, S_IFREG } = fs.constants;
  return {
    isRegular: (Number(mode) & S_IFMT) === S_IFREG,
    size: Number(size),
    changed: Number(mtimeMs),
    id: `${dev.toString(36)}.${ino.toString(36)}.${made.toString(36)}`,
  };
}

/** The error for a path that now leads to another file. */
export const OTHER_FILE: Result<never, Errno> = err("ESTALE");
