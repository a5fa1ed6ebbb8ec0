// Collects the steps of an installation: compares the desired state with the present one, omits steps without effect, and
// builds the manifest.

import type { ServiceFile } from "../services/init-system.ts";
import { parentsOf } from "./layout.ts";
import {
  entriesById,
  isAsLeft,
  type Manifest,
  type ManifestEntry,
  type Replaced,
} from "./manifest.ts";
import type { ServiceCommand } from "./steps.ts";
import {
  type Access,
  describeFound,
  type FoundFile,
  type InstallWorld,
  type Mode,
  type Owner,
  type PlannedStep,
  planned,
  plannedCommand,
  type Step,
} from "./steps.ts";

interface PlannerOptions {
  readonly world: InstallWorld;
  readonly previous: Manifest | null;
  /** Installations of other names: the executable and the group are shared with them. */
  readonly others: readonly Manifest[];
  /** Directory for copies of replaced files. */
  readonly backups: string;
  /** Owner of that directory, and of missing parents. */
  readonly owner: Owner;
}

interface DesiredFile extends ServiceFile {
  readonly owner: Owner;
}

/** Write permission of other users. */
const OF_OTHERS = 0o022;

type FileEntry = Extract<ManifestEntry, { kind: "file" }>;
type LinkEntry = Extract<ManifestEntry, { kind: "link" }>;

/** Builds one plan. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #world: InstallWorld;
  readonly #ours: ReadonlyMap<string, readonly ManifestEntry[]>;
  readonly steps: PlannedStep[] = [];
  readonly remarks: string[] = [];
  /** Reasons why the plan is impossible. */
  readonly reasons: string[] = [];
  readonly #entries: ManifestEntry[] = [];
  readonly #directories = new Set<string>();

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#ours = entriesById([options.previous, ...options.others]);
  }

  /** Adds a step. See `planned`. */
  add(...step: Parameters<typeof planned>): void {
    this.steps.push(planned(...step));
  }

  command(command: ServiceCommand): void {
    this.steps.push(plannedCommand(command));
  }

  group(name: string): void {
    const isThere = this.#world.groupId(name) !== null;
    if (!isThere) this.add({ kind: "group", name }, "missing");
    if (!isThere || this.#ours.has(`group ${name}`)) this.#entries.push({ kind: "group", name });
  }

  /** An existing directory of others stays unchanged. Missing parents are created. */
  directory(path: string, mode: Mode, owner: Owner): void {
    for (const parent of parentsOf(path)) {
      const isNeeded = this.#world.look(parent).kind === "missing";
      const isOurs = this.#ours.has(`directory ${parent}`);
      if (isNeeded || isOurs) this.#oneDirectory(parent, 0o755, this.#options.owner);
    }
    this.#oneDirectory(path, mode, owner);
  }

  /** The same for records that later runs believe: none that other users can change is accepted. */
  recordDirectory(path: string, mode: Mode, owner: Owner): void {
    this.directory(path, mode, owner);
    const found = this.#world.look(path);
    if (found.kind !== "directory" || this.#ours.has(`directory ${path}`)) return;
    const isOwned = found.uid === 0 || found.uid === this.#world.userId(owner.user);
    if (isOwned && (found.mode & OF_OTHERS) === 0) return;
    const fix = `chown ${owner.user} ${path} && chmod go-w ${path}`;
    this.reasons.push(
      `other users can write to ${path} (${this.#describe(found)}), and its records would not be trusted; look into it, then run: ${fix}`,
    );
  }

  /** A directory of the host, such as that of manual pages: created if it is missing, otherwise ignored. */
  sharedDirectory(path: string, owner: Owner): void {
    const isOurs = this.#ours.has(`directory ${path}`);
    if (!isOurs && this.#world.look(path).kind !== "missing") return;
    const before = this.steps.length;
    const reasons = this.reasons.length;
    this.directory(path, 0o755, owner);
    // Nothing depends on it: if it cannot be created, its files are left out.
    this.reasons.length = reasons;
    this.steps.push(...this.steps.splice(before).map((each) => ({ ...each, mayFail: true })));
  }

  /** The files of an earlier installation below a directory are not examined, and stay in the manifest. */
  keepBelow(directory: string): void {
    const { previous } = this.#options;
    const isBelow = (entry: ManifestEntry): boolean =>
      "path" in entry && entry.path.startsWith(`${directory}/`);
    this.#entries.push(...(previous?.entries ?? []).filter(isBelow));
  }

  /** A page or a completion: nothing depends on it, so a file of others stays, and a failure is skipped. */
  document(desired: DesiredFile): void {
    const { path, text } = desired;
    const found = this.#world.look(path);
    const sha256 = this.#world.hash(text);
    const entry: FileEntry = { kind: "file", path, sha256, isTheirs: false, replaced: null };
    if (found.kind !== "missing" && !this.#known(entry).some((one) => isAsLeft(one, found))) return;
    if (!isAsLeft(entry, found)) {
      this.add({ kind: "file", ...desired }, this.#describe(found), { mayFail: true });
    }
    this.#entries.push(entry);
  }

  #oneDirectory(path: string, mode: Mode, owner: Owner): void {
    if (this.#directories.has(path)) return;
    this.#directories.add(path);
    const found = this.#world.look(path);
    const isOurs = this.#ours.has(`directory ${path}`);
    if (found.kind === "missing" || isOurs) this.#entries.push({ kind: "directory", path });
    const now = this.#describe(found);
    const step: Step = { kind: "directory", path, mode, owner };
    if (found.kind === "missing") this.add(step, now);
    else if (found.kind === "link") {
      // /var/run is a symlink to /run on most hosts; other symlinks to directories are accepted, too.
      if (this.#world.leadsToDirectory(path)) return;
      this.reasons.push(`${path} has to be a directory, but is a symlink to ${found.target}`);
    } else if (found.kind !== "directory") {
      this.reasons.push(`${path} has to be a directory, but is ${now}`);
    } else if (!this.#hasAccess(found, mode, owner)) {
      if (isOurs) this.add(step, now);
      else this.remarks.push(`${path} exists and stays unchanged (${now})`);
    }
  }

  /**
   * A file that was written or edited by others is replaced only by a step that is marked so.
   * @param isTheirs a file for users to edit: created once, never replaced
   */
  file(desired: DesiredFile, isTheirs = false): void {
    const { path, text } = desired;
    const sha256 = this.#world.hash(text);
    const entry: FileEntry = { kind: "file", path, sha256, isTheirs, replaced: null };
    const [before] = this.#known(entry);
    if (!isTheirs || this.#world.look(path).kind === "missing") {
      this.#place(entry, { kind: "file", ...desired });
    } else if (before !== undefined) this.#entries.push(before);
  }

  /** An executable that is already at its path stays, even if others installed it. */
  copy(from: string, path: string, sha256: string): void {
    const entry: FileEntry = { kind: "file", path, sha256, isTheirs: false, replaced: null };
    if (from !== path) {
      const { owner } = this.#options;
      this.#place(entry, { kind: "copy", from, path, sha256, mode: 0o755, owner });
      return;
    }
    const [before] = this.#known(entry);
    if (before !== undefined) this.#entries.push({ ...before, sha256 });
  }

  link(path: string, target: string): void {
    this.#place({ kind: "link", path, target, replaced: null }, { kind: "link", path, target });
  }

  #place<E extends FileEntry | LinkEntry>(
    entry: E,
    step: Extract<Step, { kind: "file" | "copy" | "link" }>,
  ): void {
    const { path } = entry;
    const found = this.#world.look(path);
    const known = this.#known(entry);
    const [before = null] = known;
    const isAsRecorded = isAsLeft(entry, found);
    // It was written by others: an uninstall does not remove it.
    if (isAsRecorded && before === null) return;
    const now = this.#describe(found);
    if (found.kind === "directory" || found.kind === "other") {
      const what = entry.kind === "file" ? "file" : "symlink";
      this.reasons.push(`${path} has to be a ${what}, but is ${now}`);
      return;
    }
    const isUntouched =
      isAsRecorded || found.kind === "missing" || known.some((one) => isAsLeft(one, found));
    const isFile = step.kind !== "link";
    const hasAccess =
      !isFile || (found.kind === "file" && this.#hasAccess(found, step.mode, step.owner));
    const replaced =
      before === null && found.kind !== "missing"
        ? this.#keep(path, found)
        : (before?.replaced ?? null);
    if (!isAsRecorded || !hasAccess) {
      const text = found.kind === "file" ? this.#world.read(path) : now;
      const edited = isUntouched ? null : { path, text };
      this.add(step, isFile && !isUntouched ? `${now}, edited` : now, { edited });
    }
    this.#entries.push({ ...entry, replaced });
  }

  /** The file from before the installation is kept, and restored by an uninstall. */
  #keep(path: string, found: Extract<FoundFile, { kind: "file" | "link" }>): Replaced {
    if (found.kind === "link") return { kind: "link", target: found.target };
    const { backups, owner } = this.#options;
    const { sha256, mode, uid, gid } = found;
    const backup = `${backups}/${sha256}`;
    this.directory(backups, 0o700, owner);
    this.add({ kind: "keep", path, backup, owner }, this.#describe(found));
    return { kind: "file", backup, mode, uid, gid };
  }

  /** All entries of the manifest, including existing files of an earlier installation that are not in this plan. */
  record(): readonly ManifestEntry[] {
    const earlier = (this.#options.previous?.entries ?? []).filter(
      (entry) => entry.kind === "group" || this.#world.look(entry.path).kind !== "missing",
    );
    const known = entriesById([{ entries: [...this.#entries, ...earlier] }]);
    return Array.from(known.values()).flatMap(([first]) => (first === undefined ? [] : [first]));
  }

  /** The entries of all manifests with the kind and path of an entry. */
  #known<E extends FileEntry | LinkEntry>({ kind, path }: E): readonly E[] {
    return (this.#ours.get(`path ${path}`) ?? []).filter((one): one is E => one.kind === kind);
  }

  #hasAccess(found: Access, mode: Mode, owner: Owner): boolean {
    const { uid, gid } = found;
    const isOwner = this.#world.userId(owner.user) === uid;
    return isOwner && this.#world.groupId(owner.group) === gid && found.mode === mode;
  }

  #describe(found: FoundFile): string {
    return describeFound(found, this.#world);
  }
}
