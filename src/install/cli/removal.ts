// `tsv uninstall`: what the record of the installation names goes, in one transaction.

import { answersNow } from "../host/answer.ts";
import { installedService } from "../host/installed-service.ts";
import { lookAtSite, type Site } from "../host/site.ts";
import { createInstallWorld } from "../host/world.ts";
import { isBelow } from "../plan/paths.ts";
import type { Repaired } from "../plan/repaired.ts";
import { isShown, type Plan, type Undo } from "../plan/steps.ts";
import { planUninstall } from "../plan/uninstall.ts";
import { besideRun } from "../services/runtime-files.ts";
import { applyPlan, askFor, EXIT, journalOf, putInOrder } from "./apply.ts";
import type { Call } from "./call.ts";
import type { UninstallArguments } from "./options.ts";
import { removeThePackage } from "./packaged.ts";
import { planTable, remarkLines } from "./present.ts";
import { nobodyToAsk } from "./refusals.ts";

/** Where doctor puts settings of the service. */
const SERVICE_PLACES = ["/etc/systemd", "/etc/tmpfiles.d", "/etc/sysctl.d"];

/** What undoes the repairs that doctor has recorded in a directory. */
type UndosIn = (directory: string) => readonly Undo[];

/** Removes an installation. @returns an exit status */
export async function removeInstallation(
  args: UninstallArguments,
  call: Call,
  undosIn: UndosIn,
): Promise<number> {
  const { request, yes } = args;
  const { terminal, running, words } = call;
  const first = lookAtSite(request);
  const journal = journalOf({ ...request, ...first.layout });
  const applying = { root: request.root, journal, terminal, showTrouble: [] };
  const failed = await putInOrder(applying);
  if (failed !== null) return failed;
  const site = lookAtSite(request);
  if (site.problem !== null) {
    terminal.writeError(`Error: ${site.problem}\n`);
    return EXIT.FAILED;
  }
  const plan = planRemoval(args, site, undosIn);
  if (plan === null) {
    const packaged = removeThePackage(site);
    if (packaged !== null) {
      terminal.writeError(`Error: ${packaged}\n`);
      return EXIT.FAILED;
    }
    terminal.write(`Nothing to do: no installation ${request.name} is recorded here.\n`);
    return EXIT.OK;
  }
  const stranger = await strangerOn(site, request.root);
  if (stranger !== null) {
    terminal.writeError(`Error: ${stranger}\n`);
    return EXIT.FAILED;
  }
  terminal.write(`\n${planTable(plan)}\n\n${remarkLines(plan.remarks)}`);
  const consent = { yes, force: request.force, instead: nobodyToAsk(running, words) };
  const agreed = await askFor(plan, consent, terminal);
  if (!agreed.ok) return agreed.error;
  const status = await applyPlan(plan, {
    ...applying,
    journal: journalOf({ ...request, ...first.layout }),
  });
  if (status === EXIT.OK) tellWhatStays(plan, request.root, call);
  return status;
}

/** A daemon that somebody started by hand would go on without its configuration and its socket. */
async function strangerOn(
  { previous, world, ...site }: Site,
  root: string,
): Promise<string | null> {
  if (root !== "/" || previous === null || previous.server === null) return null;
  const service = installedService(previous, { previous, world, ...site }, root);
  if (service !== null && world.ask(service.files.isRunning.argv)) return null;
  if ((await answersNow(previous.server)) !== true) return null;
  return `a daemon answers on ${previous.server}, and no service runs it: stop it first, with tsv shutdown -c ${previous.config}`;
}

/** @returns null when nothing is installed */
function planRemoval({ request }: UninstallArguments, site: Site, undosIn: UndosIn): Plan | null {
  const { previous, layout, world, others, mark } = site;
  if (previous === null) return null;
  const isLive = request.root === "/";
  const beside = besideRun(previous.init, { name: request.name, layout });
  const service = isLive ? installedService(previous, site, request.root) : null;
  return planUninstall({
    request,
    manifest: previous,
    manifestPath: layout.manifest,
    world,
    service: service?.files ?? null,
    purged: [layout.configDirectory, layout.logDirectory, layout.stateDirectory],
    runtime: {
      directory: layout.runDirectory,
      files: [
        ...beside.pids,
        ...[layout.pidfile, layout.socket].flatMap((path) => [path, `${path}.lock`]),
      ],
      texts: beside.texts,
    },
    others,
    packaged: mark?.paths ?? [],
    repaired: isLive && request.name === "tsv" ? repairsOf(layout.stateDirectory, undosIn) : null,
  });
}

/** What doctor's records name: those of a service's own. Programs' directories and files of people stay. */
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

/** Directories that hold something of somebody's. */
function tellWhatStays({ steps }: Plan, root: string, { terminal }: Call): void {
  const world = createInstallWorld(root);
  const stay = steps
    .filter(isShown)
    .flatMap(({ step }) =>
      step.kind === "remove-empty" && world.look(step.path).kind === "directory" ? [step.path] : [],
    )
    .filter((path, _, all) => !all.some((other) => other !== path && isBelow(path, [other])));
  terminal.write("tsv is uninstalled.\n");
  for (const path of stay) {
    terminal.write(`note: ${path} stays: it holds logs or files of yours; --purge removes it\n`);
  }
}
