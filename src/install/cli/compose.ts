// Collects what an installation is planned from: reads and asks the host in the order in which one answer leads to the next
// question. What follows from the answers is decided in `../plan`.

import { err, ok, type Result } from "../../core/base/result.ts";
import { gatherSupervisor } from "../host/gather-facts.ts";
import { describeService } from "../host/installed-service.ts";
import { answersNow } from "../host/processes.ts";
import { readRequirements } from "../host/read-requirements.ts";
import { hashFile } from "../host/safe-files.ts";
import {
  chooseConfig,
  chooseExecutable,
  chooseInit,
  chooseTakeOver,
  conflictOf,
  planInputOf,
  remarksOf,
  whyTaken,
} from "../plan/choices.ts";
import { asPackaged, isPackagedService, whyPackaged } from "../plan/package.ts";
import type { InstallFacts, InstallRequest, PlanInput } from "../plan/plan-input.ts";
import { type FoundSupervisor, findSupervisor } from "../plan/take-over.ts";
import type { DetectedInit } from "../services/registry.ts";

/** What a plan is made from, and what explains it. */
export interface Composition {
  readonly input: PlanInput;
  readonly detected: DetectedInit | null;
  /** The Supervisor that is here and stays. */
  readonly otherSupervisor: FoundSupervisor | null;
  readonly remarks: readonly string[];
}

/** @param running the executable that runs now. The error is for people, whole. */
export async function compose(
  request: InstallRequest,
  facts: InstallFacts,
  running: string,
): Promise<Result<Composition, string>> {
  const refused = whyTaken(request, facts) ?? whyPackaged(request, facts, running);
  if (refused !== null) return err(refused);
  const boots = request.boot ? chooseInit(request, facts, running) : ok(null);
  if (!boots.ok) return boots;
  const detected = asPackaged(boots.value, facts);
  const init = detected?.init ?? null;
  const isPackaged = isPackagedService(facts, init);
  const isLive = request.root === "/" && request.scope === "system";
  const supervisor = isLive && init !== null ? findSupervisor(gatherSupervisor(init)) : null;
  const config = chooseConfig(request, facts, supervisor);
  if (!config.ok) return config;
  const read = readRequirements(request, facts, config.value);
  if (!read.ok) return read;
  const requirements = read.value;
  const home = process.env["HOME"] ?? null;
  const executable = chooseExecutable({ request, facts, running, home, hash: hashFile });
  const { path } = executable;
  const described = { request, facts, requirements, executable: path, isPackaged };
  const service = init === null ? ok(null) : describeService(init, described);
  if (!service.ok) return service;
  const { server } = requirements;
  const isAsked = (isLive || request.scope === "user") && server !== null;
  const answers = isAsked && (await answersNow(server)) === true;
  const takeOver = chooseTakeOver(request, init, supervisor);
  if (!takeOver.ok) return takeOver;
  if (service.value !== null && !request.takeOver && request.root === "/") {
    const isOurs = facts.world.ask(service.value.files.isRunning.argv);
    const conflict = conflictOf({
      ...{ request, running, requirements, supervisor },
      answers: answers && !isOurs,
    });
    if (conflict !== null) return err(conflict);
  }
  const known = { request, facts, detected, isPackaged, requirements, executable, answers };
  const chosen = { ...known, service: service.value };
  return ok({
    input: planInputOf({ ...chosen, takeOver: takeOver.value }),
    detected,
    otherSupervisor: request.takeOver ? null : supervisor,
    remarks: remarksOf(chosen),
  });
}
