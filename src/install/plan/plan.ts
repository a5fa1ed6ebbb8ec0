// The plan of `tsv install`: all steps from the present to the desired state, in a safe order. Nothing is decided later: the
// displayed plan is executed.

import { dirname } from "../../core/config/paths.ts";
import type { ServiceCommand, ServiceFiles } from "../services/init-system.ts";
import { type Manifest, manifestText, sharedManifests } from "./manifest.ts";
import {
  isByHand,
  otherThanTheService,
  type PlanInput,
  type Run,
  runOf,
  type ServicePlan,
  serviceThere,
} from "./plan-input.ts";
import { Planner } from "./planner.ts";
import { describeAccess, type Owner, type Plan, type PlannedStep, type Step } from "./steps.ts";
import type { TakeOverPlan } from "./take-over.ts";

/** How long a daemon may take to answer after its start. */
const ANSWER_SECONDS = 30;

export interface InstallPlan extends Plan {
  readonly manifest: Manifest;
  /** Why it is not possible; empty if it is. */
  readonly reasons: readonly string[];
}

/** Plans an installation. An empty list of steps means that the desired state is reached. */
export function planInstall(input: PlanInput): InstallPlan {
  const { request, layout, world, service, previous, others } = input;
  const owner = ownerOf(input);
  const backups = `${layout.stateDirectory}/replaced`;
  const planner = new Planner({ world, previous, others, backups, owner });
  planPlaces(planner, input);
  const other = otherThanTheService(input);
  if (other !== null) planner.reasons.push(other);
  const run = service === null || request.root !== "/" ? null : runOf(input, service.files);
  if (service !== null && run?.kind === "restart") planStop(planner, service, run.config);
  const hasNewUnit = service !== null && planServiceFiles(planner, service.files, owner);
  if (input.takeOver !== null) {
    const timeoutSeconds = service?.description.stopTimeoutSeconds ?? ANSWER_SECONDS;
    planTakingOver(planner, input.takeOver, { isLive: request.root === "/", timeoutSeconds });
  }
  if (input.keepConfig !== undefined) addCommand(planner, input.keepConfig);
  const manifest = manifestOf(input, planner);
  if (service !== null && run !== null) planRunning(planner, input, service, { run, hasNewUnit });
  planOtherManifests(planner, input, manifest);
  planManifest(planner, input, manifest);
  const { steps, remarks, reasons } = planner;
  return { steps, remarks, reasons, manifest };
}

/** @returns whether any of it is new */
function planServiceFiles(planner: Planner, files: ServiceFiles, owner: Owner): boolean {
  const before = planner.steps.length;
  for (const path of files.directories) planner.directory(path, 0o755, owner);
  for (const { path, text, mode, what } of files.files) {
    planner.file({ path, text, mode, owner, what, isTheirs: false });
  }
  for (const { path, target } of files.links) planner.link(path, target);
  return planner.steps.length > before;
}

/** It is stopped first: a rollback runs in reverse order and starts it last, when nothing prevents its start. */
function planTakingOver(
  planner: Planner,
  takeOver: TakeOverPlan,
  { isLive, timeoutSeconds }: { readonly isLive: boolean; readonly timeoutSeconds: number },
): void {
  if (isLive) for (const command of takeOver.commands) addCommand(planner, command);
  if (isLive && takeOver.waitFor !== null) {
    const step: Step = { kind: "ended", pid: takeOver.waitFor, timeoutSeconds };
    planner.add(step, { now: "running", will: "exited" });
  }
  const before = planner.steps.length;
  for (const { path, target } of takeOver.links) planner.link(path, target);
  if (planner.steps.length === before || !isLive) return;
  planner.insert(
    before,
    takeOver.tell.map((argv) => onUndo({ argv, mayFail: false })),
  );
  for (const argv of takeOver.tell) {
    addCommand(planner, { argv, undo: null, what: takeOver.tellWhat, mayFail: false });
  }
}

/** Before its files change: a rollback runs in reverse order, and starts it after the files are restored. */
function planStop(planner: Planner, { files, description }: ServicePlan, config: string): void {
  addCommand(planner, files.stop);
  for (const command of [...files.forget].reverse()) planner.steps.push(onUndo(command));
  planner.remarks.push(`${description.name} runs with ${config} now: its programs are stopped`);
}

/** The steps that change the running system. */
function planRunning(
  planner: Planner,
  input: PlanInput,
  service: ServicePlan,
  { run, hasNewUnit }: { readonly run: Run; readonly hasNewUnit: boolean },
): void {
  const { world, config, layout } = input;
  const { files, description } = service;
  const isEnabled = files.isEnabled === null || world.ask(files.isEnabled.argv);
  if (hasNewUnit || !isEnabled) {
    // In a rollback, the init system has to read the changes after the files were removed: the first step is undone last.
    planner.insert(0, [...files.forget].reverse().map(onUndo));
    for (const command of files.enable) addCommand(planner, command);
  }
  const isRunning = run.kind === "runs";
  if (isRunning && planner.steps.length > 0) {
    planner.remarks.push(
      `${description.name} keeps running; changes of its service apply from its next start`,
    );
  }
  if (isRunning && (config.answers || config.server === null)) return;
  if (!isRunning) {
    for (const path of [layout.runDirectory, `${layout.logDirectory}/tsv.log`]) {
      if (world.look(path).kind !== "missing") continue;
      planner.add({ kind: "appears", path }, { now: "", will: "" });
    }
    addCommand(planner, files.start);
  }
  if (config.server === null) {
    planner.remarks.push(
      `the control server of ${config.path} is not known, so tsv install cannot check whether the daemon works`,
    );
    return;
  }
  const { server } = config;
  const step: Step = { kind: "answer", server, timeoutSeconds: ANSWER_SECONDS };
  planner.add(step, { now: "silent", will: "the daemon answers" });
}

function onUndo({ argv, mayFail }: Pick<ServiceCommand, "argv" | "mayFail">): PlannedStep {
  const step: Step = { kind: "on-undo", argv, what: argv.join(" "), mayFail };
  return { step, now: "", will: "", edited: null, mayFail: false };
}

function addCommand(planner: Planner, { argv, undo, what, mayFail }: ServiceCommand): void {
  planner.add({ kind: "command", argv, undo, what }, { now: "", will: what }, { mayFail });
}

function manifestOf(input: PlanInput, planner: Planner): Manifest {
  const { request, service, config, executable, takeOver, previous } = input;
  // A Supervisor that an earlier run has disabled looks as if it had never run.
  const wasTaken = previous !== null && previous.giveBack.length > 0;
  return {
    name: request.name,
    scope: request.scope,
    init: service?.init ?? serviceThere(input),
    start: service?.files.byHand.start ?? previous?.start ?? [],
    config: config.path,
    server: config.server,
    executable: executable.path,
    group: request.group,
    isPackaged: input.isPackaged ?? previous?.isPackaged === true,
    lingered: lingeredOf(input),
    entries: planner.record(),
    giveBack: wasTaken ? previous.giveBack : (takeOver?.giveBack ?? []),
  };
}

function lingeredOf({ request, service, previous }: PlanInput): boolean | null {
  if (request.scope === "system") return null;
  return service?.description.facts.lingered ?? previous?.lingered ?? null;
}

/** What this installation and others share may have a new version. */
function planOtherManifests(planner: Planner, input: PlanInput, manifest: Manifest): void {
  const { layout, world, others } = input;
  // A repair of the service looks at no shared files.
  if (input.documents === undefined) return;
  const states = dirname(layout.stateDirectory);
  const manifestOf = (name: string): string => `${states}/${name}/install.json`;
  const owner = ownerOf(input);
  const written = planner.steps.flatMap(({ step }) =>
    step.kind === "file" || step.kind === "copy" ? [step.path] : [],
  );
  const shared = sharedManifests(manifest.entries, others, { manifestOf, world, written });
  for (const { name, path, text } of shared) {
    const what = `manifest of ${name}, which shares files`;
    const step: Step = { kind: "file", path, text, mode: 0o644, owner, what };
    planner.add(step, { now: "older version", will: what });
  }
}

/** The manifest is the last file: it marks a complete installation. */
function planManifest(planner: Planner, input: PlanInput, manifest: Manifest): void {
  const { layout, world, previous } = input;
  const isNothing = manifest.entries.length === 0 && manifest.giveBack.length === 0;
  if (manifest.isPackaged && isNothing && previous === null) return;
  const text = manifestText(manifest);
  const found = world.look(layout.manifest);
  if (found.kind === "file" && found.sha256 === world.hash(text)) return;
  const owner = ownerOf(input);
  const what = "manifest of this installation";
  const step: Step = { kind: "file", path: layout.manifest, text, mode: 0o644, owner, what };
  planner.add(step, { now: found.kind === "missing" ? "missing" : "older version", will: what });
}

const ROOT: Owner = { user: "root", group: "root" };

/** The owners of the files of an installation. */
function ownerOf({ request, self }: PlanInput): Owner {
  return request.scope === "system" ? ROOT : self;
}

/** The files that the daemon needs, with or without a service. */
function planPlaces(planner: Planner, input: PlanInput): void {
  const { request, layout, executable, defaults, self } = input;
  const isSystem = request.scope === "system";
  const owner = ownerOf(input);
  const shared: Owner = isSystem ? { user: "root", group: request.group } : self;
  // Public, because it contains no secrets, except for the kept copies of other files.
  planner.directory(layout.stateDirectory, isSystem ? 0o755 : 0o700, owner);
  if (isSystem) planner.group(request.group);
  if (executable.from !== executable.path) {
    planner.directory(directoryOf(executable.path), 0o755, owner);
  }
  planner.copy(executable.from, executable.path, executable.sha256);
  planDocuments(planner, input);
  // Both may contain passwords; users of ctl have to read the path of the socket.
  const access = { mode: isSystem ? 0o640 : 0o600, owner: shared, isTheirs: true };
  if (defaults.config !== null) {
    planner.directory(layout.configDirectory, 0o755, owner);
    planner.directory(layout.includeDirectory, 0o755, owner);
    planner.file({
      path: layout.config,
      text: defaults.config,
      what: "configuration",
      ...access,
    });
  }
  planner.directory(layout.logDirectory, isSystem ? 0o750 : 0o700, shared);
  if (isByHand(input)) planRunDirectory(planner, input);
  if (defaults.environment !== null && layout.environmentFile !== null) {
    planner.directory(directoryOf(layout.environmentFile), 0o755, owner);
    planner.file({
      path: layout.environmentFile,
      text: defaults.environment,
      what: "settings of the service",
      ...access,
    });
  }
}

function planDocuments(planner: Planner, input: PlanInput): void {
  const owner = ownerOf(input);
  const { documents = [] } = input;
  // A repair looks at none, and beside a package they are not wanted.
  if (documents.length === 0) planner.keepBelow(input.layout.shareDirectory);
  for (const { path, text, what } of documents) {
    planner.sharedDirectory(directoryOf(path), owner);
    planner.document({ path, text, mode: 0o644, owner, what, isTheirs: false });
  }
}

/** Init systems create it at each start. It is not in the manifest, because a boot may delete it. */
function planRunDirectory(planner: Planner, input: PlanInput): void {
  const { layout, request, defaults, world } = input;
  if (defaults.config === null || world.look(layout.runDirectory).kind !== "missing") return;
  const parent = directoryOf(layout.runDirectory);
  const { kind } = world.look(parent);
  const isThere = kind === "directory" || (kind === "link" && world.leadsToDirectory(parent));
  if (!isThere && parent !== layout.stateDirectory) return;
  const mode = request.scope === "system" ? 0o755 : 0o700;
  const owner = ownerOf(input);
  const step: Step = { kind: "directory", path: layout.runDirectory, mode, owner };
  planner.add(step, { now: "missing", will: `directory, ${describeAccess(mode, owner)}` });
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
