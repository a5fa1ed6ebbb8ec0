// Watches files, and directories with everything below them, with one inotify watch for each directory. Only in a process of
// its own: these calls wait for a file system that does not answer.

import { type FSWatcher, lstat, opendir, stat, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { WatchedFiles, WatchReport } from "../../core/watch/request.ts";
import { codeOf } from "../error-code.ts";

/** Directories that one configuration of files may have. */
const MOST_DIRECTORIES = 10_000;
/** Paths that changed and were not examined yet: with more, everything is examined. */
const MOST_PENDING = 10_000;
/** Steady changes are reported after this many delays. */
const MOST_DELAYS = 10;
/** Reports of directories that cannot be watched. */
const MOST_FAILED = 5;

/** The user has no inotify watch left, or no instance: more directories fail, too. */
const EXHAUSTED = ["ENOSPC", "EMFILE"];
const MISSING = ["ENOENT", "ENOTDIR"];

interface Directory {
  readonly watcher: FSWatcher;
  /** Everything in it counts; else only the paths that were named. */
  isWhole: boolean;
}

interface TreeDeps {
  readonly index: number;
  readonly counts: (path: string) => boolean;
  readonly tell: (report: WatchReport) => void;
  readonly most?: number;
}

/** The directories that contain a path, from the top, without the root. */
function above(path: string): readonly string[] {
  const up = dirname(path);
  return up === path || dirname(up) === up ? [] : [...above(up), up];
}

/** A named path that does not exist yet is watched from when it appears. */
export class WatchedTree {
  readonly #deps: TreeDeps;
  readonly #named: ReadonlySet<string>;
  /** What leads to the named paths: each may be replaced by another directory, or lead elsewhere as a symlink. */
  readonly #links: ReadonlySet<string>;
  readonly #directories = new Map<string, Directory>();
  /** The directories that those are in. */
  readonly #ways = new Map<string, FSWatcher>();
  readonly #pending = new Set<string>();
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | null = null;
  /** Of the first change that is not reported, monotonic milliseconds. */
  #since = 0;
  #isExamining = false;
  #isClosed = false;
  #failed = 0;
  #last = "";

  constructor({ paths, delayMs }: WatchedFiles, deps: TreeDeps) {
    this.#deps = deps;
    this.#delayMs = delayMs;
    this.#named = new Set(paths);
    this.#links = new Set(paths.flatMap(above));
  }

  /** Reports `watching` when all directories are watched. */
  async begin(): Promise<void> {
    const { index, tell } = this.#deps;
    await this.#follow(this.#named);
    for (const path of this.#named) if (!(await exists(path))) this.#fail(path, "ENOENT");
    if (!this.#isClosed) tell({ kind: "watching", index, directories: this.#directories.size });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { watcher } of this.#directories.values()) watcher.close();
    for (const watcher of this.#ways.values()) watcher.close();
    this.#directories.clear();
    this.#ways.clear();
  }

  /** Watches what these named paths lead to by now. */
  async #follow(paths: ReadonlySet<string>): Promise<void> {
    for (const path of paths) {
      for (const link of above(path)) this.#openWay(dirname(link));
      // A file is replaced, or appears, in its directory.
      this.#open(dirname(path), false);
    }
    await this.#examine(paths);
  }

  /** Without a report if that fails: the user may have no permission to read it. */
  #openWay(directory: string): void {
    if (this.#isClosed || this.#ways.has(directory)) return;
    const close = (): void => {
      this.#ways.get(directory)?.close();
      this.#ways.delete(directory);
    };
    try {
      const watcher = watch(directory, (event, name) => {
        const path = join(directory, name ?? "");
        if (event !== "rename" || !this.#links.has(path)) return;
        this.#changed(path);
        this.#examineSoon(path);
      });
      watcher.on("error", close);
      this.#ways.set(directory, watcher);
    } catch {
      // What is named may be watched all the same.
    }
  }

  /** Watches anew what is behind a link. */
  async #replaced(link: string): Promise<void> {
    const isBehind = (path: string): boolean => path === link || path.startsWith(`${link}/`);
    for (const [path, { watcher }] of this.#directories) {
      if (!isBehind(path)) continue;
      watcher.close();
      this.#directories.delete(path);
    }
    for (const [path, watcher] of this.#ways) {
      if (!isBehind(path)) continue;
      watcher.close();
      this.#ways.delete(path);
    }
    await this.#follow(new Set([...this.#named].filter(isBehind)));
  }

  #happened(directory: string, event: string, name: string | null): void {
    const entry = this.#directories.get(directory);
    if (entry === undefined || name === null) return;
    const path = join(directory, name);
    const isNamed = this.#named.has(path);
    if (!isNamed && !(entry.isWhole && this.#deps.counts(path))) return;
    // Of the directory itself, the name is its own.
    const isLast = name !== basename(directory) || this.#last === "";
    this.#changed(isLast ? path : this.#last);
    if (event === "rename") this.#examineSoon(path);
  }

  #changed(path: string): void {
    this.#last = path;
    const now = performance.now();
    if (this.#timer === null) {
      this.#since = now;
      this.#timer = setTimeout(() => this.#tell(), this.#delayMs);
    } else if (now - this.#since < (MOST_DELAYS - 1) * this.#delayMs) this.#timer.refresh();
  }

  #examineSoon(path: string): void {
    this.#pending.add(path);
    if (!this.#isExamining) void this.#examinePending();
  }

  #tell(): void {
    const { index, tell } = this.#deps;
    this.#timer = null;
    tell({ kind: "changed", index, path: this.#last });
    this.#last = "";
  }

  async #examinePending(): Promise<void> {
    this.#isExamining = true;
    while (this.#pending.size > 0 && !this.#isClosed) {
      const isAll = this.#pending.size > MOST_PENDING;
      const paths = new Set(isAll ? [...this.#links, ...this.#named] : this.#pending);
      this.#pending.clear();
      await this.#examine(paths);
    }
    this.#isExamining = false;
  }

  /** Watches the directories among these paths, which may be new. */
  async #examine(paths: ReadonlySet<string>): Promise<void> {
    for (const path of paths) {
      if (this.#links.has(path)) await this.#replaced(path);
      if (this.#links.has(path) && !this.#named.has(path)) continue;
      const found = await (this.#named.has(path) ? statOf : lstatOf)(path).catch(() => null);
      this.#drop(path);
      if (found?.isDirectory() === true) await this.#add(path);
    }
  }

  async #add(top: string): Promise<void> {
    const found = [top];
    for (let path = found.pop(); path !== undefined && !this.#isClosed; path = found.pop()) {
      if (!this.#open(path, true)) continue;
      try {
        for await (const entry of await directoryOf(path)) {
          const below = join(path, entry.name);
          if (entry.isDirectory() && this.#deps.counts(below)) found.push(below);
        }
      } catch {
        // It is gone by now.
      }
    }
  }

  /** @returns whether the directory is watched from now on */
  #open(path: string, isWhole: boolean): boolean {
    if (this.#isClosed) return false;
    const { index, tell, most = MOST_DIRECTORIES } = this.#deps;
    const before = this.#directories.get(path);
    if (before !== undefined) {
      const isNew = isWhole && !before.isWhole;
      before.isWhole ||= isWhole;
      return isNew;
    }
    if (this.#directories.size >= most) {
      this.close();
      tell({ kind: "too-many", index, most });
      return false;
    }
    try {
      const watcher = watch(path, (event, name) => this.#happened(path, event, name));
      watcher.on("error", () => this.#drop(path));
      this.#directories.set(path, { watcher, isWhole });
      return true;
    } catch (error) {
      const errno = codeOf(error);
      if (!MISSING.includes(errno)) this.#fail(path, errno);
      return false;
    }
  }

  #fail(path: string, errno: string): void {
    this.#failed += 1;
    const { index, tell } = this.#deps;
    if (this.#failed <= MOST_FAILED && !this.#isClosed)
      tell({ kind: "failed", index, path, errno });
    if (EXHAUSTED.includes(errno)) this.close();
  }

  /** Forgets a directory with all below it. */
  #drop(top: string): void {
    if (!this.#directories.has(top)) return;
    for (const [path, { watcher }] of this.#directories) {
      if (path !== top && !path.startsWith(`${top}/`)) continue;
      watcher.close();
      this.#directories.delete(path);
    }
  }
}

const statOf = promisify(stat);
const lstatOf = promisify(lstat);
const directoryOf = promisify(opendir);

async function exists(path: string): Promise<boolean> {
  return await statOf(path).then(
    () => true,
    (error: unknown) => !MISSING.includes(codeOf(error)),
  );
}
