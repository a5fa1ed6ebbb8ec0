// A host in memory for the doctor's checks: accounts, processes and listeners that can be set up, besides files.

import type { GroupAccount, UserAccount } from "../../src/core/config/world.ts";
import type { SeenCertificate } from "../../src/core/net/certificates.ts";
import type { DoctorFacts } from "../../src/doctor/facts/doctor-facts.ts";
import type {
  CommandAnswer,
  Limits,
  Listener,
  OpenFile,
  Probe,
  SeenProcess,
} from "../../src/doctor/facts/probe.ts";
import { type FactsParts, factsOfHost } from "./doctor-facts.ts";
import { DoctorFiles, NOW } from "./doctor-files.ts";

/** A healthy host with tsv's default places and nothing running; tests break it. */
export class DoctorHost extends DoctorFiles implements Probe {
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
  readonly seenProcesses: SeenProcess[] = [];
  readonly files = new Map<number, readonly OpenFile[]>();
  readonly limitsOf = new Map<number, Limits>();
  readonly environments = new Map<number, Readonly<Record<string, string>>>();
  readonly listening: Listener[] = [];
  /** Answers to commands by their words joined by blanks; others say "no such command". */
  readonly answers = new Map<string, CommandAnswer>();
  /** What certificates say, and their keys, by their texts. */
  readonly certificates = new Map<string, Omit<SeenCertificate, "isKeyItsOwn"> & { key: string }>();
  cwd = "/";
  uid = 0;

  constructor() {
    super();
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

  /** Adds a process; fields that do not matter have likely values. */
  run(pid: number, command: readonly string[], more: Partial<SeenProcess> = {}): this {
    this.seenProcesses.push({
      pid,
      parent: 1,
      group: pid,
      uid: 0,
      isKeeper: false,
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

  children(pid: number): readonly number[] {
    return this.seenProcesses.filter(({ parent }) => parent === pid).map((one) => one.pid);
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

  listenersOf(pid: number): readonly Listener[] {
    return this.listening.filter((one) => one.pid === pid);
  }

  certificate(text: string, key: string | null): SeenCertificate | null {
    const found = this.certificates.get(text);
    if (found === undefined) return null;
    const { fromMs, untilMs } = found;
    return { fromMs, untilMs, isKeyItsOwn: key === null ? null : key === found.key };
  }

  suspect(): void {
    // All are known.
  }

  ask(argv: readonly string[]): CommandAnswer {
    return this.answers.get(argv.join(" ")) ?? { status: null, output: "command not found" };
  }

  /**
   * The facts with this text as /etc/tsv/tsv.conf (null: as it is, or none). `parts` replace what was found.
   * @param environment of the service
   */
  facts(
    text: string | null = null,
    parts: FactsParts = {},
    environment = { PATH: "/usr/bin:/bin" },
  ): DoctorFacts {
    return factsOfHost(this, text, parts, environment);
  }
}
