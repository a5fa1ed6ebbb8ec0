// Which file a log is: rotation renames files, and the identity of one stays. The number of a removed file may be used again at
// once; the time at which the file was made tells both apart, on file systems that keep it.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { Errno, IdentifiedFile } from "../../ports/log-files.ts";
import { attempt } from "./attempt.ts";
import { lookAtLog } from "./guarded-log.ts";

type Facts = Pick<fs.BigIntStats, "dev" | "ino" | "birthtimeNs" | "mtimeMs" | "size" | "mode">;

const NS_PER_MS = 1_000_000n;

/** What a path leads to. Where root does not follow a user's symlink there is nothing: ELOOP. */
export async function identifyPath(path: string): Promise<Result<IdentifiedFile, Errno>> {
  if (process.geteuid?.() === 0) return await lookAtLog(path, identifyDescriptor);
  const facts = await attempt<fs.BigIntStats>((done) => fs.stat(path, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

/** What an open descriptor leads to. */
export async function identifyDescriptor(fd: number): Promise<Result<IdentifiedFile, Errno>> {
  const facts = await attempt<fs.BigIntStats>((done) => fs.fstat(fd, { bigint: true }, done));
  return facts.ok ? ok(identified(facts.value)) : facts;
}

function identified({ dev, ino, birthtimeNs, mtimeMs, size, mode }: Facts): IdentifiedFile {
  // Where there is no such time, Node gives 0 or that of the last change, which a rename is.
  const made = birthtimeNs / NS_PER_MS;
  const { S_IFMT, S_IFREG } = fs.constants;
  return {
    isRegular: (Number(mode) & S_IFMT) === S_IFREG,
    size: Number(size),
    changed: Number(mtimeMs),
    id: `${dev.toString(36)}.${ino.toString(36)}.${made.toString(36)}`,
  };
}

/** The error for a path that leads to another file by now. */
export const OTHER_FILE: Result<never, Errno> = err("ESTALE");
