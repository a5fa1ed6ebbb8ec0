// How to take back what an installer does, on disk while it works, with the files that it replaces: a new installer finds
// them if this one is killed. A directory of its own, beside the state directory, locked by whoever is at work.

import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../core/base/result.ts";
import { claimLock, type Lock } from "../../host/files/locks.ts";
import type { Discard, InstallJournal, Unfinished } from "../install-host.ts";
import type { Undo } from "../plan/steps.ts";
import { pathInRoot } from "./image-path.ts";
import { isOwnDirectory, writeOwnDocument } from "./own-files.ts";
import { lookAt, readTextFile, syncDirectory } from "./safe-files.ts";

/** A journal with a place for kept files. */
export interface DiskJournal extends InstallJournal {
  /** Whether something is there that an installer left, or that one is writing now. Changes nothing. */
  readonly isThere: boolean;
  /** Makes the directory and locks it. Nothing may be done before. */
  begin(): Result<true, string>;
  /** Where a kept file of this name lies, on this machine. */
  keptPath(name: string): string;
}

interface Journalled {
  readonly undos: readonly Undo[];
  readonly discards: readonly Discard[] | null;
}

/**
 * The journal of installations of a name.
 * @param place a directory of the host or image; the journal lies there, or in the deepest one above that exists
 */
export function createJournal(root: string, place: string, name: string): DiskJournal {
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

class Journal implements DiskJournal {
  readonly #directory: string;
  readonly #path: string;
  #undos: readonly Undo[] = [];
  #lock: Lock | null = null;

  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, "journal.json");
  }

  get isThere(): boolean {
    return lookAt(this.#directory).kind !== "missing";
  }

  keptPath(name: string): string {
    return join(this.#directory, name);
  }

  unfinished(): Result<Unfinished | null, string> {
    if (!this.isThere) return ok(null);
    const locked = this.#claim();
    if (!locked.ok) return locked;
    const text = readTextFile(this.#path);
    if (text === null) return ok({ undos: [], discards: null });
    try {
      const { undos, discards } = JSON.parse(text) as Journalled;
      this.#undos = undos;
      return ok({ undos, discards });
    } catch {
      return err(
        `${this.#path} cannot be read: it was damaged after a tsv install that did not end; look through its directory, then remove that`,
      );
    }
  }

  begin(): Result<true, string> {
    try {
      mkdirSync(this.#directory, { mode: 0o700 });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST") return err(message);
    }
    return this.#claim();
  }

  /** A directory that somebody else could write to is not believed. */
  #claim(): Result<true, string> {
    if (this.#lock !== null) return ok(true);
    if (!isOwnDirectory(this.#directory))
      return err(`${this.#directory} is in the way: it is no journal of tsv install's; remove it`);
    const lock = claimLock(join(this.#directory, "lock"));
    if (!lock.ok) {
      const { error } = lock;
      const pid = error.kind === "held" ? error.pid : null;
      return err(
        error.kind === "held"
          ? `another tsv install${pid === null ? "" : ` (pid ${pid})`} is at work; wait until it has ended`
          : `${this.#directory} cannot be locked (${error.kind === "failed" ? error.errno : error.reason})`,
      );
    }
    this.#lock = lock.value;
    return ok(true);
  }

  record(undos: readonly Undo[]): Result<true, string> {
    this.#undos = [...this.#undos, ...undos];
    return this.#write({ undos: this.#undos, discards: null });
  }

  commit(discards: readonly Discard[]): Result<true, string> {
    return this.#write({ undos: [], discards });
  }

  #write(content: Journalled): Result<true, string> {
    return writeOwnDocument(this.#path, content);
  }

  /** The journal itself goes first: from then on the rest is only rubbish. */
  close(): void {
    rmSync(this.#path, { force: true });
    this.#lock?.release();
    this.#lock = null;
    this.#undos = [];
    rmSync(this.#directory, { recursive: true, force: true });
    syncDirectory(dirname(this.#directory));
  }
}
