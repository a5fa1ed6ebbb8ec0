// Records of repairs on disk: how to undo each one, with the files that it replaced. One directory per run, in it one per
// repair. Written before each step, so that the repairs of a killed doctor can be undone, too.

import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { claimLock, type Lock, type LockProblem } from "../../host/files/locks.ts";
import { distrustDirectory } from "../../host/files/path-trust.ts";
import type { KeptFiles } from "../../install/host/install-host.ts";
import {
  isOwnDirectory,
  lookAt,
  readTextFile,
  writeOwnDocument,
} from "../../install/host/safe-files.ts";
import type { Undo } from "../../install/plan/steps.ts";
import { fileProbe } from "./file-probe.ts";

/** Older runs cannot be undone: the records of a host that is repaired every night must not fill its disk. */
const MOST_RUNS = 50;

/** A repair that was begun. */
export interface RepairRecord {
  /** Which run of --fix: "0003". */
  readonly run: string;
  readonly number: number;
  readonly about: {
    readonly code: string;
    readonly subject: string;
    readonly advice: string;
    /** Wall clock, milliseconds since 1970. */
    readonly whenMs: number;
  };
  /** In the order of execution. */
  readonly undos: readonly Undo[];
  /** false: doctor was killed during the repair. */
  readonly isDone: boolean;
}

export type RepairRecords = ReturnType<typeof createRepairRecords>;

/** @param directory of the records, below the state directory */
export function createRepairRecords(directory: string) {
  let lock: Lock | null = null;
  return {
    /** Locks the records; required before any repair or undo. @returns the name of the new run */
    begin(): Result<string, string> {
      const problem = createDirectory(directory);
      if (problem !== null) return err(problem);
      const claimed = claimLock(join(directory, "lock"));
      if (!claimed.ok) return err(describeLockProblem(claimed.error, directory));
      lock = claimed.value;
      for (const run of numbersIn(directory).slice(0, -MOST_RUNS)) {
        rmSync(join(directory, run), { recursive: true, force: true });
      }
      return ok(nextRun(directory));
    },
    end(): void {
      lock?.release();
      lock = null;
    },
    /** Oldest first. */
    all: () => (isOurs(directory) ? readRecords(directory) : []),
    forget(record: RepairRecord): void {
      const run = join(directory, record.run);
      rmSync(join(run, String(record.number)), { recursive: true, force: true });
      if (fileProbe.list(run)?.length === 0) rmSync(run, { recursive: true, force: true });
    },
    /** The journal of a new repair. */
    journal: (run: string, number: number, about: RepairRecord["about"]) =>
      createJournal(join(directory, run, String(number)), about),
    /** The journal with the files that a repair has replaced, for undo. */
    journalOf: ({ run, number, about, undos }: RepairRecord): KeptFiles =>
      createJournal(join(directory, run, String(number)), about, undos),
  };
}

/** @returns why the records cannot be written there; null if they can */
function createDirectory(directory: string): string | null {
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
    const problem = otherUsersDirectory(dirname(directory));
    if (problem !== null) return `${directory} is not trusted: ${problem}`;
    // Not recursive: on a read-only file system, that would report ENOENT.
    if (lookAt(directory).kind === "missing") mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    return `${directory} cannot be created: ${(error as Error).message}`;
  }
  return isOurs(directory) ? null : `${directory} is not trusted: other users can write to it`;
}

function describeLockProblem(problem: LockProblem, directory: string): string {
  if (problem.kind === "failed") return `${directory} cannot be written: ${problem.errno}`;
  return problem.kind === "unusable"
    ? problem.reason
    : "another tsv doctor is repairing this host; wait until it has finished";
}

/** Whether only this user can have written its contents, or replaced it. */
function isOurs(directory: string): boolean {
  return otherUsersDirectory(directory) === null && isOwnDirectory(directory);
}

/**
 * Why users other than root could redirect the path of the records; null if they cannot. An undo executes the records. Records
 * of another user allow nothing that this user could not do anyway.
 */
function otherUsersDirectory(directory: string): string | null {
  return process.geteuid?.() === 0 ? distrustDirectory(directory, 0) : null;
}

/** Numbered, so that the order does not depend on the clock. */
function nextRun(directory: string): string {
  const numbers = numbersIn(directory).map(Number);
  return String(Math.max(0, ...numbers) + 1).padStart(4, "0");
}

/** Runs, or the repairs of one, sorted by number. */
function numbersIn(directory: string): readonly string[] {
  const names = (fileProbe.list(directory) ?? []).filter((name) => /^\d+$/.test(name));
  return names.sort((left, right) => Number(left) - Number(right));
}

/** The document of a repair. */
type RepairDocument = Pick<RepairRecord, "about" | "undos" | "isDone">;

function readRecords(directory: string): readonly RepairRecord[] {
  return numbersIn(directory).flatMap((run) =>
    numbersIn(join(directory, run)).flatMap((number) => {
      const text = readTextFile(join(directory, run, number, "repair.json"));
      if (text === null) return [];
      try {
        const { about, undos, isDone } = JSON.parse(text) as RepairDocument;
        return [{ run, number: Number(number), about, undos, isDone }];
      } catch {
        return []; // an incomplete record of a crash before the repair: writes are atomic
      }
    }),
  );
}

/** The journal of one repair. Its file stays after the repair, because an undo needs it. */
function createJournal(
  directory: string,
  about: RepairRecord["about"],
  earlier: readonly Undo[] = [],
) {
  let undos = earlier;
  let isDone = false;
  const write = (): Result<true, string> =>
    writeOwnDocument(join(directory, "repair.json"), { about, undos, isDone });
  return {
    keptPath: (name: string) => join(directory, name),
    /** Creates the directory. Required before any step. */
    begin(): Result<true, string> {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        return write();
      } catch (error) {
        return err((error as Error).message);
      }
    },
    unfinished: () => ok({ undos, discards: null }),
    record(more: readonly Undo[]) {
      undos = [...undos, ...more];
      return write();
    },
    commit() {
      isDone = true;
      return write();
    },
    close() {
      if (!isDone) rmSync(directory, { recursive: true, force: true });
    },
  };
}
