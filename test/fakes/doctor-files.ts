// The files of a host in memory, as doctor's probe sees them: with owners, modes and links, on file systems.

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { FileSystem, Look, Seen } from "../../src/doctor/facts/probe.ts";
import type { FoundFile } from "../../src/install/plan/steps.ts";

type Node = Seen & { readonly bytesHeld: Uint8Array };

/** The time on every host in memory. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const ROOM: FileSystem = {
  mountPoint: "/",
  type: "ext4",
  options: ["rw", "relatime"],
  lockDevice: "8:1",
  freeBytes: 50e9,
  totalBytes: 100e9,
  freeInodes: 5e6,
  totalInodes: 6e6,
};

/** An empty tree, for tests to fill. */
export class DoctorFiles {
  readonly nodes = new Map<string, Node>();
  readonly links = new Map<string, string>();
  readonly linkOwners = new Map<string, number>();
  readonly mounts: FileSystem[] = [ROOM];
  /** Paths that nobody may look at, whatever their mode. */
  readonly hidden = new Set<string>();
  /** Mount points of file systems that do not answer. */
  readonly silent = new Set<string>();

  directory(path: string, access: Partial<Seen> = {}): this {
    return this.#put(path, { kind: "directory", mode: 0o755, ...access }, "");
  }

  file(path: string, text = "", access: Partial<Seen> = {}): this {
    return this.#put(path, { kind: "file", mode: 0o644, ...access }, text);
  }

  bytes(path: string, bytes: Uint8Array, access: Partial<Seen> = {}): this {
    this.#put(path, { kind: "file", mode: 0o644, ...access }, "");
    const node = this.nodes.get(path);
    if (node !== undefined)
      this.nodes.set(path, { ...node, bytesHeld: bytes, bytes: bytes.length });
    return this;
  }

  socket(path: string, access: Partial<Seen> = {}): this {
    return this.#put(path, { kind: "socket", mode: 0o700, ...access }, "");
  }

  link(path: string, target: string, uid = 0): this {
    if (!this.nodes.has(dirname(path))) this.directory(dirname(path));
    this.links.set(path, target);
    this.linkOwners.set(path, uid);
    return this;
  }

  remove(path: string): this {
    for (const table of [this.nodes, this.links]) {
      for (const one of [...table.keys()]) {
        if (one === path || one.startsWith(`${path}/`)) table.delete(one);
      }
    }
    return this;
  }

  mount(mountPoint: string, system: Partial<FileSystem>): this {
    this.mounts.push({ ...ROOM, ...system, mountPoint });
    return this;
  }

  #put(path: string, access: Partial<Seen> & Pick<Seen, "kind" | "mode">, text: string): this {
    if (path !== "/" && !this.nodes.has(dirname(path))) this.directory(dirname(path));
    const bytesHeld = new TextEncoder().encode(text);
    const inode = this.nodes.size + 1;
    const plain = {
      uid: 0,
      gid: 0,
      bytes: bytesHeld.length,
      modifiedMs: NOW - 86_400_000,
      device: 1,
      inode,
    };
    this.nodes.set(path, { ...plain, ...access, bytesHeld });
    return this;
  }

  realPath(path: string): string | null {
    const pending = path.split("/").filter((part) => part !== "" && part !== ".");
    let at = "";
    for (let turns = 0; turns < 100; turns += 1) {
      const name = pending.shift();
      if (name === undefined) return at === "" ? "/" : at;
      if (name === "..") {
        at = dirname(at) === "/" ? "" : dirname(at);
        continue;
      }
      const next = `${at}/${name}`;
      const target = this.links.get(next);
      if (target === undefined) {
        if (!this.nodes.has(next)) return null;
        at = next;
        continue;
      }
      if (target.startsWith("/")) at = "";
      pending.unshift(...target.split("/").filter((part) => part !== ""));
    }
    return null;
  }

  silentMount(path: string): string | null {
    const real = this.realPath(path) ?? path;
    return [...this.silent].find((point) => real === point || real.startsWith(`${point}/`)) ?? null;
  }

  look(path: string): Look {
    if (this.silentMount(path) !== null) return { ok: false, error: "ETIMEDOUT" };
    if (this.hidden.has(path)) return { ok: false, error: "EACCES" };
    const real = this.realPath(path);
    const node = real === null ? undefined : this.nodes.get(real);
    if (node !== undefined) {
      const { bytesHeld: _, ...seen } = node;
      return { ok: true, ...seen };
    }
    const parent = path === "/" ? null : this.look(dirname(path));
    if (parent?.ok === true && parent.kind !== "directory") return { ok: false, error: "ENOTDIR" };
    return { ok: false, error: "ENOENT" };
  }

  find(path: string): FoundFile {
    const target = this.links.get(path);
    if (target !== undefined) return { kind: "link", target };
    const node = this.nodes.get(path);
    if (node === undefined) return { kind: "missing" };
    const { mode, uid, gid, bytesHeld } = node;
    if (node.kind === "directory") return { kind: "directory", mode, uid, gid };
    if (node.kind !== "file") return { kind: "other", detail: `a ${node.kind}` };
    const sha256 = createHash("sha256").update(bytesHeld).digest("hex");
    return { kind: "file", sha256, mode, uid, gid };
  }

  linkTarget(path: string): string | null {
    return this.links.get(path) ?? null;
  }

  linkOwner(path: string): number | null {
    return this.links.has(path) ? (this.linkOwners.get(path) ?? 0) : null;
  }

  #held(path: string): Uint8Array | null {
    const real = this.hidden.has(path) ? null : this.realPath(path);
    const node = real === null ? undefined : this.nodes.get(real);
    return node?.kind === "file" ? node.bytesHeld : null;
  }

  readText(path: string): string | null {
    const held = this.#held(path);
    try {
      return held === null
        ? null
        : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(held);
    } catch {
      return null;
    }
  }

  readHead(path: string, bytes: number): Uint8Array | null {
    return this.#held(path)?.slice(0, bytes) ?? null;
  }

  readTail(path: string, bytes: number, end?: number): Uint8Array | null {
    const before = this.#held(path)?.slice(0, end);
    return before?.slice(Math.max(0, before.length - bytes)) ?? null;
  }

  readBackup(path: string, from: number, to: number) {
    const held = this.#held(path);
    const slice = (size: number) => held?.slice(Math.max(0, size + from), Math.max(0, size + to));
    const bytes = slice(held?.length ?? 0);
    return bytes === undefined || held === null ? null : { bytes, size: held.length };
  }

  list(path: string): readonly string[] | null {
    if (this.nodes.get(path)?.kind !== "directory" || this.hidden.has(path)) return null;
    const all = [...this.nodes.keys(), ...this.links.keys()];
    return all
      .filter((one) => one !== "/" && dirname(one) === path)
      .map((one) => one.slice(one.lastIndexOf("/") + 1))
      .sort();
  }

  fileSystem(path: string): FileSystem | null {
    const holds = ({ mountPoint }: FileSystem): boolean =>
      mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`);
    const holding = this.mounts.filter(holds);
    return holding.sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0] ?? null;
  }
}
