// The plan of `tsv uninstall`: removes the files in the manifest that were not changed. Everything else stays, and is listed.

import type { ServiceFiles } from "../services/init-system.ts";
import { isBelow, parentsOf } from "./layout.ts";
import { entriesById, entryId, isAsLeft, type Manifest, type ManifestEntry } from "./manifest.ts";
import type { UninstallRequest } from "./plan-input.ts";
import {
  command,
  describeFound,
  type FoundFile,
  type InstallWorld,
  type Plan,
  type PlannedStep,
  planned,
  plannedCommand,
  plannedOnUndo,
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
    this.#shared = entriesById(input.others);
    const isOurs = (path: string): boolean =>
      input.manifest.entries.some((entry) => entry.kind === "directory" && entry.path === path);
    const purged = input.request.purge
      ? input.purged.filter((path) => !this.#isPackaged(path))
      : [];
    this.#trees = new Set(purged.filter(isOurs));
    for (const path of purged) {
      if (isOurs(path) || input.world.look(path).kind === "missing") continue;
      this.#remarks.push(`${path} stays: it existed before tsv install`);
    }
  }

  plan(): Plan {
    const { manifest, manifestPath, service, world, repaired = null } = this.#input;
    const forget = service?.forget ?? [];
    // Undone last: the init system reads the restored files.
    for (const { argv, what, mayFail } of [...forget].reverse()) {
      this.#steps.push(plannedOnUndo(argv, mayFail, what));
    }
    const runsAgain = service !== null && this.#runsAgain(service);
    if (service !== null) this.#stop(service);
    for (const entry of [...manifest.entries].reverse()) {
      if (entry.kind === "file" || entry.kind === "link") this.#entry(entry);
    }
    this.#steps.push(...repairedSteps(repaired, world, this.#trees));
    const what = "manifest of this installation";
    this.#add({ kind: "remove", path: manifestPath, what }, what);
    for (const path of this.#trees) {
      if (world.look(path).kind !== "directory") continue;
      this.#add({ kind: "remove-tree", path }, "directory");
    }
    this.#leftovers();
    this.#directories(runsAgain);
    this.#steps.push(...forget.map((one) => plannedCommand(one)));
    for (const argv of this.#isLive ? manifest.reactivate : []) {
      this.#steps.push(plannedCommand(command(argv, argv.join(" "), null, true)));
    }
    this.#giveToPackage();
    this.#groups();
    if (service !== null && runsAgain) {
      const what = `${service.start.what} with the settings of the package`;
      this.#steps.push(plannedCommand({ ...service.start, what, mayFail: true }));
    }
    return { steps: this.#steps, remarks: this.#remarks };
  }

  get #isLive(): boolean {
    return this.#input.request.root === "/";
  }

  #isPackaged(path: string): boolean {
    return this.#input.packaged?.includes(path) === true;
  }

  #add(...step: Parameters<typeof planned>): void {
    this.#steps.push(planned(...step));
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

  /** Stops and disables the service. */
  #stop({ stop, enable, isRunning }: ServiceFiles): void {
    if (this.#input.world.ask(isRunning.argv)) this.#steps.push(plannedCommand(stop, "running"));
    for (const { argv, undo, what, mayFail } of [...enable].reverse()) {
      if (undo === null) continue;
      this.#steps.push(plannedCommand(command(undo, `undo: ${what}`, argv, mayFail)));
    }
  }

  #entry(entry: PathEntry): void {
    const { world, request, others } = this.#input;
    const { path } = entry;
    if (isBelow(path, this.#trees)) return;
    const found = world.look(path);
    if (found.kind === "missing") return;
    if (this.#isPackaged(path)) {
      this.#remarks.push(`${path} stays: it belongs to the package tsv`);
      return;
    }
    if (this.#shared.has(entryId(entry))) {
      const names = others.map(({ name }) => name).join(", ");
      this.#remarks.push(`${path} stays: ${names} uses it too`);
      return;
    }
    const isEdited = entry.kind === "file" && entry.isTheirs;
    if (isAsLeft(entry, found) || request.force || (isEdited && request.purge)) {
      this.#remove(entry, found);
      return;
    }
    const how = isEdited
      ? "it was edited (--purge removes it)"
      : "it was changed (--force removes it)";
    this.#remarks.push(`${path} stays: ${how}`);
    this.#kept.push(path);
  }

  #remove({ path, replaced }: PathEntry, found: FoundFile): void {
    const now = describeFound(found, this.#input.world);
    if (replaced === null) {
      this.#add({ kind: "remove", path, what: "" }, now);
    } else if (replaced.kind === "link") {
      const { target } = replaced;
      const will = `symlink to ${target}, as before tsv`;
      this.#add({ kind: "link", path, target }, now, { will });
    } else {
      const { backup, mode, uid, gid } = replaced;
      this.#add({ kind: "put-back", path, backup, mode, uid, gid }, now);
      this.#add({ kind: "remove", path: backup, what: "" }, "kept copy");
    }
  }

  /** Files of a killed daemon. */
  #leftovers(): void {
    const { world, runtime } = this.#input;
    for (const path of runtime.files) {
      if (world.look(path).kind === "missing") continue;
      this.#add({ kind: "remove-stale", path }, "from the daemon", { mayFail: true });
    }
    for (const path of runtime.texts ?? []) {
      if (world.look(path).kind !== "file") continue;
      this.#add({ kind: "remove", path, what: "" }, "from the daemon", { mayFail: true });
    }
  }

  /** Deepest first. A directory that contains other files stays, and so do its parents. */
  #directories(isUsed: boolean): void {
    const { manifest, world, runtime } = this.#input;
    const ours = manifest.entries.flatMap((entry) =>
      entry.kind === "directory" && !this.#shared.has(entryId(entry)) ? [entry.path] : [],
    );
    const paths = [...new Set([...ours, ...(isUsed ? [] : [runtime.directory])])].sort(
      (left, right) => parentsOf(right).length - parentsOf(left).length,
    );
    for (const path of paths) {
      if (isBelow(path, this.#trees) || world.look(path).kind !== "directory") continue;
      if (!this.#isPackaged(path)) this.#add({ kind: "remove-empty", path }, "directory");
    }
  }

  /** The installation, or doctor, has kept it from the package of Supervisor. */
  #giveToPackage(): void {
    const { manifest, others, world } = this.#input;
    if (!this.#isLive || others.some(({ config }) => config === manifest.config)) return;
    const command = giveToPackage(manifest.config, packageFacts(world));
    if (command !== null) this.#steps.push(plannedCommand(command));
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
        const will = "if it stays: group root";
        this.#add({ kind: "own", path, mode, uid, gid: 0 }, describeFound(found, world), { will });
      }
      this.#add({ kind: "remove-group", name: entry.name }, "a group", { mayFail: true });
    }
  }
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
  const what = "created by tsv doctor";
  const unchanged = files.filter(({ path, sha256 }) => {
    const found = world.look(path);
    return found.kind === "file" && found.sha256 === sha256;
  });
  return [
    ...unchanged.map(({ path }) => planned({ kind: "remove", path, what }, what)),
    ...directories.filter(isDirectory).map((path) => planned({ kind: "remove-empty", path }, what)),
    ...(isDirectory(records)
      ? [
          planned({ kind: "remove-tree", path: records }, "records of tsv doctor", {
            will: "removed",
          }),
        ]
      : []),
  ];
}
