// Backups of logs: finds them, opens one for compression, and removes what an interrupted compression left.

import * as fs from "node:fs";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FileIdentity } from "../../core/handover/model.ts";
import { BACKUP_FORMS, backupPath } from "../../core/logs/backups.ts";
import type { BackupFacts, Errno, OpenBackup } from "../../ports/log-files.ts";
import { attempt } from "./attempt.ts";
import { lookAtLog, openLogs, unlinkLog } from "./guarded-log.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/** At the file itself. As root, nothing is behind a user's symlink: what is not removed there is not counted either. */
function lookAt(path: string): Promise<Result<fs.Stats, Errno>> {
  if (process.geteuid?.() === 0) {
    return lookAtLog(path, false, (fd) => attempt<fs.Stats>((done) => fs.fstat(fd, done)));
  }
  return attempt<fs.Stats>((done) => fs.lstat(path, done));
}

/** See `LogFiles.backups`. */
export async function findBackups(
  path: string,
  most: number,
): Promise<Result<readonly BackupFacts[], Errno>> {
  const found: BackupFacts[] = [];
  for (let index = 1; index <= most; index += 1) {
    for (const form of BACKUP_FORMS) {
      const facts = await lookAt(backupPath(path, { index, form }));
      if (!facts.ok && facts.error !== "ENOENT" && facts.error !== "ELOOP") return facts;
      if (!facts.ok || !facts.value.isFile()) continue;
      const { size, mtimeMs } = facts.value;
      found.push({ index, form, size, changedAt: Math.floor(mtimeMs) });
    }
  }
  return ok(found);
}

/** See `LogFiles.openBackup`. */
export async function openBackup(path: string): Promise<Result<OpenBackup, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const way = { flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW, mode: 0, isLocked: false };
  const [opened = err("ENOMEM")] = await openLogs([path], way);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  const facts = await attempt<fs.Stats>((done) => fs.fstat(fd, done));
  if (facts.ok && facts.value.isFile() && facts.value.nlink === 1) {
    return ok({ fd, file: { dev: facts.value.dev, ino: facts.value.ino } });
  }
  await new Promise<void>((resolve) => fs.close(fd, () => resolve()));
  return facts.ok ? err("EPERM") : facts;
}

/** See `LogFiles.isFile`. */
export async function isFile(path: string, file: FileIdentity): Promise<boolean> {
  const facts = await lookAt(path);
  return facts.ok && facts.value.dev === file.dev && facts.value.ino === file.ino;
}

/** See `LogFiles.removeLeft`. */
export async function removeLeft(path: string): Promise<Result<true, Errno>> {
  const facts = await lookAt(path);
  if (!facts.ok) return facts;
  if (!facts.value.isFile() || facts.value.nlink !== 1) return err("EPERM");
  return await unlinkLog(path);
}
