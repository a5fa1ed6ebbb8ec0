// `tsv uninstall`: removes the files in the manifest of the installation, in one transaction.

import { shellWord } from "../../core/base/shell-word.ts";
import { createInstallWorld, gatherFacts } from "../host/gather-facts.ts";
import { installedService } from "../host/installed-service.ts";
import { answersNow } from "../host/processes.ts";
import { isBelow, type Layout } from "../plan/layout.ts";
import { removeThePackage } from "../plan/package.ts";
import type { InstallFacts } from "../plan/plan-input.ts";
import { isShown, type Plan, type Undo } from "../plan/steps.ts";
import { planUninstall, type Repaired } from "../plan/uninstall.ts";
import { applyPlan, askFor, EXIT, journalOf, putInOrder } from "./apply.ts";
import type { UninstallArguments } from "./options.ts";
import {
  type Call,
  columnsOf,
  dryRunOnly,
  INTERRUPTED,
  nobodyToAsk,
  planTable,
  remarkLines,
  stepData,
} from "./present.ts";

/** Directories in which doctor writes settings of the service. */
const SERVICE_PLACES = ["/etc/systemd", "/etc/tmpfiles.d", "/etc/sysctl.d"];

/** The undos of repairs that doctor has recorded in a directory. */
type UndosIn = (directory: string) => readonly Undo[];

/** Removes an installation. @returns an exit status */
export async function removeInstallation(
  args: UninstallArguments,
  call: Call,
  undosIn: UndosIn,
): Promise<number> {
  const { request, mode, yes } = args;
  const { terminal, running, words, answer } = call;
  const first = gatherFacts(request);
  const journal = journalOf({ ...request, ...first.layout });
  const applying = { root: request.root, journal, terminal, answer, showOutput: [] };
  const failed = mode === "plan" ? null : await putInOrder(applying);
  if (failed !== null) return failed;
  const facts = gatherFacts(request);
  if (facts.problem !== null) {
    terminal.writeError(`Error: ${facts.problem}\n`);
    return EXIT.FAILED;
  }
  const plan = planRemoval(args, facts, undosIn);
  if (plan === null) {
    const packaged = removeThePackage(facts);
    if (packaged !== null) {
      terminal.writeError(`Error: ${packaged}\n`);
      return EXIT.FAILED;
    }
    terminal.write(`Nothing to do: ${request.name} is not installed.\n`);
    return EXIT.OK;
  }
  if (mode === "plan") return showRemoval(plan, args, call, journal.isThere);
  const unrelated = await unrelatedDaemonOn(facts, request.root);
  if (unrelated !== null) {
    terminal.writeError(`Error: ${unrelated}\n`);
    return EXIT.FAILED;
  }
  const remarks = [...plan.remarks];
  describe(args, remarks, answer);
  terminal.write(`\n${planTable(plan, columnsOf(terminal))}\n\n${remarkLines(plan.remarks)}`);
  const consent = { yes, force: request.force, instead: nobodyToAsk(running, words) };
  const agreed = await askFor(plan, consent, terminal);
  if (!agreed.ok) return agreed.error;
  const status = await applyPlan(plan, {
    ...applying,
    journal: journalOf({ ...request, ...first.layout }),
  });
  if (status === EXIT.OK) {
    const stay = whatStays(plan, args, facts);
    remarks.push(...stay);
    terminal.write(`tsv is uninstalled.\n${remarkLines(stay)}`);
  }
  return status;
}

/** The output of a dry run. */
function showRemoval(
  plan: Plan,
  args: UninstallArguments,
  { terminal, running, words, answer }: Call,
  isInterrupted: boolean,
): number {
  describe(args, plan.remarks, answer);
  answer?.results.push(...plan.steps.filter(isShown).map(stepData));
  terminal.write(`\n${planTable(plan, columnsOf(terminal))}\n\n${remarkLines(plan.remarks)}`);
  if (isInterrupted) terminal.write(INTERRUPTED);
  const isAllowed = args.request.scope === "user" || process.geteuid?.() === 0;
  terminal.write(dryRunOnly(running, words, isAllowed));
  return EXIT.OK;
}

/** What a plan is based on, for JSON. @param remarks grows while the plan is executed */
function describe(
  { request, mode }: UninstallArguments,
  remarks: readonly string[],
  answer: Call["answer"],
): void {
  if (answer === null) return;
  const { name, scope, root } = request;
  Object.assign(answer.more, { dryRun: mode === "plan", name, scope, root, remarks });
}

/** A daemon that was started by hand would keep running without its configuration and its socket. */
async function unrelatedDaemonOn(
  { previous, world, ...facts }: InstallFacts,
  root: string,
): Promise<string | null> {
  if (root !== "/" || previous === null || previous.server === null) return null;
  const service = installedService(previous, { previous, world, ...facts }, root);
  if (service !== null && world.ask(service.files.isRunning.argv)) return null;
  if ((await answersNow(previous.server)) !== true) return null;
  return `a daemon that is not a service answers on ${previous.server}: stop it first, with tsv shutdown -c ${previous.config}`;
}

/** @returns null if nothing is installed */
function planRemoval(
  { request }: UninstallArguments,
  facts: InstallFacts,
  undosIn: UndosIn,
): Plan | null {
  const { previous, layout, world, others, mark } = facts;
  if (previous === null) return null;
  const isLive = request.root === "/";
  const installed = installedService(previous, facts, request.root);
  const service = isLive ? installed : null;
  const { texts, pids } = installed?.files.leftovers ?? { texts: [], pids: [] };
  return planUninstall({
    request,
    manifest: previous,
    manifestPath: layout.manifest,
    world,
    service: service?.files ?? null,
    purged: purgedPlaces(layout),
    runtime: {
      directory: layout.runDirectory,
      files: [
        ...pids,
        ...[layout.pidfile, layout.socket].flatMap((path) => [path, `${path}.lock`]),
      ],
      texts,
    },
    others,
    packaged: mark?.paths ?? [],
    repaired: isLive && request.name === "tsv" ? repairsOf(layout.stateDirectory, undosIn) : null,
  });
}

/** Files of the service in doctor's records. Directories of programs and files of users stay. */
function repairsOf(stateDirectory: string, undosIn: UndosIn): Repaired | null {
  const records = `${stateDirectory}/doctor`;
  const undos = undosIn(records);
  const isOfService = (path: string): boolean => isBelow(path, SERVICE_PLACES);
  return {
    records,
    files: undos.flatMap((undo) =>
      undo.kind === "remove-file" && isOfService(undo.path) ? [undo] : [],
    ),
    directories: undos.flatMap((undo) =>
      undo.kind === "remove-directory" && isOfService(undo.path) ? [undo.path] : [],
    ),
  };
}

/** Directories that contain other files. Of those that other software uses, too, --purge removes none. */
function whatStays(
  { steps }: Plan,
  { request: { root, purge } }: UninstallArguments,
  { layout }: InstallFacts,
): readonly string[] {
  const world = createInstallWorld(root);
  const purged = purge ? [] : purgedPlaces(layout);
  // The manifest is removed by now, so another run with --purge would find nothing.
  const onHost = (path: string): string => (root === "/" ? path : `${root}${path}`);
  return steps
    .filter(isShown)
    .flatMap(({ step }) =>
      step.kind === "remove-empty" && world.look(step.path).kind === "directory" ? [step.path] : [],
    )
    .filter((path, _, all) => !all.some((other) => other !== path && isBelow(path, [other])))
    .map((path) =>
      isBelow(path, purged)
        ? `${path} stays: it contains logs or your files; delete it with rm -r ${shellWord(onHost(path))}`
        : `${path} stays: it contains other files`,
    );
}

/** The directories that --purge removes with their contents. */
function purgedPlaces(layout: Layout): readonly string[] {
  return [layout.configDirectory, layout.logDirectory, layout.stateDirectory];
}
