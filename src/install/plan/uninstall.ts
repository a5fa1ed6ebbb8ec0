// The plan of `tsv uninstall`: removes the files in the manifest that were not changed. Everything else stays, and is listed.

import type { ServiceFiles } from "../services/init-system.ts";
import { isBelow, parentsOf } from "./layout.ts";
import { entryId, type Manifest, type ManifestEntry } from "./manifest.ts";
import type { UninstallRequest } from "./plan-input.ts";
import {
  describeFound,
  type FoundFile,
  type InstallWorld,
  type Plan,
  type PlannedStep,
  type Step,
} from "./steps.ts";
import { giveToPackage, packageFacts } from "./take-over.ts";

interface UninstallInput {
  readonly request: UninstallRequest;
  readonly manifest: Manifest;
  readonly manifestPath: string;
  readonly world: InstallWorld;
  /** The service for its init system; null if none was installed, or in an image. */
  readonly service: ServiceFiles | null;
  /** Directories that --purge removes with their contents, if this installation created them. */
  readonly purged: readonly string[];
  /** Files that a killed daemon leaves, and its directory that the init system created. */
  readonly runtime: {
    readonly directory: string;
    /** They contain a pid or nothing, or are sockets. */
    readonly files: readonly string[];
    /** Output on stderr. */
    readonly texts?: readonly string[];
  };
  /** Paths of the package; empty without a package. */
  readonly packaged?: readonly string[];
  /** Files that doctor created in repairs of this service, and its records; absent without repairs. */
  readonly repaired?: Repaired | null;
  /** Installations of other names: files that they share with this one stay. */
  readonly others: readonly Manifest[];
}

type PathEntry = Extract<ManifestEntry, { kind: "file" | "link" }>;

/** Plans the removal. */
export function planUninstall(input: UninstallInput): Plan {
  return new Removal(input).plan();
}

class Removal {
  readonly #input: UninstallInput;
  readonly #steps: PlannedStep[] = [];
  readonly #remarks: string[] = [];
  readonly #shared: ReadonlyMap<string, readonly ManifestEntry[]>;
  readonly #trees: ReadonlySet<string>;
  /** Paths that stay. */
  readonly #kept: string[] = [];

  constructor(input: UninstallInput) {
    this.#input = input;
    const shared = new Map<string, ManifestEntry[]>();
    for (const entry of input.others.flatMap(({ entries }) => entries)) {
      const id = entryId(entry);
      shared.set(id, [...(shared.get(id) ?? []), entry]);
    }
    this.#shared = shared;
    const isOurs = (path: string): boolean =>
      input.manifest.entries.some((entry) => entry.kind === "directory" && entry.path === path);
    const purged = input.request.purge ? input.purged : [];
    this.#trees = new Set(purged.filter((path) => isOurs(path) && !this.#isPackaged(path)));
    for (const path of purged) {
      if (this.#isPackaged(path)) continue;
      if (isOurs(path) || input.world.look(path).kind === "missing") continue;
      this.#remarks.push(`${path} stays: it existed before tsv install`);
    }
  }

  plan(): Plan {
    const { manifest, manifestPath, service } = this.#input;
    // Undone last: the init system reads the restored files.
    for (const { argv, what, mayFail } of [...(service?.forget ?? [])].reverse()) {
      this.#add({ kind: "on-undo", argv, what, mayFail }, "", "");
    }
    if (service !== null) this.#quiet(service);
    for (const entry of [...manifest.entries].reverse()) {
      if (entry.kind === "file" || entry.kind === "link") this.#entry(entry);
    }
    this.#steps.push(
      ...repairedSteps(this.#input.repaired ?? null, this.#input.world, this.#trees),
    );
    const what = "manifest of this installation";
    this.#add({ kind: "remove", path: manifestPath, what }, what, "removed");
    for (const path of this.#trees) {
      if (this.#input.world.look(path).kind !== "directory") continue;
      this.#add({ kind: "remove-tree", path }, "directory", "removed with its contents");
    }
    this.#directories();
    for (const { argv, undo, what: why, mayFail } of service?.forget ?? []) {
      this.#add({ kind: "command", argv, undo, what: why }, "", why, mayFail);
    }
    for (const argv of this.#isLive ? manifest.giveBack : []) {
      const what = argv.join(" ");
      this.#add({ kind: "command", argv, undo: null, what }, "", what, true);
    }
    this.#giveToPackage();
    this.#groups();
    if (service !== null) this.#runAgain(service);
    return { steps: this.#steps, remarks: this.#remarks };
  }

  get #isLive(): boolean {
    return this.#input.request.root === "/";
  }

  #isPackaged(path: string): boolean {
    return this.#input.packaged?.includes(path) === true;
  }

  /** A service that the package starts at boot runs again with the package's settings. */
  #runsAgain({ isRunning }: ServiceFiles): boolean {
    const { manifest, world } = this.#input;
    // A symlink to /dev/null only masks the installed Supervisor.
    const isStartedByUs = manifest.entries.some(
      (entry) => entry.kind === "link" && entry.target !== "/dev/null",
    );
    return manifest.isPackaged && !isStartedByUs && world.ask(isRunning.argv);
  }

  #runAgain(service: ServiceFiles): void {
    if (!this.#runsAgain(service)) return;
    const { start } = service;
    const what = `${start.what} with the settings of the package`;
    this.#add({ kind: "command", argv: start.argv, undo: start.undo, what }, "", what, true);
  }

  #add(step: Step, now: string, will: string, mayFail = false): void {
    this.#steps.push({ step, now, will, edited: null, mayFail });
  }

  /** Stops it and disables it. */
  #quiet({ stop, enable, isRunning }: ServiceFiles): void {
    const { argv, undo, what, mayFail } = stop;
    if (this.#input.world.ask(isRunning.argv)) {
      this.#add({ kind: "command", argv, undo, what }, "running", what, mayFail);
    }
    for (const command of [...enable].reverse()) {
      if (command.undo === null) continue;
      const step: Step = {
        kind: "command",
        argv: command.undo,
        undo: command.argv,
        what: `undo: ${command.what}`,
      };
      this.#add(step, "", step.what, command.mayFail);
    }
  }

  #entry(entry: PathEntry): void {
    const { world, request } = this.#input;
    const { path } = entry;
    if (isBelow(path, this.#trees)) return;
    const found = world.look(path);
    if (found.kind === "missing") return;
    if (this.#isPackaged(path)) {
      this.#remarks.push(`${path} stays: it belongs to the package tsv`);
      return;
    }
    const shared = this.#shared.get(entryId(entry)) ?? [];
    if (shared.length > 0) {
      const names = this.#input.others.map(({ name }) => name).join(", ");
      this.#remarks.push(`${path} stays: ${names} uses it too`);
      return;
    }
    if (!isAsLeft(entry, found) && !request.force) {
      const isEdited = entry.kind === "file" && entry.isTheirs;
      const how = isEdited
        ? "it was edited (--purge removes it)"
        : "it was changed (--force removes it)";
      if (!(isEdited && request.purge)) {
        this.#remarks.push(`${path} stays: ${how}`);
        this.#kept.push(path);
        return;
      }
    }
    this.#remove(entry, found);
  }

  #remove(entry: PathEntry, found: FoundFile): void {
    const { path, replaced } = entry;
    const now = describeFound(found, this.#input.world);
    if (replaced === null) {
      this.#add({ kind: "remove", path, what: "" }, now, "removed");
    } else if (replaced.kind === "link") {
      const { target } = replaced;
      this.#add({ kind: "link", path, target }, now, `symlink to ${target}, as before tsv`);
    } else {
      const { backup, mode, uid, gid } = replaced;
      const step: Step = { kind: "put-back", path, backup, mode, uid, gid };
      this.#add(step, now, "the file from before tsv");
      this.#add({ kind: "remove", path: backup, what: "" }, "kept copy", "removed");
    }
  }

  #directories(): void {
    for (const path of this.#input.runtime.files) {
      if (this.#input.world.look(path).kind === "missing") continue;
      this.#add({ kind: "remove-stale", path }, "from the daemon", "removed", true);
    }
    for (const path of this.#input.runtime.texts ?? []) {
      if (this.#input.world.look(path).kind !== "file") continue;
      this.#add({ kind: "remove", path, what: "" }, "from the daemon", "removed", true);
    }
    this.#emptyDirectories();
  }

  /** Deepest first. A directory that contains other files stays, and so do its parents. */
  #emptyDirectories(): void {
    const { manifest, world, runtime, service } = this.#input;
    const isUsed = service !== null && this.#runsAgain(service);
    const ours = manifest.entries.flatMap((entry) =>
      entry.kind === "directory" && !this.#shared.has(entryId(entry)) ? [entry.path] : [],
    );
    const paths = [...new Set([...ours, ...(isUsed ? [] : [runtime.directory])])].sort(
      (left, right) => parentsOf(right).length - parentsOf(left).length,
    );
    for (const path of paths) {
      if (isBelow(path, this.#trees) || world.look(path).kind !== "directory") continue;
      if (this.#isPackaged(path)) continue;
      this.#add({ kind: "remove-empty", path }, "directory", "removed if it is empty");
    }
  }

  /** The installation, or doctor, has kept it from the package of Supervisor. */
  #giveToPackage(): void {
    const { manifest, others, world } = this.#input;
    if (!this.#isLive || others.some(({ config }) => config === manifest.config)) return;
    const command = giveToPackage(manifest.config, packageFacts(world));
    if (command === null) return;
    const { argv, undo, what, mayFail } = command;
    this.#add({ kind: "command", argv, undo, what }, "", what, mayFail);
  }

  /** If files of a removed group stayed, they would belong to the next group with its id. */
  #groups(): void {
    const { manifest, world, purged, packaged = [] } = this.#input;
    // The files of a package belong to the group.
    if (packaged.length > 0) return;
    for (const entry of manifest.entries) {
      if (entry.kind !== "group" || this.#shared.has(entryId(entry))) continue;
      const gid = world.groupId(entry.name);
      if (gid === null) continue;
      for (const path of [...this.#kept, ...purged]) {
        const found = world.look(path);
        if (isBelow(path, this.#trees)) continue;
        if ((found.kind !== "file" && found.kind !== "directory") || found.gid !== gid) continue;
        const { mode, uid } = found;
        const now = describeFound(found, world);
        this.#add({ kind: "own", path, mode, uid, gid: 0 }, now, "if it stays: group root");
      }
      const step: Step = { kind: "remove-group", name: entry.name };
      this.#add(step, "a group", "removed", true);
    }
  }
}

function isAsLeft(entry: PathEntry, found: FoundFile): boolean {
  if (entry.kind === "link") return found.kind === "link" && found.target === entry.target;
  return found.kind === "file" && found.sha256 === entry.sha256;
}

/** Files and directories that doctor's repairs created, and the directory of its records. */
export interface Repaired {
  readonly records: string;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly directories: readonly string[];
}

/** Steps that remove them if they are unchanged. @param trees directories that are removed completely anyway */
export function repairedSteps(
  repaired: Repaired | null,
  world: InstallWorld,
  trees: ReadonlySet<string>,
): readonly PlannedStep[] {
  if (repaired === null) return [];
  const { records, files, directories } = repaired;
  const isDirectory = (path: string): boolean =>
    world.look(path).kind === "directory" && !isBelow(path, trees);
  const made = "created by tsv doctor";
  return [
    ...files.flatMap(({ path, sha256 }) => {
      const found = world.look(path);
      const isAsLeft = found.kind === "file" && found.sha256 === sha256;
      return isAsLeft ? [planned({ kind: "remove", path, what: made }, made, "removed")] : [];
    }),
    ...directories
      .filter(isDirectory)
      .map((path) => planned({ kind: "remove-empty", path }, made, "removed if it is empty")),
    ...(isDirectory(records)
      ? [planned({ kind: "remove-tree", path: records }, "records of tsv doctor", "removed")]
      : []),
  ];
}

function planned(step: Step, now: string, will: string): PlannedStep {
  return { step, now, will, edited: null, mayFail: false };
}
