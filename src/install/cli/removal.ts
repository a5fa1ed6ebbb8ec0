// `tsv uninstall`: removes the files in the manifest of the installation, in one transaction.

import { shellWord } from "../../core/base/shell-word.ts";
import { createInstallWorld } from "../host/gather-facts.ts";
import { installedService } from "../host/installed-service.ts";
import { answersNow } from "../host/processes.ts";
import { isBelow } from "../plan/layout.ts";
import { removeThePackage } from "../plan/package.ts";
import type { InstallFacts } from "../plan/plan-input.ts";
import { isShown, type Plan, type Undo } from "../plan/steps.ts";
import { planUninstall, purgedPlaces, type Repaired } from "../plan/uninstall.ts";
import { begin, carryOut, EXIT } from "./apply.ts";
import type { UninstallArguments } from "./options.ts";
import { type Invocation, remarkLines } from "./present.ts";

/** Directories in which doctor writes settings of the service. */
const SERVICE_PLACES = ["/etc/systemd", "/etc/tmpfiles.d", "/etc/sysctl.d"];

/** The undos of repairs that doctor has recorded in a directory. */
type UndosIn = (directory: string) => readonly Undo[];

/** Removes an installation. @returns an exit status */
export async function removeInstallation(
  args: UninstallArguments,
  call: Invocation,
  undosIn: UndosIn,
): Promise<number> {
  const { request, mode } = args;
  const { terminal } = call;
  const begun = await begin(args, call);
  if (!begun.ok) return begun.error;
  const facts = begun.value;
  const plan = planRemoval(args, facts, undosIn);
  const packaged = plan === null ? removeThePackage(facts) : null;
  const refused = mode === "plan" ? null : await unrelatedDaemonOn(facts, request.root);
  const error = packaged ?? refused;
  if (error !== null) {
    terminal.writeError(`Error: ${error}\n`);
    return EXIT.FAILED;
  }
  if (plan === null) {
    terminal.write(`Nothing to do: ${request.name} is not installed.\n`);
    return EXIT.OK;
  }
  const remarks = [...plan.remarks];
  return await carryOut(
    {
      plan,
      ...{ reasons: [], heading: "", notes: [], showOutput: [] },
      basis: { remarks },
      after() {
        const stay = whatStays(plan, args, facts);
        remarks.push(...stay);
        return `tsv is uninstalled.\n${remarkLines(stay)}`;
      },
    },
    args,
    facts.layout,
    call,
  );
}

/** A daemon that was started by hand would keep running without its configuration and its socket. */
async function unrelatedDaemonOn(facts: InstallFacts, root: string): Promise<string | null> {
  const { previous, world } = facts;
  if (root !== "/" || previous === null || previous.server === null) return null;
  const service = installedService(previous, facts, root);
  if (service !== null && world.ask(service.files.isRunning)) return null;
  if ((await answersNow(previous.server)) !== true) return null;
  return `a daemon that is not a service answers on ${previous.server}: stop it first, with tsv shutdown -c ${previous.config}`;
}

/** @returns null if nothing is installed */
function planRemoval(
  { request }: UninstallArguments,
  facts: InstallFacts,
  undosIn: UndosIn,
): Plan | null {
  const { previous, layout } = facts;
  if (previous === null) return null;
  const { root, name } = request;
  return planUninstall({
    ...{ request, manifest: previous, facts },
    installed: installedService(previous, facts, root)?.files ?? null,
    repaired: root === "/" && name === "tsv" ? repairsOf(layout.stateDirectory, undosIn) : null,
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
