// The plan of `tsv install`: all steps from the present to the desired state, in a safe order. Nothing is decided later: the
// displayed plan is executed.

import { dirname } from "../../core/config/paths.ts";
import type { ServiceFiles } from "../services/init-system.ts";
import { defaultConfig, defaultEnvironment } from "./default-files.ts";
import { type Manifest, manifestText, sharedManifests } from "./manifest.ts";
import { serviceThere } from "./package.ts";
import { isLive, type PlanInput, type ServicePlan } from "./plan-input.ts";
import { Planner } from "./planner.ts";
import { type Owner, type Plan, type PlannedStep, plannedOnUndo } from "./steps.ts";
import { keepFromPurge, packageFacts, type TakeOverPlan } from "./take-over.ts";

/** How long a daemon may take to answer after its start. */
const ANSWER_SECONDS = 30;

export interface InstallPlan extends Plan {
  readonly manifest: Manifest;
  /** Why it is not possible; empty if it is. */
  readonly reasons: readonly string[];
}

/** Plans an installation. An empty list of steps means that the desired state is reached. */
export function planInstall(input: PlanInput): InstallPlan {
  const { request, facts, service, config } = input;
  const { layout, world, previous, others } = facts;
  const isOnHost = request.root === "/";
  const owner = ownerOf(input);
  const backups = `${layout.stateDirectory}/replaced`;
  const planner = new Planner({ world, previous, others, backups, owner });
  const { steps, remarks, reasons } = planner;
  planPlaces(planner, input);
  const presentConfig = presentConfigOf(input);
  const isOtherConfig = presentConfig !== config.path;
  // The manifest contains the configuration of the service.
  if (service === null && serviceThere(input) !== null && isOtherConfig) {
    reasons.push(
      `the service ${request.name} runs with ${presentConfig}; use --boot to run it with ${config.path} instead`,
    );
  }
  const isRunning = service !== null && isOnHost && world.ask(service.files.isRunning);
  if (service !== null && isRunning && isOtherConfig) {
    planStop(planner, service, presentConfig);
  }
  const hasNewUnit = service !== null && planServiceFiles(planner, service.files, owner);
  if (input.takeOver !== null) {
    const timeoutSeconds = service?.description.stopTimeoutSeconds ?? ANSWER_SECONDS;
    planTakingOver(planner, input.takeOver, isOnHost, timeoutSeconds);
  }
  if (isLive(input) && !isRepair(input)) {
    const keep = keepFromPurge(config.path, packageFacts(world));
    if (keep !== null) planner.command(keep);
  }
  const manifest = manifestOf(input, planner);
  if (service !== null && isOnHost) {
    planRunning(planner, input, service, isRunning && !isOtherConfig, hasNewUnit);
  }
  planOtherManifests(planner, input, manifest);
  planManifest(planner, input, manifest);
  return { steps, remarks, reasons, manifest };
}

/** Doctor restores the service. */
function isRepair({ service }: PlanInput): boolean {
  return service?.description.isRepair === true;
}

/** The configuration that the service runs with now; a repair keeps it. */
function presentConfigOf(input: PlanInput): string {
  const { facts, config, isPackaged } = input;
  if (isRepair(input)) return config.path;
  return facts.previous?.config ?? (isPackaged ? facts.layout.config : config.path);
}

/** @returns whether any of it is new */
function planServiceFiles(planner: Planner, files: ServiceFiles, owner: Owner): boolean {
  const before = planner.steps.length;
  for (const path of files.directories) planner.directory(path, 0o755, owner);
  for (const file of files.files) planner.file({ ...file, owner });
  for (const { path, target } of files.links) planner.link(path, target);
  return planner.steps.length > before;
}

/** It is stopped first: a rollback runs in reverse order and starts it last, when nothing prevents its start. */
function planTakingOver(
  planner: Planner,
  { commands, waitFor, mask }: TakeOverPlan,
  isLive: boolean,
  timeoutSeconds: number,
): void {
  if (isLive) for (const command of commands) planner.command(command);
  if (isLive && waitFor !== null) {
    planner.add({ kind: "ended", pid: waitFor, timeoutSeconds }, "running");
  }
  if (mask === null) return;
  const before = planner.steps.length;
  planner.link(mask.link.path, mask.link.target);
  if (planner.steps.length === before || !isLive) return;
  planner.steps.splice(before, 0, plannedOnUndo(mask.reload.argv, false));
  planner.command(mask.reload);
}

/** Before its files change: a rollback runs in reverse order, and starts it after the files are restored. */
function planStop(planner: Planner, { files, description }: ServicePlan, config: string): void {
  planner.command(files.stop);
  planner.steps.push(...readAgain(files));
  planner.remarks.push(`${description.name} runs with ${config} now: its programs are stopped`);
}

/** The steps that change the running system. @param isRunning with the requested configuration */
function planRunning(
  planner: Planner,
  { facts: { world, layout }, config, takeOver }: PlanInput,
  { files, description }: ServicePlan,
  isRunning: boolean,
  hasNewUnit: boolean,
): void {
  const isEnabled = files.isEnabled === null || world.ask(files.isEnabled);
  if (hasNewUnit || !isEnabled) {
    // The first step is undone last.
    planner.steps.unshift(...readAgain(files));
    for (const command of files.enable) planner.command(command);
  }
  if (isRunning && planner.steps.length > 0) {
    planner.remarks.push(
      `${description.name} keeps running; changes of its service apply from its next start`,
    );
  }
  if (isRunning && (config.answers || config.server === null)) return;
  if (!isRunning) {
    for (const path of [layout.runDirectory, `${layout.logDirectory}/tsv.log`]) {
      if (world.look(path).kind === "missing") planner.add({ kind: "appears", path }, "");
    }
    planner.command(files.start);
  }
  const { server } = config;
  if (server !== null) {
    const isTaken = takeOver !== null && config.answers;
    const now = isTaken ? "Supervisor answers" : "no answer";
    planner.add({ kind: "answer", server, timeoutSeconds: ANSWER_SECONDS }, now, {
      will: "tsv answers",
    });
    return;
  }
  planner.remarks.push(
    `the control server of ${config.path} is not known, so tsv install cannot check whether the daemon works`,
  );
}

/** After the files were restored, the init system has to read them. */
function readAgain({ forget }: ServiceFiles): readonly PlannedStep[] {
  return [...forget].reverse().map(({ argv, mayFail }) => plannedOnUndo(argv, mayFail));
}

function manifestOf(input: PlanInput, planner: Planner): Manifest {
  const { request, service, config, executable, takeOver, isPackaged } = input;
  const { previous } = input.facts;
  // A Supervisor that an earlier run has disabled looks as if it had never run.
  const wasTaken = previous !== null && previous.reactivate.length > 0;
  return {
    name: request.name,
    scope: request.scope,
    init: service?.init ?? serviceThere(input),
    start: service?.files.byHand.start ?? previous?.start ?? [],
    config: config.path,
    server: config.server,
    executable: executable.path,
    group: request.group,
    isPackaged,
    lingered: lingeredOf(input),
    entries: planner.record(),
    reactivate: wasTaken ? previous.reactivate : (takeOver?.reactivate ?? []),
  };
}

function lingeredOf({ request, service, facts }: PlanInput): boolean | null {
  if (request.scope === "system") return null;
  return service?.description.facts.lingered ?? facts.previous?.lingered ?? null;
}

/** What this installation and others share may have a new version. */
function planOtherManifests(planner: Planner, input: PlanInput, manifest: Manifest): void {
  const { layout, world, others } = input.facts;
  // A repair of the service looks at no shared files.
  if (input.documents === undefined) return;
  const states = dirname(layout.stateDirectory);
  const manifestOf = (name: string): string => `${states}/${name}/install.json`;
  const owner = ownerOf(input);
  const written = planner.steps.flatMap(({ step }) =>
    step.kind === "file" || step.kind === "copy" ? [step.path] : [],
  );
  const shared = sharedManifests(manifest.entries, others, written, manifestOf, world);
  for (const { name, path, text } of shared) {
    const what = `manifest of ${name}, which shares files`;
    planner.add({ kind: "file", path, text, mode: 0o644, owner, what }, "older version", {
      will: what,
    });
  }
}

/** The manifest is the last file: it marks a complete installation. */
function planManifest(planner: Planner, input: PlanInput, manifest: Manifest): void {
  const { layout, world, previous } = input.facts;
  const isNothing = manifest.entries.length === 0 && manifest.reactivate.length === 0;
  if (manifest.isPackaged && isNothing && previous === null) return;
  const text = manifestText(manifest);
  const found = world.look(layout.manifest);
  if (found.kind === "file" && found.sha256 === world.hash(text)) return;
  const what = "manifest of this installation";
  const step = { path: layout.manifest, text, mode: 0o644, owner: ownerOf(input), what };
  const now = found.kind === "missing" ? "missing" : "older version";
  planner.add({ kind: "file", ...step }, now, { will: what });
}

const ROOT: Owner = { user: "root", group: "root" };

/** The owners of the files of an installation. */
function ownerOf({ request, facts }: PlanInput): Owner {
  return request.scope === "system" ? ROOT : facts.self;
}

/** The files that the daemon needs, with or without a service. */
function planPlaces(planner: Planner, input: PlanInput): void {
  const { request, facts, executable, service } = input;
  const { layout, self } = facts;
  const isSystem = request.scope === "system";
  const owner = ownerOf(input);
  const shared: Owner = isSystem ? { user: "root", group: request.group } : self;
  // Public, because it contains no secrets, except for the kept copies of other files.
  planner.recordDirectory(layout.stateDirectory, isSystem ? 0o755 : 0o700, owner);
  if (isSystem) planner.group(request.group);
  if (executable.from !== executable.path) {
    planner.directory(dirname(executable.path), 0o755, owner);
  }
  planner.copy(executable.from, executable.path, executable.sha256);
  planDocuments(planner, input);
  // Both may contain passwords; users of ctl have to read the path of the socket.
  const access = { mode: isSystem ? 0o640 : 0o600, owner: shared };
  if (isOurs(input)) {
    planner.directory(layout.configDirectory, 0o755, owner);
    planner.directory(layout.includeDirectory, 0o755, owner);
    const text = defaultConfig(layout, request);
    planner.file({ path: layout.config, text, what: "configuration", ...access }, true);
  }
  planner.directory(layout.logDirectory, isSystem ? 0o750 : 0o700, shared);
  if (service === null && serviceThere(input) === null) planRunDirectory(planner, input);
  if (service !== null && layout.environmentFile !== null) {
    planner.directory(dirname(layout.environmentFile), 0o755, owner);
    const text = defaultEnvironment(request.name);
    const file = { path: layout.environmentFile, text, ...access };
    planner.file({ ...file, what: "settings of the service" }, true);
  }
}

/** Whether the configuration is the one that tsv creates if it is missing. */
function isOurs({ config, facts }: PlanInput): boolean {
  return config.path === facts.layout.config;
}

function planDocuments(planner: Planner, input: PlanInput): void {
  const owner = ownerOf(input);
  const { documents = [] } = input;
  // A repair looks at none, and beside a package they are not wanted.
  if (documents.length === 0) planner.keepBelow(input.facts.layout.shareDirectory);
  for (const { path, text, what } of documents) {
    planner.sharedDirectory(dirname(path), owner);
    planner.document({ path, text, mode: 0o644, owner, what });
  }
}

/** If no init system creates it at each start. It is not in the manifest, because a boot may delete it. */
function planRunDirectory(planner: Planner, input: PlanInput): void {
  const { request } = input;
  const { layout, world } = input.facts;
  if (!isOurs(input) || world.look(layout.runDirectory).kind !== "missing") return;
  const parent = dirname(layout.runDirectory);
  const { kind } = world.look(parent);
  const isThere = kind === "directory" || (kind === "link" && world.leadsToDirectory(parent));
  if (!isThere && parent !== layout.stateDirectory) return;
  const mode = request.scope === "system" ? 0o755 : 0o700;
  const step = { path: layout.runDirectory, mode, owner: ownerOf(input) };
  planner.add({ kind: "directory", ...step }, "missing");
}
