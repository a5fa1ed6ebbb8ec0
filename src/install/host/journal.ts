// The journal of an installer on disk: the undos of its steps and the files that it replaces. The next installer finds them if
// this one is killed. A separate directory beside the state directory, locked by the running installer.

import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { claimLock, type Lock } from "../../host/files/locks.ts";
import type { Undo } from "../plan/steps.ts";
import type { Discard, InstallJournal, Unfinished } from "../transaction.ts";
import type { KeptFiles } from "./install-host.ts";
import {
  isOwnDirectory,
  lookAt,
  readTextFile,
  syncDirectory,
  writeOwnDocument,
} from "./safe-files.ts";
import { pathInRoot } from "./safe-paths.ts";

/**
 * The journal of installations with a name.
 * @param place a directory of the host or image; the journal is there, or in its deepest existing parent
 */
export function createJournal(root: string, place: string, name: string): Journal {
  return new Journal(findPlace(root, place, `.${name}.tsv-install`));
}

function findPlace(root: string, place: string, file: string): string {
  let deepest: string | null = null;
  for (let path = place; ; path = dirname(path)) {
    const at = pathInRoot(root, join(path, file));
    if (lookAt(at).kind !== "missing") return at;
    if (deepest === null && lookAt(dirname(at)).kind === "directory") deepest = at;
    if (path === "/") return deepest ?? at;
  }
}

/** A journal with a directory for kept files. */
export class Journal implements InstallJournal, KeptFiles {
  /** Its directory on this machine. */
  readonly directory: string;
  readonly #path: string;
  #undos: readonly Undo[] = [];
  #lock: Lock | null = null;

  constructor(directory: string) {
    this.directory = directory;
    this.#path = join(directory, "journal.json");
  }

  /** Whether a killed installer left a journal, or a running one has it. Changes nothing. */
  get isThere(): boolean {
    return lookAt(this.directory).kind !== "missing";
  }

  keptPath(name: string): string {
    return join(this.directory, name);
  }

  unfinished(): Result<Unfinished | null, string> {
    if (!this.isThere) return ok(null);
    const locked = this.#claim();
    if (!locked.ok) return locked;
    const text = readTextFile(this.#path);
    if (text === null) return ok({ undos: [], discards: null });
    try {
      const { undos, discards } = JSON.parse(text) as Unfinished;
      this.#undos = undos;
      return ok({ undos, discards });
    } catch {
      return err(
        `${this.#path} cannot be read: an interrupted tsv install left it, and it was damaged; check its directory, then remove it`,
      );
    }
  }

  /** Creates and locks the directory. Required before any step. */
  begin(): Result<true, string> {
    try {
      mkdirSync(this.directory, { mode: 0o700 });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST") return err(message);
    }
    return this.#claim();
  }

  /** A directory that other users can write to is not trusted. */
  #claim(): Result<true, string> {
    if (this.#lock !== null) return ok(true);
    if (!isOwnDirectory(this.directory))
      return err(`${this.directory} is not a journal of tsv install: remove it`);
    const lock = claimLock(join(this.directory, "lock"));
    if (!lock.ok) {
      const { error } = lock;
      const pid = error.kind === "held" ? error.pid : null;
      return err(
        error.kind === "held"
          ? `another tsv install${pid === null ? "" : ` (pid ${pid})`} is running; wait until it has finished`
          : `${this.directory} cannot be locked (${error.kind === "failed" ? error.errno : error.reason})`,
      );
    }
    this.#lock = lock.value;
    return ok(true);
  }

  record(undos: readonly Undo[]): Result<true, string> {
    this.#undos = [...this.#undos, ...undos];
    return writeOwnDocument(this.#path, { undos: this.#undos, discards: null });
  }

  commit(discards: readonly Discard[]): Result<true, string> {
    return writeOwnDocument(this.#path, { undos: [], discards });
  }

  /** The journal file is removed first: after that, the other files are unused. */
  close(): void {
    rmSync(this.#path, { force: true });
    this.#lock?.release();
    this.#lock = null;
    this.#undos = [];
    rmSync(this.directory, { recursive: true, force: true });
    syncDirectory(dirname(this.directory));
  }
}
