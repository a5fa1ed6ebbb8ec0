// A host in memory: files with owners and modes, groups, and an init system that knows one service. A plan is made for its
// `world`; steps are executed and undone on it, and can be made to fail.

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type {
  Access,
  FoundFile,
  InstallWorld,
  Owner,
  Step,
  Undo,
} from "../../src/install/plan/steps.ts";
import { asidePath, undosOf } from "../../src/install/plan/undos.ts";
import type { Discard, InstallHost } from "../../src/install/transaction.ts";

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

/** One memory for the world and the host. */
export class MemoryHost extends MemoryWorld implements InstallHost {
  readonly kept = new Map<string, Node>();
  /** Fails the step with this number, from 0, or its second half. */
  failAt: number | null = null;
  failsHalfway = false;
  #count = 0;

  prepare(step: Step): Result<readonly Undo[], string> {
    const undos = undosOf(step, {
      look: (path) => this.look(path),
      lookAtAccess: (path) => this.look(path),
      hash: sha256,
      groupId: (name) => this.groups.get(name) ?? null,
    });
    for (const undo of undos.ok ? undos.value : []) {
      const node = "kept" in undo ? this.files.get(undo.path) : undefined;
      if ("kept" in undo && node !== undefined) this.kept.set(undo.kept, node);
    }
    return undos;
  }

  perform(step: Step): Promise<Result<true, string>> {
    const isBad = this.#count++ === this.failAt;
    if (isBad && !this.failsHalfway) return Promise.resolve(err("injected"));
    const outcome = this.#perform(step);
    return Promise.resolve(isBad ? err("injected after it was done") : outcome);
  }

  #perform(step: Step): Result<true, string> {
    if ("path" in step && step.kind !== "appears" && !this.files.has(dirname(step.path))) {
      return err(`no directory for ${step.path}`);
    }
    switch (step.kind) {
      case "group":
        this.groups.set(step.name, 500);
        return ok(true);
      case "remove-group":
        this.groups.delete(step.name);
        return ok(true);
      case "directory":
        this.mkdir(step.path, this.#access(step.mode, step.owner));
        return ok(true);
      case "file":
        this.write(step.path, step.text, this.#access(step.mode, step.owner));
        return ok(true);
      case "copy":
        this.write(step.path, "the executable", this.#access(step.mode, step.owner));
        return ok(true);
      case "keep":
        return this.#copy(step.path, step.backup, this.#access(0o600, step.owner));
      case "put-back":
        return this.#copy(step.backup, step.path, step);
      case "own":
        return this.own(step.path, step);
      case "link":
        this.files.set(step.path, { kind: "link", target: step.target });
        return ok(true);
      case "remove":
      case "remove-stale":
        this.files.delete(step.path);
        return ok(true);
      case "remove-empty":
        if (!this.holds(step.path)) this.files.delete(step.path);
        return ok(true);
      case "remove-tree":
        this.move(step.path, asidePath(step.path));
        return ok(true);
      case "command":
        return this.run(step.argv);
      case "on-undo":
      case "appears":
      case "signal":
      case "ended":
      case "answer":
        return ok(true);
    }
  }

  #access(mode: number, owner: Owner): Access {
    const gid = this.groups.get(owner.group);
    if (gid === undefined) throw new Error(`no group ${owner.group}`);
    return { mode, uid: 0, gid };
  }

  #copy(from: string, to: string, { mode, uid, gid }: Access): Result<true, string> {
    const node = this.files.get(from);
    if (node?.kind !== "file") return err(`${from} is gone`);
    this.write(to, node.text, { mode, uid, gid });
    return ok(true);
  }

  undo(undo: Undo): Promise<Result<true, string>> {
    return Promise.resolve(this.#undo(undo));
  }

  #undo(undo: Undo): Result<true, string> {
    switch (undo.kind) {
      case "remove-group":
        this.groups.delete(undo.name);
        return ok(true);
      case "add-group":
        this.groups.set(undo.name, undo.gid);
        return ok(true);
      case "remove-file":
      case "remove-link":
      case "remove-appeared":
        this.files.delete(undo.path);
        return ok(true);
      case "remove-directory":
        if (this.holds(undo.path)) return err(`${undo.path} is not empty`);
        this.files.delete(undo.path);
        return ok(true);
      case "restore-file": {
        const node = this.kept.get(undo.kept);
        if (node === undefined) return err("nothing was kept");
        this.files.set(undo.path, node);
        return ok(true);
      }
      case "restore-link":
        this.files.set(undo.path, { kind: "link", target: undo.target });
        return ok(true);
      case "restore-access":
        return this.own(undo.path, undo);
      case "restore-directory":
        this.mkdir(undo.path, { mode: undo.mode, uid: undo.uid, gid: undo.gid });
        return ok(true);
      case "move-back":
        this.move(undo.aside, undo.path);
        return ok(true);
      case "run":
        return this.run(undo.argv);
    }
  }

  discard({ path, kind }: Discard): Result<true, string> {
    if (kind === "if-empty") return this.#perform({ kind: "remove-empty", path });
    for (const other of [...this.files.keys()]) {
      if (other === path || other.startsWith(`${path}/`)) this.files.delete(other);
    }
    return ok(true);
  }

  serviceOutput(): Promise<string> {
    return Promise.resolve("");
  }
}
