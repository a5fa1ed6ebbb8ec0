// The plan of `tsv uninstall`: removes the files in the manifest that were not changed. Everything else stays, and is listed.

import type { ServiceFiles } from "../services/init-system.ts";
import { isBelow, type Layout, parentsOf } from "./layout.ts";
import { entriesById, entryId, isAsLeft, type Manifest, type ManifestEntry } from "./manifest.ts";
import type { InstallFacts, UninstallRequest } from "./plan-input.ts";
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
  readonly facts: InstallFacts;
  /** The service for its init system; null if none was installed. */
  readonly installed: ServiceFiles | null;
  /** Files that doctor created in repairs of this service, and its records; null without repairs. */
  readonly repaired: Repaired | null;
}

type PathEntry = Extract<ManifestEntry, { kind: "file" | "link" }>;

/** Plans the removal. */
export function planUninstall(input: UninstallInput): Plan {
  return new Removal(input).plan();
}

class Removal {
  readonly #input: UninstallInput;
  readonly #world: InstallWorld;
  /** Paths of the package; empty without a package. */
  readonly #packaged: readonly string[];
  readonly #steps: PlannedStep[] = [];
  readonly #remarks: string[] = [];
  readonly #shared: ReadonlyMap<string, readonly ManifestEntry[]>;
  readonly #trees: ReadonlySet<string>;
  /** Paths that stay. */
  readonly #kept: string[] = [];

  constructor(input: UninstallInput) {
    const { request, manifest, facts } = input;
    this.#input = input;
    this.#world = facts.world;
    this.#packaged = facts.mark?.paths ?? [];
    this.#shared = entriesById(facts.others);
    const isOurs = (path: string): boolean =>
      manifest.entries.some((entry) => entry.kind === "directory" && entry.path === path);
    const purged = purgedPlaces(facts.layout).filter((path) => !this.#packaged.includes(path));
    this.#trees = new Set(request.purge ? purged.filter(isOurs) : []);
    for (const path of request.purge ? purged : []) {
      if (isOurs(path) || this.#world.look(path).kind === "missing") continue;
      this.#remarks.push(`${path} stays: it existed before tsv install`);
    }
  }

  plan(): Plan {
    const { manifest, facts, repaired } = this.#input;
    const service = this.#isLive ? this.#input.installed : null;
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
    this.#steps.push(...repairedSteps(repaired, this.#world, this.#trees));
    const what = "manifest of this installation";
    this.#add({ kind: "remove", path: facts.layout.manifest, what }, what);
    for (const path of this.#trees) {
      if (this.#world.look(path).kind !== "directory") continue;
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

  #add(...step: Parameters<typeof planned>): void {
    this.#steps.push(planned(...step));
  }

  /** A service that the package starts at boot runs again with the package's settings. */
  #runsAgain({ isRunning }: ServiceFiles): boolean {
    const { manifest } = this.#input;
    // A symlink to /dev/null only masks the installed Supervisor.
    const isStartedByUs = manifest.entries.some(
      (entry) => entry.kind === "link" && entry.target !== "/dev/null",
    );
    return manifest.isPackaged && !isStartedByUs && this.#world.ask(isRunning);
  }

  /** Stops and disables the service. */
  #stop({ stop, enable, isRunning }: ServiceFiles): void {
    if (this.#world.ask(isRunning)) this.#steps.push(plannedCommand(stop, "running"));
    for (const { argv, undo, what, mayFail } of [...enable].reverse()) {
      if (undo === null) continue;
      this.#steps.push(plannedCommand(command(undo, `undo: ${what}`, argv, mayFail)));
    }
  }

  #entry(entry: PathEntry): void {
    const { request, facts } = this.#input;
    const { path } = entry;
    if (isBelow(path, this.#trees)) return;
    const found = this.#world.look(path);
    if (found.kind === "missing") return;
    if (this.#packaged.includes(path)) {
      this.#remarks.push(`${path} stays: it belongs to the package tsv`);
      return;
    }
    if (this.#shared.has(entryId(entry))) {
      const names = facts.others.map(({ name }) => name).join(", ");
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
    const now = describeFound(found, this.#world);
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

  /** Files of a killed daemon: sockets, and files with a pid, with nothing or with its output. */
  #leftovers(): void {
    const { installed, facts } = this.#input;
    const { texts, pids } = installed?.leftovers ?? { texts: [], pids: [] };
    const { pidfile, socket } = facts.layout;
    for (const path of [...pids, pidfile, `${pidfile}.lock`, socket, `${socket}.lock`]) {
      if (this.#world.look(path).kind === "missing") continue;
      this.#add({ kind: "remove-stale", path }, "from the daemon", { mayFail: true });
    }
    for (const path of texts) {
      if (this.#world.look(path).kind !== "file") continue;
      this.#add({ kind: "remove", path, what: "" }, "from the daemon", { mayFail: true });
    }
  }

  /** Deepest first. A directory that contains other files stays, and so do its parents. */
  #directories(isUsed: boolean): void {
    const { manifest, facts } = this.#input;
    const ours = manifest.entries.flatMap((entry) =>
      entry.kind === "directory" && !this.#shared.has(entryId(entry)) ? [entry.path] : [],
    );
    const paths = [...new Set([...ours, ...(isUsed ? [] : [facts.layout.runDirectory])])].sort(
      (left, right) => parentsOf(right).length - parentsOf(left).length,
    );
    for (const path of paths) {
      if (isBelow(path, this.#trees) || this.#world.look(path).kind !== "directory") continue;
      if (!this.#packaged.includes(path)) this.#add({ kind: "remove-empty", path }, "directory");
    }
  }

  /** The installation, or doctor, has kept it from the package of Supervisor. */
  #giveToPackage(): void {
    const { manifest, facts } = this.#input;
    if (!this.#isLive || facts.others.some(({ config }) => config === manifest.config)) return;
    const command = giveToPackage(manifest.config, packageFacts(this.#world));
    if (command !== null) this.#steps.push(plannedCommand(command));
  }

  /** If files of a removed group stayed, they would belong to the next group with its id. */
  #groups(): void {
    const { manifest, facts } = this.#input;
    const world = this.#world;
    // The files of a package belong to the group.
    if (this.#packaged.length > 0) return;
    for (const entry of manifest.entries) {
      if (entry.kind !== "group" || this.#shared.has(entryId(entry))) continue;
      const gid = world.groupId(entry.name);
      if (gid === null) continue;
      for (const path of [...this.#kept, ...purgedPlaces(facts.layout)]) {
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

/** The directories that --purge removes with their contents, if this installation created them. */
export function purgedPlaces(layout: Layout): readonly string[] {
  return [layout.configDirectory, layout.logDirectory, layout.stateDirectory];
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
