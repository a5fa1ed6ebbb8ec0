// A host in memory that can be set up: files with owners and modes, groups, and an init system that knows one service.
// It is the world that is planned for.

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { ok, type Result } from "../../src/core/base/result.ts";
import type { Access, FoundFile, InstallWorld } from "../../src/install/plan/steps.ts";

export type Node =
  | ({ readonly kind: "file"; readonly text: string } & Access)
  | ({ readonly kind: "directory" } & Access)
  | { readonly kind: "link"; readonly target: string };

const ROOT_DIRECTORY: Node = { kind: "directory", mode: 0o755, uid: 0, gid: 0 };

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What is there; `world` is what a plan sees of it. */
export class MemoryWorld {
  readonly files = new Map<string, Node>([["/", ROOT_DIRECTORY]]);
  readonly groups = new Map<string, number>([["root", 0]]);
  /** What of the init system is on: "running", "enabled", "told"; commands are `on X` and `off X`. */
  readonly switches = new Set<string>();
  readonly ran: string[] = [];

  constructor(directories: readonly string[] = []) {
    for (const path of directories) this.mkdir(path);
  }

  mkdir(path: string, access: Partial<Access> = {}): void {
    if (path !== "/" && !this.files.has(dirname(path))) this.mkdir(dirname(path));
    this.files.set(path, { ...ROOT_DIRECTORY, ...access });
  }

  write(path: string, text: string, access: Partial<Access> = {}): void {
    if (!this.files.has(dirname(path))) this.mkdir(dirname(path));
    this.files.set(path, { kind: "file", text, mode: 0o644, uid: 0, gid: 0, ...access });
  }

  /** Everything, to be compared. */
  snapshot(): unknown {
    const files = [...this.files].sort(([left], [right]) => (left < right ? -1 : 1));
    return { files, groups: [...this.groups], switches: [...this.switches].sort() };
  }

  get world(): InstallWorld {
    return {
      look: (path) => this.look(path),
      leadsToDirectory: () => false,
      read: (path) => {
        const node = this.files.get(path);
        return node?.kind === "file" ? node.text : null;
      },
      hash: sha256,
      userId: (name) => (name === "root" ? 0 : null),
      groupId: (name) => this.groups.get(name) ?? null,
      ownerName: (uid, gid) => `${uid}:${gid}`,
      ask: ([, what = ""]) => this.switches.has(what),
    };
  }

  look(path: string): FoundFile {
    const node = this.files.get(path);
    if (node === undefined) return { kind: "missing" };
    if (node.kind !== "file") return node;
    const { text, ...rest } = node;
    return { ...rest, sha256: sha256(text) };
  }

  /** Of a file; null for anything else. */
  hashOf(path: string): string | null {
    const found = this.look(path);
    return found.kind === "file" ? found.sha256 : null;
  }

  /** Changes owner and mode of what is there. */
  own(path: string, { mode, uid, gid }: Access): Result<true, string> {
    const node = this.files.get(path);
    if (node !== undefined && node.kind !== "link") {
      this.files.set(path, { ...node, mode, uid, gid });
    }
    return ok(true);
  }

  /** Whether something is in this directory. */
  holds(path: string): boolean {
    return [...this.files.keys()].some((other) => other !== path && dirname(other) === path);
  }

  /** With everything below it. */
  move(from: string, to: string): void {
    for (const [path, node] of [...this.files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), node);
    }
  }

  /** A command of the init system. */
  run([verb = "", what = ""]: readonly string[]): Result<true, string> {
    this.ran.push(`${verb} ${what}`);
    if (verb === "on") this.switches.add(what);
    else if (verb === "off") this.switches.delete(what);
    // A daemon that starts writes a log.
    if (verb === "on" && what === "running") this.write("/var/log/tsv/tsv.log", "up");
    return ok(true);
  }
}
