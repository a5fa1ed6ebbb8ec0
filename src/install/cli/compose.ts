// Puts together what an installation is planned from: the request, the site, the configuration, the Supervisor that may
// be there, the service in its init system's words.

import { err, ok, type Result } from "../../core/base/result.ts";
import { PACKAGED_EXECUTABLE } from "../../core/upgrade/packaged-path.ts";
import { answersNow } from "../host/answer.ts";
import { describeService } from "../host/installed-service.ts";
import { type DaemonNeeds, readNeeds } from "../host/needs.ts";
import { hashFile } from "../host/safe-files.ts";
import { initOf, type Site } from "../host/site.ts";
import { gatherSupervisor } from "../host/supervisor-facts.ts";
import { defaultConfig, defaultEnvironment } from "../plan/default-files.ts";
import { lastingExecutable } from "../plan/executable.ts";
import type { DetectedInit, InitSystem } from "../plan/init-system.ts";
import type { PlanInput } from "../plan/plan-input.ts";
import type { InstallRequest } from "../plan/request.ts";
import { type FoundSupervisor, findSupervisor, planTakeOver } from "../plan/take-over.ts";
import { hasUserServices } from "../services/services.ts";
import {
  asPackaged,
  bringsService,
  isOfPackage,
  packagedRecord,
  packagedRemarks,
  whyPackaged,
} from "./packaged.ts";
import { standingInTheWay, withoutInit } from "./refusals.ts";

/** What a plan is made from, and what explains it. */
export interface Composition {
  readonly input: PlanInput;
  readonly detected: DetectedInit | null;
  /** The Supervisor that is here and stays. */
  readonly bystander: FoundSupervisor | null;
  readonly remarks: readonly string[];
}

/** @param running the executable that runs now. The error is for people, whole. */
export async function compose(
  request: InstallRequest,
  site: Site,
  running: string,
): Promise<Result<Composition, string>> {
  const taken = whyTaken(request, site) ?? whyPackaged(request, site, running);
  if (taken !== null) return err(taken);
  const boots = request.boot ? chooseInit(request, site, running) : ok(null);
  if (!boots.ok) return boots;
  const detected = asPackaged(boots.value, site);
  // Without --boot the package's service is there all the same, and its scripts go by what the record says of it.
  const isPackaged = detected === null ? isOfPackage(site) : bringsService(site, detected.init);
  const init = detected?.init ?? null;
  const isLive = request.root === "/" && request.scope === "system";
  const supervisor = isLive && init !== null ? findSupervisor(gatherSupervisor(init)) : null;
  const config = chooseConfig(request, site, supervisor);
  if (!config.ok) return config;
  const needs = readNeeds(request, site, config.value);
  if (!needs.ok) return needs;
  const executable = chooseExecutable(request, site, running);
  const service =
    init === null
      ? ok(null)
      : describeService(init, {
          request,
          site,
          needs: needs.value,
          executable: executable.path,
          isPackaged,
        });
  if (!service.ok) return service;
  const answers = isLive || request.scope === "user" ? await doesAnswer(needs.value) : false;
  const takeOver = takeOverOf(request, init, supervisor);
  if (!takeOver.ok) return takeOver;
  if (service.value !== null && !request.takeOver && request.root === "/") {
    const isOurs = site.world.ask(service.value.files.isRunning.argv);
    const way = { request, running, needs: needs.value, supervisor, answers: answers && !isOurs };
    const problem = standingInTheWay(way);
    if (problem !== null) return err(problem);
  }
  return ok({
    input: {
      request,
      layout: site.layout,
      world: site.world,
      self: site.self,
      executable,
      service: service.value,
      config: { path: config.value, server: needs.value.server, answers },
      defaults: {
        config: needs.value.isOurs ? defaultsOf(request, site) : null,
        environment: init === null ? null : defaultEnvironment(request.name),
      },
      takeOver: takeOver.value,
      isPackaged,
      packagedInit: isPackaged ? (packagedRecord(request, site)?.init ?? null) : null,
      runsWith: site.previous?.config ?? (isPackaged ? site.layout.config : config.value),
      previous: site.previous,
      others: site.others,
    },
    detected,
    bystander: request.takeOver ? null : supervisor,
    remarks: [
      ...needs.value.remarks,
      ...(isPackaged && init !== null
        ? packagedRemarks(request, init)
        : imageRemarks(request, site, init)),
      ...accessRemarks(request, site),
    ],
  });
}

/** A name makes paths, and somebody else's may be among them: /run/lock, /var/lib/dpkg. */
function whyTaken({ name }: InstallRequest, { layout, previous, world }: Site): string | null {
  if (name === "tsv" || previous !== null) return null;
  const places = [layout.runDirectory, layout.stateDirectory];
  const taken = places.find((path) => world.look(path).kind !== "missing");
  return taken === undefined
    ? null
    : `the name ${name} is taken: ${taken} is there, and no installation of tsv made it; use another --name`;
}

function chooseInit(
  { init, root, scope }: InstallRequest,
  site: Site,
  running: string,
): Result<DetectedInit | null, string> {
  const found = init === null ? initOf(site, root) : ok({ init, because: "--init says so" });
  if (!found.ok) {
    return err(
      root === "/" ? withoutInit(found.error, running) : `${root}: ${found.error}; use --init`,
    );
  }
  if (scope === "user" && !hasUserServices(found.value.init)) {
    return err(
      `${found.value.init} runs no services of single users: use it without --user, or start tsv from your crontab:\n` +
        `  @reboot ${running} daemon -c ${site.layout.config}`,
    );
  }
  return found;
}

/** Debian's SysV init starts scripts by a list that insserv makes from the links, and only by links without it. */
function imageRemarks(
  { root }: InstallRequest,
  { world }: Site,
  init: InitSystem | null,
): readonly string[] {
  const list = "/etc/init.d/.depend.start";
  if (root === "/" || init !== "sysv" || world.look(list).kind === "missing") return [];
  return [`${list} has to be made anew before tsv starts at boot: run insserv in the image`];
}

/** A configuration that an earlier uninstall has kept belongs to root's group. */
function accessRemarks(
  { scope, group }: InstallRequest,
  { world, layout }: Site,
): readonly string[] {
  const found = world.look(layout.config);
  if (scope === "user" || found.kind !== "file" || (found.mode & 0o004) !== 0) return [];
  if (world.groupId(group) === found.gid && (found.mode & 0o040) !== 0) return [];
  return [
    `members of ${group} cannot read ${layout.config}, where ctl finds the socket: chgrp ${group} ${layout.config}`,
  ];
}

/** What was asked for; else what an earlier installation runs; else Supervisor's, or our own. */
function chooseConfig(
  request: InstallRequest,
  { layout, previous, world }: Site,
  supervisor: FoundSupervisor | null,
): Result<string, string> {
  if (request.takeOver && previous === null) {
    if (supervisor === null) {
      return err(
        "there is no Supervisor here to take over from: no service supervisor or supervisord, and none runs",
      );
    }
    return supervisor.config === null
      ? err("the configuration of the Supervisor that runs here cannot be found; use --config FILE")
      : ok(supervisor.config);
  }
  const config = request.config ?? previous?.config ?? layout.config;
  if (request.config !== null && world.look(config).kind === "missing") {
    return err(`there is no configuration ${config}`);
  }
  return ok(config);
}

/** The text of our own configuration, for when it is missing. */
function defaultsOf({ name, group, scope }: InstallRequest, { layout }: Site): string {
  return defaultConfig(layout, { name, group, scope });
}

function chooseExecutable(
  request: InstallRequest,
  { layout, mark }: Site,
  running: string,
): PlanInput["executable"] {
  if (mark !== null && request.root !== "/") {
    return { from: PACKAGED_EXECUTABLE, path: PACKAGED_EXECUTABLE, sha256: "" };
  }
  const home = request.scope === "user" ? (process.env["HOME"] ?? null) : null;
  const isImage = request.root !== "/";
  const path = isImage ? layout.executable : lastingExecutable(running, layout.executable, home);
  return { from: running, path, sha256: hashFile(running) };
}

async function doesAnswer({ server }: DaemonNeeds): Promise<boolean> {
  return server !== null && (await answersNow(server)) === true;
}

function takeOverOf(
  { takeOver }: InstallRequest,
  init: InitSystem | null,
  supervisor: FoundSupervisor | null,
): Result<PlanInput["takeOver"], string> {
  // Nothing is left to take over: an earlier run has done it.
  return takeOver && init !== null && supervisor !== null
    ? planTakeOver(supervisor, init)
    : ok(null);
}
