// Walks a path as the kernel does, name by name and symlink by symlink (path_resolution(7)). The caller looks up and judges
// each name.

/** As many links as the kernel follows; the same in host/posix/descriptors.h. */
export const MOST_LINKS = 40;

/** A walk along an absolute path, from the root. */
export class LinkWalk {
  #at = "/";
  #name = "";
  #next: string | null = null;
  #links = 0;
  readonly #rest: string[];

  constructor(path: string) {
    this.#rest = namesIn(path);
  }

  /** The way so far, without links: where the name that `next` gave lies. At the end, where the path leads. */
  get at(): string {
    return this.#at;
  }

  /** The name that `next` gave, by itself; it may be `..`. */
  get name(): string {
    return this.#name;
  }

  /** The rest of the path. It contains `..`, whose meaning depends on the links before it. */
  get rest(): readonly string[] {
    return this.#rest;
  }

  /** Whether it is the last, unless it is a link. */
  get isLast(): boolean {
    return this.#rest.length === 0;
  }

  /**
   * One name further. The name before leads to what it names, unless it was followed as a link.
   * @returns the path to the name, which leads through no link; null at the end
   */
  next(): string | null {
    this.#at = this.#next ?? this.#at;
    const name = this.#rest.shift();
    this.#name = name ?? "";
    this.#next = name === undefined ? null : below(this.#at, name);
    return this.#next;
  }

  /** The name that `next` gave is a link. @returns false where the kernel goes no further (ELOOP), as this walk */
  follow(target: string): boolean {
    if (this.#links >= MOST_LINKS) return false;
    this.#links += 1;
    this.#rest.unshift(...namesIn(target));
    if (target.startsWith("/")) this.#at = "/";
    this.#next = null;
    return true;
  }
}

function namesIn(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function below(directory: string, name: string): string {
  if (name === "..") return directory.slice(0, directory.lastIndexOf("/")) || "/";
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
