// Collects the steps of an installation: compares the desired state with the present one, omits steps without effect, and
// builds the manifest.

import { parentsOf } from "./layout.ts";
import {
  entryId,
  type Manifest,
  type ManifestEntry,
  type Replaced,
  withoutRepeats,
} from "./manifest.ts";
import {
  type Access,
  describeAccess,
  describeFound,
  type Edited,
  type FoundFile,
  type InstallWorld,
  type Mode,
  type Owner,
  type PlannedStep,
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

interface DesiredFile {
  readonly path: string;
  readonly text: string;
  readonly mode: Mode;
  readonly owner: Owner;
  readonly what: string;
  /** A file for users to edit: created once, never replaced. */
  readonly isTheirs: boolean;
}

type FileEntry = Extract<ManifestEntry, { kind: "file" }>;

/** The desired file at a path. */
interface Placing {
  readonly path: string;
  readonly sha256: string;
  readonly step: Extract<Step, { kind: "file" | "copy" }>;
  readonly will: string;
  readonly isTheirs: boolean;
}

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
    const ours = new Map<string, ManifestEntry[]>();
    for (const manifest of [options.previous, ...options.others]) {
      for (const entry of manifest?.entries ?? []) {
        const key = entryId(entry);
        ours.set(key, [...(ours.get(key) ?? []), entry]);
      }
    }
    this.#ours = ours;
  }

  add(
    step: Step,
    texts: { readonly now: string; readonly will: string },
    more: { readonly edited?: Edited | null; readonly mayFail?: boolean } = {},
  ): void {
    const { edited = null, mayFail = false } = more;
    this.steps.push({ step, ...texts, edited, mayFail });
  }

  group(name: string): void {
    const isThere = this.#world.groupId(name) !== null;
    const isOurs = this.#ours.has(`group ${name}`);
    if (!isThere) this.add({ kind: "group", name }, { now: "missing", will: "a system group" });
    if (!isThere || isOurs) this.#entries.push({ kind: "group", name });
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

  /** A directory of the host, such as that of manual pages: created if it is missing, otherwise ignored. */
  sharedDirectory(path: string, owner: Owner): void {
    const isOurs = this.#ours.has(`directory ${path}`);
    if (!isOurs && this.#world.look(path).kind !== "missing") return;
    const before = this.steps.length;
    const reasons = this.reasons.length;
    this.directory(path, 0o755, owner);
    // Nothing depends on it: where it cannot be made, what belongs there is left out.
    this.reasons.length = reasons;
    this.steps.push(...this.steps.splice(before).map((each) => ({ ...each, mayFail: true })));
  }

  /** What an earlier installation put below a directory is not looked at, and stays in the manifest. */
  keepBelow(directory: string): void {
    const { previous } = this.#options;
    const isBelow = (entry: ManifestEntry): boolean =>
      "path" in entry && entry.path.startsWith(`${directory}/`);
    this.#entries.push(...(previous?.entries ?? []).filter(isBelow));
  }

  /**
   * A page or a completion: nothing depends on it, so what stands in its way stays, and a failure is none of the installation's.
   * Not in the manifest where it is not ours.
   */
  document(desired: DesiredFile): void {
    const { path, text, mode, owner, what } = desired;
    const found = this.#world.look(path);
    const sha256 = this.#world.hash(text);
    const known = this.#fileEntries(path);
    const isOurs = known.some((entry) => isLike(found, entry.sha256));
    if (found.kind !== "missing" && !isOurs) return;
    if (found.kind !== "file" || found.sha256 !== sha256) {
      const step: Step = { kind: "file", path, text, mode, owner, what };
      const texts = { now: this.#describe(found), will: `${what}, ${describeAccess(mode, owner)}` };
      this.add(step, texts, { mayFail: true });
    }
    this.#entries.push({ kind: "file", path, sha256, isTheirs: false, replaced: null });
  }

  #oneDirectory(path: string, mode: Mode, owner: Owner): void {
    if (this.#directories.has(path)) return;
    this.#directories.add(path);
    const found = this.#world.look(path);
    const isOurs = this.#ours.has(`directory ${path}`);
    if (found.kind === "missing" || isOurs) this.#entries.push({ kind: "directory", path });
    const step: Step = { kind: "directory", path, mode, owner };
    const texts = { now: this.#describe(found), will: `directory, ${describeAccess(mode, owner)}` };
    if (found.kind === "missing") this.add(step, texts);
    else if (found.kind === "link") this.#throughLink(path, found.target);
    else if (found.kind !== "directory") {
      this.reasons.push(`${path} has to be a directory, but is ${this.#describe(found)}`);
    } else if (!this.#hasAccess(found, mode, owner)) {
      if (isOurs) this.add(step, texts);
      else this.remarks.push(`${path} exists and stays unchanged (${texts.now})`);
    }
  }

  /** /var/run is a symlink to /run on most hosts; other symlinks to directories are accepted, too. */
  #throughLink(path: string, target: string): void {
    if (this.#world.leadsToDirectory(path)) return;
    this.reasons.push(`${path} has to be a directory, but is a symlink to ${target}`);
  }

  /** A file that was written or edited by others is replaced only by a step that is marked so. */
  file(desired: DesiredFile): void {
    const { path, text, mode, owner, what, isTheirs } = desired;
    const step: Step = { kind: "file", path, text, mode, owner, what };
    const will = `${what}, ${describeAccess(mode, owner)}`;
    this.#place({ path, sha256: this.#world.hash(text), step, will, isTheirs });
  }

  /** An executable that is already at its path stays, even if others installed it. */
  copy(from: string, path: string, sha256: string): void {
    const { owner } = this.#options;
    if (from === path) {
      const before = this.#fileEntries(path)[0];
      if (before !== undefined) this.#entries.push({ ...before, sha256 });
      return;
    }
    const step: Step = { kind: "copy", from, path, sha256, mode: 0o755, owner };
    const will = `copy of ${from}, ${describeAccess(0o755, owner)}`;
    this.#place({ path, sha256, step, will, isTheirs: false });
  }

  #place({ path, sha256, step, will, isTheirs }: Placing): void {
    const found = this.#world.look(path);
    const known = this.#fileEntries(path);
    const before = known[0] ?? null;
    if (isTheirs && found.kind !== "missing") {
      if (before !== null) this.#entries.push(before);
      return;
    }
    if (found.kind === "directory" || found.kind === "other") {
      this.reasons.push(`${path} has to be a file, but is ${this.#describe(found)}`);
      return;
    }
    const isSame = found.kind === "file" && found.sha256 === sha256;
    // The same file, written by others: an uninstall does not remove it.
    if (isSame && before === null) return;
    const isUntouched =
      found.kind === "missing" || known.some((entry) => isLike(found, entry.sha256));
    const edited =
      isSame || isUntouched ? null : { path, text: isTheirs ? null : this.#world.read(path) };
    const replaced =
      before === null && found.kind !== "missing"
        ? this.#keep(path, found)
        : (before?.replaced ?? null);
    if (!isSame || !this.#hasAccess(found, step.mode, step.owner)) {
      const now = this.#describe(found) + (edited === null ? "" : ", edited");
      this.add(step, { now, will }, { edited });
    }
    this.#entries.push({ kind: "file", path, sha256, isTheirs, replaced });
  }

  /** The file from before the installation is kept, and restored by an uninstall. */
  #keep(path: string, found: Extract<FoundFile, { kind: "file" | "link" }>): Replaced {
    if (found.kind === "link") return { kind: "link", target: found.target };
    const { backups, owner } = this.#options;
    const { sha256, mode, uid, gid } = found;
    const backup = `${backups}/${sha256}`;
    this.directory(backups, 0o700, owner);
    const will = `kept as ${backup}, restored by tsv uninstall`;
    this.add({ kind: "keep", path, backup, owner }, { now: this.#describe(found), will });
    return { kind: "file", backup, mode, uid, gid };
  }

  link(path: string, target: string): void {
    const found = this.#world.look(path);
    const before = (this.#ours.get(`path ${path}`) ?? []).find((entry) => entry.kind === "link");
    const isRight = found.kind === "link" && found.target === target;
    if (isRight && before === undefined) return;
    if (found.kind === "directory" || found.kind === "other") {
      this.reasons.push(`${path} has to be a symlink, but is ${this.#describe(found)}`);
      return;
    }
    const isOurs = before?.kind === "link";
    const isUntouched =
      found.kind === "missing" ||
      (isOurs && found.kind === "link" && found.target === before.target);
    const isForeign = !isRight && !isOurs && found.kind !== "missing";
    const replaced = isForeign ? this.#keep(path, found) : isOurs ? before.replaced : null;
    if (!isRight) {
      const edited = isUntouched
        ? null
        : { path, text: found.kind === "file" ? this.#world.read(path) : this.#describe(found) };
      const texts = { now: this.#describe(found), will: `symlink to ${target}` };
      this.add({ kind: "link", path, target }, texts, { edited });
    }
    this.#entries.push({ kind: "link", path, target, replaced });
  }

  /** Inserts steps at `index`. */
  insert(index: number, steps: readonly PlannedStep[]): void {
    this.steps.splice(index, 0, ...steps);
  }

  /** All entries of the manifest, including existing files of an earlier installation that are not in this plan. */
  record(): readonly ManifestEntry[] {
    const earlier = (this.#options.previous?.entries ?? []).filter(
      (entry) => entry.kind === "group" || this.#world.look(entry.path).kind !== "missing",
    );
    return withoutRepeats([...this.#entries, ...earlier]);
  }

  #fileEntries(path: string): readonly FileEntry[] {
    return (this.#ours.get(`path ${path}`) ?? []).filter((entry) => entry.kind === "file");
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

function isLike(found: FoundFile, sha256: string): boolean {
  return found.kind === "file" && found.sha256 === sha256;
}
