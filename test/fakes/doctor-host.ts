// A host in memory for the doctor's checks: files with owners and modes, accounts, mounts, processes and listeners that can
// be set up, and the situation that doctor would find there, read by the real readers of configurations.

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { err, ok } from "../../src/core/base/result.ts";
import { parseDaemonArguments } from "../../src/core/config/arguments.ts";
import { globPaths } from "../../src/core/config/glob.ts";
import { decodeUtf8 } from "../../src/core/config/utf8.ts";
import type { ConfigWorld, GroupAccount, UserAccount } from "../../src/core/config/world.ts";
import { readConfigFacts } from "../../src/core/doctor/config-facts.ts";
import type {
  CommandAnswer,
  FileSystem,
  Limits,
  Listener,
  Look,
  OpenFile,
  Probe,
  Seen,
  SeenProcess,
} from "../../src/core/doctor/probe.ts";
import type { ServerAnswer, Situation } from "../../src/core/doctor/situation.ts";
import { layoutFor } from "../../src/core/install/layout.ts";
import type { FoundFile } from "../../src/core/install/steps.ts";

type Node = Seen & { readonly bytesHeld: Uint8Array };
type Parts = { readonly [K in keyof Situation]?: Partial<Situation[K]> | null };

/** The time on every host in memory. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const ROOM: FileSystem = {
  mountPoint: "/",
  type: "ext4",
  options: ["rw", "relatime"],
  freeBytes: 50e9,
  totalBytes: 100e9,
  freeInodes: 5e6,
  totalInodes: 6e6,
};

/** A healthy host with tsv's default places and nothing running; tests break it. */
export class DoctorHost implements Probe {
  readonly nodes = new Map<string, Node>();
  readonly links = new Map<string, string>();
  readonly users: UserAccount[] = [
    { name: "root", uid: 0, gid: 0, home: "/root" },
    { name: "www-data", uid: 33, gid: 33, home: "/var/www" },
    { name: "pi", uid: 1000, gid: 1000, home: "/home/pi" },
    { name: "nobody", uid: 65534, gid: 65534, home: "/nonexistent" },
  ];
  readonly groups: (GroupAccount & { readonly name: string })[] = [
    { name: "root", gid: 0 },
    { name: "adm", gid: 4 },
    { name: "www-data", gid: 33 },
    { name: "tsv", gid: 990 },
    { name: "pi", gid: 1000 },
    { name: "nogroup", gid: 65534 },
  ];
  /** Further groups by user name. */
  readonly memberships = new Map<string, readonly number[]>();
  readonly mounts: FileSystem[] = [ROOM];
  readonly seenProcesses: SeenProcess[] = [];
  readonly files = new Map<number, readonly OpenFile[]>();
  readonly limitsOf = new Map<number, Limits>();
  readonly environments = new Map<number, Readonly<Record<string, string>>>();
  readonly listening: Listener[] = [];
  /** Answers to commands by their words joined by blanks; others say "no such command". */
  readonly answers = new Map<string, CommandAnswer>();
  /** Paths that nobody may look at, whatever their mode. */
  readonly hidden = new Set<string>();
  cwd = "/";
  uid = 0;

  constructor() {
    for (const path of [
      "/",
      "/etc",
      "/run",
      "/tmp",
      "/usr",
      "/usr/bin",
      "/var",
      "/var/log",
      "/home",
    ]) {
      this.directory(path);
    }
    this.directory("/tmp", { mode: 0o1777 });
    this.directory("/home/pi", { uid: 1000, gid: 1000 });
    this.file("/usr/bin/tsv", "\x7fELF", { mode: 0o755 });
  }

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

  link(path: string, target: string): this {
    if (!this.nodes.has(dirname(path))) this.directory(dirname(path));
    this.links.set(path, target);
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

  /** Adds a process; fields that do not matter have likely values. */
  run(pid: number, command: readonly string[], more: Partial<SeenProcess> = {}): this {
    this.seenProcesses.push({
      pid,
      parent: 1,
      group: pid,
      uid: 0,
      state: "S",
      name: (command[0] ?? "x").split("/").at(-1) ?? "x",
      command,
      startTicks: pid * 100,
      startedMs: NOW - 3_600_000,
      exe: command[0] ?? null,
      exeDeleted: false,
      cwd: "/",
      cwdDeleted: false,
      contained: false,
      ...more,
    });
    return this;
  }

  listen(listener: Partial<Listener> & Pick<Listener, "kind" | "address">): this {
    this.listening.push({ port: 0, pid: null, ...listener });
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

  look(path: string): Look {
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

  readTail(path: string, bytes: number): Uint8Array | null {
    return this.#held(path)?.slice(-bytes) ?? null;
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

  user(nameOrUid: string | number): UserAccount | null {
    return this.users.find(({ name, uid }) => name === nameOrUid || uid === nameOrUid) ?? null;
  }

  group(nameOrGid: string | number): (GroupAccount & { readonly name: string }) | null {
    return this.groups.find(({ name, gid }) => name === nameOrGid || gid === nameOrGid) ?? null;
  }

  groupsOf(user: string): readonly number[] {
    const primary = this.user(user)?.gid;
    return [...(primary === undefined ? [] : [primary]), ...(this.memberships.get(user) ?? [])];
  }

  ownerName(uid: number, gid: number): string {
    return `${this.user(uid)?.name ?? uid}:${this.group(gid)?.name ?? gid}`;
  }

  processes(): readonly SeenProcess[] {
    return this.seenProcesses;
  }

  process(pid: number): SeenProcess | null {
    return this.seenProcesses.find((one) => one.pid === pid) ?? null;
  }

  openFiles(pid: number): readonly OpenFile[] | null {
    return this.files.get(pid) ?? null;
  }

  limits(pid: number): Limits | null {
    return this.limitsOf.get(pid) ?? null;
  }

  environment(pid: number): Readonly<Record<string, string>> | null {
    return this.environments.get(pid) ?? null;
  }

  listeners(): readonly Listener[] {
    return this.listening;
  }

  ask(argv: readonly string[]): CommandAnswer {
    return (
      this.answers.get(argv.join(" ")) ?? { status: null, output: "there is no such command here" }
    );
  }

  /** The world that configurations are read in. */
  get world(): ConfigWorld {
    return {
      readText: (path) => {
        const text = this.readText(path);
        if (text !== null) return ok(text);
        const held = this.readHead(path, Number.POSITIVE_INFINITY);
        const decoded = held === null ? null : decodeUtf8(held);
        if (decoded?.ok === false) return err({ code: "EILSEQ", detail: decoded.error });
        return err({ code: "ENOENT", detail: `No such file: ${path}` });
      },
      exists: (path) => this.look(path).ok,
      isDirectory: (path) => {
        const found = this.look(path);
        return found.ok && found.kind === "directory";
      },
      glob: (pattern) =>
        globPaths(pattern, {
          list: (directory) => this.list(directory) ?? [],
          exists: (path) => this.look(path).ok || this.links.has(path),
          isDirectory: (path) => {
            const found = this.look(path);
            return found.ok && found.kind === "directory";
          },
        }),
      findUser: (nameOrUid) => this.user(nameOrUid),
      findGroup: (nameOrGid) => this.group(nameOrGid),
      cwd: this.cwd,
      home: this.user(this.uid)?.home ?? "/",
      tempDir: "/tmp",
      hostName: "pi",
      uid: this.uid,
      env: {},
    };
  }

  /** As doctor gathers it: a service makes its run directory before each start, so that it is not missing meanwhile. */
  #atStart(file: Situation["service"]["file"]): ConfigWorld {
    const { world } = this;
    if (file === null) return world;
    return { ...world, isDirectory: (path) => path === "/run/tsv" || world.isDirectory(path) };
  }

  /**
   * The situation with this text as /etc/tsv/tsv.conf (null: as it is, or none). `parts` replace what was found.
   * @param environment of the service
   */
  situation(
    text: string | null = null,
    parts: Parts = {},
    environment = { PATH: "/usr/bin:/bin" },
  ): Situation {
    const path = "/etc/tsv/tsv.conf";
    if (text !== null) this.file(path, text, { mode: 0o640, gid: 990 });
    const isThere = this.nodes.has(path);
    const parsed = parseDaemonArguments(["tsv", "-n"], this.world);
    if (!parsed.ok || parsed.value.kind !== "run")
      throw new Error("the command line of the fake is wrong");
    const config = readConfigFacts(
      {
        path: isThere ? path : null,
        chosenBy: isThere ? "search" : null,
        search: [{ path, exists: isThere }],
        environment,
        environmentIsReal: false,
        args: parsed.value.args,
      },
      this.#atStart(parts.service?.file ?? null),
    );
    const base: Situation = {
      nowMs: NOW,
      host: {
        platform: "linux",
        machine: "x86_64",
        bootedMs: NOW - 86_400_000,
        container: null,
        board: null,
      },
      caller: {
        uid: this.uid,
        gids: this.groupsOf(this.user(this.uid)?.name ?? ""),
        name: this.user(this.uid)?.name ?? String(this.uid),
        home: this.user(this.uid)?.home ?? "/",
        environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        cwd: this.cwd,
      },
      executable: { path: "/usr/bin/tsv", version: "1.0.0", builtMs: NOW - 100 * 86_400_000 },
      config,
      daemons: [],
      daemon: null,
      servers: serversOf(config.daemon?.ok === true ? config.daemon.value.servers : []),
      programs: null,
      histories: null,
      pools: null,
      service: {
        init: "systemd",
        name: "tsv",
        scope: "system",
        manifest: null,
        layout: layoutFor({
          platform: "linux",
          scope: "system",
          name: "tsv",
          home: "/root",
          runtimeDirectory: null,
          hasSysconfig: false,
        }),
        file: null,
        isEnabled: null,
        isActive: null,
        isMasked: false,
        needsReload: false,
        properties: {},
        commands: null,
        links: [],
        restoration: null,
        supervisors: { services: [], processes: [], configs: [] },
      },
    };
    return merge(base, parts);
  }
}

type Servers = Extract<
  NonNullable<Situation["config"]["daemon"]>,
  { ok: true }
>["value"]["servers"];

/** Nothing runs: unix sockets are missing, ports refuse. */
function serversOf(servers: Servers): readonly ServerAnswer[] {
  return servers.map((server) => {
    const { section } = server;
    if (server.kind === "unix") {
      return {
        section,
        url: `unix://${server.path}`,
        kind: "missing",
        detail: "ENOENT",
        daemon: null,
      };
    }
    const url = `http://${server.host === "" ? "localhost" : server.host}:${server.port}`;
    return { section, url, kind: "refused", detail: "ECONNREFUSED", daemon: null };
  });
}

function merge(base: Situation, parts: Parts): Situation {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, part] of Object.entries(parts)) {
    const before = merged.get(key);
    merged.set(key, isPlain(before) && isPlain(part) ? { ...before, ...part } : part);
  }
  return Object.fromEntries(merged) as unknown as Situation;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
