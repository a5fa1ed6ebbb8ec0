// The host in memory as an install host: steps are executed and undone there, and can be made to fail.

import { dirname } from "node:path";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { Access, Owner, Step, Undo } from "../../src/install/plan/steps.ts";
import { asidePath, undosOf } from "../../src/install/plan/undos.ts";
import type { Discard, InstallHost } from "../../src/install/transaction.ts";
import { MemoryWorld, type Node, sha256 } from "./install-world.ts";

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
