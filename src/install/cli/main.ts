// `tsv install` and `tsv uninstall`, from the command line to an exit status.

import { err, ok } from "../../core/base/result.ts";
import { createAssets } from "../../host/files/assets.ts";
import { answerText, emptyAnswer, silent } from "../../host/terminal/json-answer.ts";
import { runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import { gatherFacts, gatherSupervisor } from "../host/gather-facts.ts";
import { describeService } from "../host/installed-service.ts";
import { answersNow, runningExecutable } from "../host/processes.ts";
import { readRequirements } from "../host/read-requirements.ts";
import { hashFile } from "../host/safe-files.ts";
import {
  chooseConfig,
  chooseExecutable,
  chooseInit,
  chooseTakeOver,
  conflictOf,
  remarksOf,
  supervisorName,
  whyTaken,
} from "../plan/choices.ts";
import { type Document, documentsFor } from "../plan/default-files.ts";
import { asPackaged, isPackagedService, PACKAGE_MARK, whyPackaged } from "../plan/package.ts";
import { planInstall } from "../plan/plan.ts";
import type { InstallFacts, InstallRequest, PlanInput } from "../plan/plan-input.ts";
import type { Undo } from "../plan/steps.ts";
import { findSupervisor } from "../plan/take-over.ts";
import { begin, carryOut, EXIT } from "./apply.ts";
import { type InstallArguments, parseInstall, parseUninstall } from "./options.ts";
import { type Invocation, nextSteps, wrapping } from "./present.ts";
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
  return await withTerminal("uninstall", words, parsed.json, (call) =>
    removeInstallation(parsed, call, undosIn),
  );
}

async function withTerminal(
  verb: string,
  words: readonly string[],
  isJson: boolean,
  action: (call: Invocation) => Promise<number>,
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

async function install(args: InstallArguments, call: Invocation): Promise<number> {
  const { request, mode } = args;
  if (mode === "status") return await showStatus(request, gatherFacts(request), call);
  const begun = await begin(args, call);
  if (!begun.ok) return begun.error;
  const facts = begun.value;
  const composed = await compose(request, facts, call.running);
  if (!composed.ok) {
    call.terminal.writeError(`Error: ${composed.error}\n`);
    return EXIT.FAILED;
  }
  const { input, detected, otherSupervisor, remarks } = composed.value;
  // A package brings its own, also for services of other names.
  const isPackageHost = facts.world.look(PACKAGE_MARK).kind !== "missing";
  const documents = input.isPackaged || isPackageHost ? [] : documentsAt(facts);
  const plan = planInstall({ ...input, documents });
  const { init = null, because = null } = detected ?? {};
  return await carryOut(
    {
      plan,
      reasons: plan.reasons,
      heading: init === null ? "" : `init system: ${init} (${because})\n`,
      notes:
        otherSupervisor === null
          ? []
          : [`${supervisorName(otherSupervisor)} stays; --take-over would replace it`],
      basis: { init, because, remarks: [...remarks, ...plan.remarks] },
      showOutput: input.service?.files.showOutput ?? [],
      after: () => nextSteps(input),
    },
    args,
    facts.layout,
    call,
  );
}

function documentsAt({ layout, world }: InstallFacts): readonly Document[] {
  const { read } = createAssets();
  const exists = (path: string): boolean => world.look(path).kind !== "missing";
  return documentsFor(layout.shareDirectory, read, exists);
}

/**
 * What a plan is made from, and what explains it: reads and asks the host in the order in which one answer leads to the next
 * question. The error is a text for users.
 * @param running the running executable
 */
async function compose(request: InstallRequest, facts: InstallFacts, running: string) {
  const { root, scope } = request;
  const refused = whyTaken(request, facts) ?? whyPackaged(request, facts, running);
  if (refused !== null) return err(refused);
  const boots = request.boot ? chooseInit(request, facts, running) : ok(null);
  if (!boots.ok) return boots;
  const detected = asPackaged(boots.value, facts);
  const init = detected?.init ?? null;
  const isPackaged = isPackagedService(facts, init);
  const isLive = root === "/" && scope === "system";
  const supervisor = isLive && init !== null ? findSupervisor(gatherSupervisor(init)) : null;
  const config = chooseConfig(request, facts, supervisor);
  if (!config.ok) return config;
  const read = readRequirements(request, facts, config.value);
  if (!read.ok) return read;
  const requirements = read.value;
  const { server } = requirements;
  const home = process.env["HOME"] ?? null;
  const executable = chooseExecutable(request, facts, running, home, hashFile);
  const described = { request, facts, requirements, executable: executable.path, isPackaged };
  const service = init === null ? ok(null) : describeService(init, described);
  if (!service.ok) return service;
  const isAsked = (isLive || scope === "user") && server !== null;
  const answers = isAsked && (await answersNow(server)) === true;
  const takeOver = chooseTakeOver(request, init, supervisor);
  if (!takeOver.ok) return takeOver;
  if (service.value !== null && !request.takeOver && root === "/") {
    const isOurs = facts.world.ask(service.value.files.isRunning);
    const others = answers && !isOurs;
    const conflict = conflictOf(request, requirements, supervisor, others, running);
    if (conflict !== null) return err(conflict);
  }
  const input: PlanInput = {
    ...{ request, facts, executable, isPackaged },
    service: service.value,
    config: { path: requirements.config, server, answers },
    takeOver: takeOver.value,
  };
  return ok({
    input,
    detected,
    /** The Supervisor that is here and stays. */
    otherSupervisor: request.takeOver ? null : supervisor,
    remarks: [...requirements.remarks, ...remarksOf(input)],
  });
}
