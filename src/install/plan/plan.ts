// The plan of `tsv install`: every step between the host as it is and the host as it should be, in the order in which
// they are safe. Nothing is decided later: what is shown is what is done.

import { type Manifest, manifestText } from "./manifest.ts";
import type { PlanInput, ServicePlan } from "./plan-input.ts";
import { ownerOf, planPlaces } from "./plan-places.ts";
import { Planner } from "./planner.ts";
import { type Run, runOf } from "./run.ts";
import type { ServiceCommand, ServiceFiles } from "./service.ts";
import { otherThanTheService, serviceThere } from "./service-there.ts";
import type { Owner, Plan, PlannedStep, Step } from "./steps.ts";
import type { TakeOverPlan } from "./take-over.ts";

/** How long a daemon may take from its start until it answers. */
const ANSWER_SECONDS = 30;

export interface InstallPlan extends Plan {
  readonly manifest: Manifest;
  /** Why it cannot be done; empty when it can. */
  readonly obstacles: readonly string[];
}

/** Plans an installation. An empty list of steps means that everything is as it should be. */
export function planInstall(input: PlanInput): InstallPlan {
  const { request, layout, world, service, previous, others } = input;
  const owner = ownerOf(input);
  const backups = `${layout.stateDirectory}/replaced`;
  const planner = new Planner({ world, previous, others, backups, owner });
  planPlaces(planner, input);
  const other = otherThanTheService(input);
  if (other !== null) planner.obstacles.push(other);
  const run = service === null || request.root !== "/" ? null : runOf(input, service.files);
  if (service !== null && run?.kind === "restart") planStop(planner, service, run.config);
  const hasNewUnit = service !== null && planServiceFiles(planner, service.files, owner);
  if (input.takeOver !== null) {
    const timeoutSeconds = service?.description.stopTimeoutSeconds ?? ANSWER_SECONDS;
    planTakingOver(planner, input.takeOver, { isLive: request.root === "/", timeoutSeconds });
  }
  const manifest = manifestOf(input, planner);
  if (service !== null && run !== null) planRunning(planner, input, service, { run, hasNewUnit });
  planManifest(planner, input, manifest);
  const { steps, remarks, obstacles } = planner;
  return { steps, remarks, obstacles, manifest };
}

/** @returns whether anything of it is new */
function planServiceFiles(planner: Planner, files: ServiceFiles, owner: Owner): boolean {
  const before = planner.steps.length;
  for (const path of files.directories) planner.directory(path, 0o755, owner);
  for (const { path, text, mode, what } of files.files) {
    planner.file({ path, text, mode, owner, what, isTheirs: false });
  }
  for (const { path, target } of files.links) planner.link(path, target);
  return planner.steps.length > before;
}

/** It is stopped first: taking back goes the other way, and starts it when nothing keeps it from starting any more. */
function planTakingOver(
  planner: Planner,
  takeOver: TakeOverPlan,
  { isLive, timeoutSeconds }: { readonly isLive: boolean; readonly timeoutSeconds: number },
): void {
  if (isLive) for (const command of takeOver.commands) addCommand(planner, command);
  if (isLive && takeOver.waitFor !== null) {
    const step: Step = { kind: "ended", pid: takeOver.waitFor, timeoutSeconds };
    planner.add(step, { now: "runs", will: "ended" });
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

/** Before its files change: taking back goes the other way, and starts it when they are as before. */
function planStop(planner: Planner, { files, description }: ServicePlan, config: string): void {
  addCommand(planner, files.stop);
  for (const command of [...files.forget].reverse()) planner.steps.push(onUndo(command));
  planner.remarks.push(`${description.name} runs with ${config} now: its programs are stopped`);
}

/** What changes the running system. */
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
    // The init system is told that the files are gone after they are: the first step is the last to be taken back.
    planner.insert(0, [...files.forget].reverse().map(onUndo));
    for (const command of files.enable) addCommand(planner, command);
  }
  const isRunning = run.kind === "runs";
  if (isRunning && planner.steps.length > 0) {
    planner.remarks.push(
      `${description.name} runs on; what changed in how it is run takes effect at its next start`,
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
    planner.remarks.push(`${config.path} has no control server: nobody can ask whether tsv works`);
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
  // What an earlier run has quieted looks as if it had never run.
  const wasTaken = previous !== null && previous.giveBack.length > 0;
  return {
    name: request.name,
    scope: request.scope,
    init: service?.init ?? serviceThere(input),
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

/** The record is the last file: it stands for an installation that is whole. */
function planManifest(planner: Planner, input: PlanInput, manifest: Manifest): void {
  const { layout, world, previous } = input;
  const isNothing = manifest.entries.length === 0 && manifest.giveBack.length === 0;
  if (manifest.isPackaged && isNothing && previous === null) return;
  const text = manifestText(manifest);
  const found = world.look(layout.manifest);
  if (found.kind === "file" && found.sha256 === world.hash(text)) return;
  const owner = ownerOf(input);
  const what = "record of this installation";
  const step: Step = { kind: "file", path: layout.manifest, text, mode: 0o644, owner, what };
  planner.add(step, { now: found.kind === "missing" ? "missing" : "an older one", will: what });
}
