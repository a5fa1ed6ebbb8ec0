// The faces `tsv install` and `tsv uninstall`, from the command line to an exit status.

import type { ErrorKind } from "../../core/base/complaint.ts";
import { createAssets } from "../../host/files/assets.ts";
import { answerText, complaintFrom, emptyAnswer, silent } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { gatherFacts } from "../host/gather-facts.ts";
import { runningExecutable } from "../host/processes.ts";
import { supervisorName } from "../plan/choices.ts";
import { type Document, documentsFor } from "../plan/default-files.ts";
import { PACKAGE_MARK } from "../plan/package.ts";
import { type InstallPlan, planInstall } from "../plan/plan.ts";
import type { InstallFacts, InstallRequest } from "../plan/plan-input.ts";
import { isShown, type Undo } from "../plan/steps.ts";
import { applyPlan, askFor, EXIT, journalOf, putInOrder } from "./apply.ts";
import { type Composition, compose } from "./compose.ts";
import { type InstallArguments, parseInstall, parseUninstall } from "./options.ts";
import {
  type Call,
  columnsOf,
  dryRunOnly,
  editTable,
  INTERRUPTED,
  nextSteps,
  nobodyToAsk,
  notRoot,
  planTable,
  remarkLines,
  stepData,
  wrapping,
} from "./present.ts";
import { removeInstallation } from "./removal.ts";
import { showStatus } from "./status.ts";

/** Runs `tsv install`. @returns the exit status, see options.ts */
export async function runInstall(words: readonly string[]): Promise<number> {
  const parsed = parseInstall(words, process.cwd());
  if (typeof parsed === "number") return parsed;
  return await withTerminal("install", words, parsed.json, (call) => install(parsed, call));
}

/**
 * Runs `tsv uninstall`.
 * @param undosIn the undos of repairs that doctor has recorded in a directory
 * @returns the exit status, see options.ts
 */
export async function runUninstall(
  words: readonly string[],
  undosIn: (directory: string) => readonly Undo[],
): Promise<number> {
  const parsed = parseUninstall(words, process.cwd());
  if (typeof parsed === "number") return parsed;
  return await withTerminal("uninstall", words, parsed.json, async (call) => {
    // Only reading requires no permission.
    const refused = parsed.mode === "plan" ? null : whyNotAs(parsed.request.scope, call);
    return refused ?? (await removeInstallation(parsed, call, undosIn));
  });
}

async function withTerminal(
  verb: string,
  words: readonly string[],
  isJson: boolean,
  action: (call: Call) => Promise<number>,
): Promise<number> {
  const answer = isJson ? emptyAnswer() : null;
  const common = { running: runningExecutable(), words: [verb, ...words], answer };
  return await runOnTerminal(async (terminal) => {
    if (answer === null) return await action({ ...common, terminal: wrapping(terminal) });
    const status = await action({ ...common, terminal: silent(terminal, answer) });
    terminal.write(answerText(answer, verb, status));
    return status;
  });
}

/** @returns an exit status if this user lacks the permission */
function whyNotAs(
  scope: InstallRequest["scope"],
  { terminal, running, words, answer }: Call,
): number | null {
  const isRoot = process.geteuid?.() === 0;
  const refuse = (text: string, kind: ErrorKind): number => {
    if (answer === null) terminal.writeError(text);
    else answer.errors.push(complaintFrom(text, kind));
    return EXIT.FAILED;
  };
  if (scope === "system" && !isRoot) return refuse(notRoot(running, words), "permission-denied");
  if (scope === "user" && isRoot) {
    return refuse(
      "Error: --user is for the programs of one user: run it as that user, without sudo.\nFor those of root, leave --user out.\n",
      "usage",
    );
  }
  return null;
}

async function install(args: InstallArguments, call: Call): Promise<number> {
  const { request, mode } = args;
  const { terminal, answer } = call;
  const facts = gatherFacts(request);
  if (mode === "status") return await showStatus(request, facts, call);
  // Only reading requires no permission.
  const refused = mode === "plan" ? null : whyNotAs(request.scope, call);
  if (refused !== null) return refused;
  const journal = journalOf({ ...request, ...facts.layout });
  const applying = { root: request.root, journal, terminal, answer, showOutput: [] };
  if (mode === "apply") {
    const failed = await putInOrder(applying);
    if (failed !== null) return failed;
    return await planAndApply(args, gatherFacts(request), call);
  }
  const planned = await plan(request, facts, call);
  if (planned === null) return EXIT.FAILED;
  const { plan: wanted } = planned;
  describePlan(args, planned, call);
  answer?.results.push(...wanted.steps.filter(isShown).map(stepData));
  showPlan(planned, terminal);
  for (const step of wanted.steps) {
    if (step.edited !== null) terminal.write(`\n${editTable(step, columnsOf(terminal))}\n`);
  }
  if (journal.isThere) terminal.write(INTERRUPTED);
  if (wanted.reasons.length > 0) return EXIT.FAILED;
  if (wanted.steps.some(isShown)) {
    const isAllowed = request.scope === "user" || process.geteuid?.() === 0;
    terminal.write(dryRunOnly(call.running, call.words, isAllowed));
  }
  return EXIT.OK;
}

/** What a plan is based on, for JSON. */
function describePlan(
  { request, mode }: InstallArguments,
  { composition, plan: wanted }: Planned,
  { answer }: Call,
): void {
  if (answer === null) return;
  const { detected, remarks } = composition;
  const { name, scope, root } = request;
  Object.assign(answer.more, {
    dryRun: mode === "plan",
    ...{ name, scope, root, init: detected?.init ?? null, because: detected?.because ?? null },
    remarks: [...remarks, ...wanted.remarks],
  });
}

interface Planned {
  readonly composition: Composition;
  readonly plan: InstallPlan;
}

/** @returns null if there is no plan; the reason is already printed */
async function plan(
  request: InstallRequest,
  facts: InstallFacts,
  call: Call,
): Promise<Planned | null> {
  const { terminal, running } = call;
  if (facts.problem !== null) {
    terminal.writeError(`Error: ${facts.problem}\n`);
    return null;
  }
  const composition = await compose(request, facts, running);
  if (!composition.ok) {
    terminal.writeError(`Error: ${composition.error}\n`);
    return null;
  }
  const { input } = composition.value;
  // A package brings its own, also for services of other names.
  const isPackageHost = facts.world.look(PACKAGE_MARK).kind !== "missing";
  const documents = input.isPackaged === true || isPackageHost ? [] : documentsAt(facts);
  return { composition: composition.value, plan: planInstall({ ...input, documents }) };
}

function documentsAt({ layout, world }: InstallFacts): readonly Document[] {
  const { read } = createAssets();
  const exists = (path: string): boolean => world.look(path).kind !== "missing";
  return documentsFor(layout.shareDirectory, read, exists);
}

function showPlan({ composition, plan: wanted }: Planned, terminal: Terminal): void {
  const { detected, otherSupervisor, remarks } = composition;
  const isNothing = !wanted.steps.some(isShown);
  if (detected !== null && !isNothing) {
    terminal.write(`init system: ${detected.init} (${detected.because})\n`);
  }
  if (isNothing) terminal.write("Nothing to do: everything is installed already.\n");
  else terminal.write(`\n${planTable(wanted, columnsOf(terminal))}\n\n`);
  const beside =
    otherSupervisor === null
      ? []
      : [`${supervisorName(otherSupervisor)} stays; --take-over would replace it`];
  terminal.write(remarkLines([...remarks, ...wanted.remarks, ...beside]));
  for (const reason of wanted.reasons) terminal.writeError(`Error: ${reason}\n`);
}

async function planAndApply(
  args: InstallArguments,
  facts: InstallFacts,
  call: Call,
): Promise<number> {
  const { request, yes } = args;
  const { terminal, running, words, answer } = call;
  const planned = await plan(request, facts, call);
  if (planned === null) return EXIT.FAILED;
  describePlan(args, planned, call);
  showPlan(planned, terminal);
  const { plan: wanted, composition } = planned;
  if (wanted.reasons.length > 0) return EXIT.FAILED;
  if (!wanted.steps.some(isShown)) return EXIT.OK;
  const consent = { yes, force: request.force, instead: nobodyToAsk(running, words) };
  const agreed = await askFor(wanted, consent, terminal);
  if (!agreed.ok) return agreed.error;
  const status = await applyPlan(wanted, {
    root: request.root,
    journal: journalOf({ ...request, ...facts.layout }),
    ...{ terminal, answer },
    showOutput: composition.input.service?.files.showOutput ?? [],
  });
  if (status === EXIT.OK) terminal.write(nextSteps(composition.input, facts));
  return status;
}
