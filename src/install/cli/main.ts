// The face of the host installer: `tsv install` and `tsv uninstall`, from the command line to an exit status.

import { createTerminal } from "../../host/terminal/terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { runningExecutable } from "../host/executable.ts";
import { lookAtSite, type Site } from "../host/site.ts";
import { type InstallPlan, planInstall } from "../plan/plan.ts";
import type { InstallRequest } from "../plan/request.ts";
import { isShown, type Undo } from "../plan/steps.ts";
import { applyPlan, askFor, EXIT, journalOf, putInOrder } from "./apply.ts";
import type { Call } from "./call.ts";
import { type Composition, compose } from "./compose.ts";
import { nextSteps } from "./next-steps.ts";
import { type InstallArguments, parseInstall, parseUninstall } from "./options.ts";
import { editTable, planJson, planTable, remarkLines } from "./present.ts";
import { nobodyToAsk, notRoot, supervisorName } from "./refusals.ts";
import { removeInstallation } from "./removal.ts";
import { showStatus } from "./status.ts";

/** Runs `tsv install`. @returns the exit status, see options.ts */
export async function runInstall(words: readonly string[]): Promise<number> {
  return await withTerminal(["install", ...words], async (call) => {
    const parsed = parseInstall(words, process.cwd());
    return typeof parsed === "number" ? parsed : await install(parsed, call);
  });
}

/**
 * Runs `tsv uninstall`.
 * @param undosIn what undoes the repairs that doctor has recorded in a directory
 * @returns the exit status, see options.ts
 */
export async function runUninstall(
  words: readonly string[],
  undosIn: (directory: string) => readonly Undo[],
): Promise<number> {
  return await withTerminal(["uninstall", ...words], async (call) => {
    const parsed = parseUninstall(words, process.cwd());
    if (typeof parsed === "number") return parsed;
    return (
      whyNotAs(parsed.request.scope, call) ?? (await removeInstallation(parsed, call, undosIn))
    );
  });
}

async function withTerminal(
  words: readonly string[],
  action: (call: Call) => Promise<number>,
): Promise<number> {
  const terminal = createTerminal(process.env);
  try {
    return await action({ terminal, running: runningExecutable(), words });
  } finally {
    await terminal.flush();
    terminal.close();
  }
}

/** @returns an exit status when this user cannot do it */
function whyNotAs(
  scope: InstallRequest["scope"],
  { terminal, running, words }: Call,
): number | null {
  const isRoot = process.geteuid?.() === 0;
  if (scope === "system" && !isRoot) {
    terminal.writeError(notRoot(running, words));
    return EXIT.FAILED;
  }
  if (scope === "user" && isRoot) {
    terminal.writeError(
      "Error: --user is for one user's own programs; run it as that user, without sudo. For root's, leave --user out.\n",
    );
    return EXIT.FAILED;
  }
  return null;
}

async function install(args: InstallArguments, call: Call): Promise<number> {
  const { request, mode, json } = args;
  const { terminal } = call;
  const site = lookAtSite(request);
  if (mode === "status") return await showStatus(request, site, { terminal, json });
  // Whoever only looks needs no rights.
  const refused = mode === "plan" ? null : whyNotAs(request.scope, call);
  if (refused !== null) return refused;
  const journal = journalOf({ ...request, ...site.layout });
  const applying = { root: request.root, journal, terminal, showTrouble: [] };
  if (mode === "apply") {
    const failed = await putInOrder(applying);
    if (failed !== null) return failed;
    return await planAndApply(args, lookAtSite(request), call);
  }
  const planned = await plan(request, site, call);
  if (planned === null) return EXIT.FAILED;
  const { composition, plan: wanted } = planned;
  if (json) {
    const { detected } = composition;
    const { name, scope, root } = request;
    const more = { name, scope, root, init: detected?.init ?? null, because: detected?.because };
    terminal.write(planJson(wanted, { ...more, obstacles: wanted.obstacles }));
    return wanted.obstacles.length === 0 ? EXIT.OK : EXIT.FAILED;
  }
  showPlan(planned, terminal);
  for (const step of wanted.steps) {
    if (step.edited !== null) terminal.write(`\n${editTable(step)}\n`);
  }
  if (journal.isThere) {
    terminal.write("note: an interrupted installation would be taken back first\n");
  }
  return wanted.obstacles.length === 0 ? EXIT.OK : EXIT.FAILED;
}

interface Planned {
  readonly composition: Composition;
  readonly plan: InstallPlan;
}

/** @returns null when there is no plan; why is said */
async function plan(request: InstallRequest, site: Site, call: Call): Promise<Planned | null> {
  const { terminal, running } = call;
  if (site.problem !== null) {
    terminal.writeError(`Error: ${site.problem}\n`);
    return null;
  }
  const composition = await compose(request, site, running);
  if (!composition.ok) {
    terminal.writeError(`Error: ${composition.error}\n`);
    return null;
  }
  return { composition: composition.value, plan: planInstall(composition.value.input) };
}

function showPlan({ composition, plan: wanted }: Planned, terminal: Terminal): void {
  const { detected, bystander, remarks } = composition;
  const isNothing = !wanted.steps.some(isShown);
  if (detected !== null && !isNothing) {
    terminal.write(`init system: ${detected.init} (${detected.because})\n`);
  }
  if (isNothing) terminal.write("Nothing to do: everything is as it should be.\n");
  else terminal.write(`\n${planTable(wanted)}\n\n`);
  const beside =
    bystander === null
      ? []
      : [`${supervisorName(bystander)} is left alone; --take-over would replace it`];
  terminal.write(remarkLines([...remarks, ...wanted.remarks, ...beside]));
  for (const obstacle of wanted.obstacles) terminal.writeError(`Error: ${obstacle}\n`);
}

async function planAndApply(args: InstallArguments, site: Site, call: Call): Promise<number> {
  const { request, yes } = args;
  const { terminal, running, words } = call;
  const planned = await plan(request, site, call);
  if (planned === null) return EXIT.FAILED;
  showPlan(planned, terminal);
  const { plan: wanted, composition } = planned;
  if (wanted.obstacles.length > 0) return EXIT.FAILED;
  if (!wanted.steps.some(isShown)) return EXIT.OK;
  const consent = { yes, force: request.force, instead: nobodyToAsk(running, words) };
  const agreed = await askFor(wanted, consent, terminal);
  if (!agreed.ok) return agreed.error;
  const status = await applyPlan(wanted, {
    root: request.root,
    journal: journalOf({ ...request, ...site.layout }),
    terminal,
    showTrouble: composition.input.service?.files.showTrouble ?? [],
  });
  if (status === EXIT.OK) terminal.write(nextSteps(composition.input, site));
  return status;
}
