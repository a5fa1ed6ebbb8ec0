// Choices that the request leaves open: the init system, the configuration, the executable, the replaced Supervisor; and
// conflicts with a running daemon. Each error is a text for users.

import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { PACKAGED_EXECUTABLE } from "../../core/upgrade/dry-run.ts";
import {
  type DetectedInit,
  INIT_NAMES,
  INIT_SYSTEMS,
  type InitName,
} from "../services/registry.ts";
import { lastingExecutable } from "./layout.ts";
import { packagedRemarks } from "./package.ts";
import {
  type InstallFacts,
  type InstallRequest,
  initOf,
  isLive,
  type PlanInput,
} from "./plan-input.ts";
import type { DaemonRequirements } from "./requirements.ts";
import { type FoundSupervisor, packageFacts, planTakeOver, removalRemarks } from "./take-over.ts";

/** Paths contain the name, and one of them may be used by other software: /run/lock, /var/lib/dpkg. */
export function whyTaken(
  { name }: Pick<InstallRequest, "name">,
  { layout, previous, world }: Pick<InstallFacts, "layout" | "previous" | "world">,
): string | null {
  if (name === "tsv" || previous !== null) return null;
  const places = [layout.runDirectory, layout.stateDirectory];
  const taken = places.find((path) => world.look(path).kind !== "missing");
  return taken === undefined
    ? null
    : `the name ${name} is in use: ${taken} exists and was not created by tsv; use another --name`;
}

/** The init system that is requested, else the one that boots the host or image. */
export function chooseInit(
  { init, root, scope }: Pick<InstallRequest, "init" | "root" | "scope">,
  facts: InstallFacts,
  running: string,
): Result<DetectedInit, string> {
  const found = init === null ? initOf(facts, root) : ok({ init, because: "from --init" });
  if (!found.ok) {
    return err(
      root === "/" ? withoutInit(found.error, running) : `${root}: ${found.error}; use --init`,
    );
  }
  if (scope === "user" && !INIT_SYSTEMS[found.value.init].hasUserServices) {
    return err(
      `${found.value.init} does not support user services: omit --user, or start tsv from your crontab:\n` +
        `  @reboot ${running} daemon -c ${facts.layout.config}`,
    );
  }
  return found;
}

/** No init system, which is normal in a container. */
function withoutInit(seen: string, running: string): string {
  return `${seen}.

In a container nothing boots. Make tsv its first process:

  ENTRYPOINT ["${running}", "daemon", "-n", "-c", "/etc/tsv/tsv.conf"]

or, in a shell:

  ${shellWord(running)} daemon -n -c /etc/tsv/tsv.conf

On a machine that boots with a supported init system, name it: --init ${INIT_NAMES.join(", ")}.`;
}

/** The requested configuration; else that of an earlier installation; else Supervisor's, or tsv's own. */
export function chooseConfig(
  request: Pick<InstallRequest, "takeOver" | "config">,
  { layout, previous, world }: Pick<InstallFacts, "layout" | "previous" | "world">,
  supervisor: FoundSupervisor | null,
): Result<string, string> {
  if (request.takeOver && previous === null) {
    if (supervisor === null) {
      return err(
        "there is no Supervisor to replace: no service supervisor or supervisord exists, and no supervisord runs",
      );
    }
    return supervisor.config === null
      ? err("cannot find the configuration of the running Supervisor; use --config FILE")
      : ok(supervisor.config);
  }
  const config = request.config ?? previous?.config ?? layout.config;
  if (request.config !== null && world.look(config).kind === "missing") {
    return err(`the configuration ${config} does not exist`);
  }
  return ok(config);
}

/**
 * In an image, the package's executable or a copy; on this host, the running one if its path is permanent.
 * @param running the running executable
 * @param home home directory of the calling user; null if unknown
 * @param hash SHA-256 of a file
 */
export function chooseExecutable(
  request: Pick<InstallRequest, "root" | "scope">,
  { layout, mark }: Pick<InstallFacts, "layout" | "mark">,
  running: string,
  home: string | null,
  hash: (path: string) => string,
): PlanInput["executable"] {
  const isImage = request.root !== "/";
  if (mark !== null && isImage) {
    return { from: PACKAGED_EXECUTABLE, path: PACKAGED_EXECUTABLE, sha256: "" };
  }
  const ownHome = request.scope === "user" ? home : null;
  const path = isImage ? layout.executable : lastingExecutable(running, layout.executable, ownHome);
  return { from: running, path, sha256: hash(running) };
}

/** How the Supervisor is replaced; null if it is not: an earlier run may have replaced it already. */
export function chooseTakeOver(
  { takeOver }: Pick<InstallRequest, "takeOver">,
  init: InitName | null,
  supervisor: FoundSupervisor | null,
): Result<PlanInput["takeOver"], string> {
  return takeOver && init !== null && supervisor !== null
    ? planTakeOver(supervisor, init)
    : ok(null);
}

/** A command line to paste into a shell. */
export function commandLine(running: string, words: readonly string[]): string {
  return [running, ...words].map(shellWord).join(" ");
}

/**
 * Two daemons with one configuration conflict in sockets and programs. Null if there is no conflict.
 * @param answers another daemon answers on the socket
 * @param running the running executable
 */
export function conflictOf(
  request: Pick<InstallRequest, "name" | "config">,
  requirements: Pick<DaemonRequirements, "config" | "server">,
  supervisor: FoundSupervisor | null,
  answers: boolean,
  running: string,
): string | null {
  const { config, server } = requirements;
  const { service, process } = supervisor ?? {};
  const isAlive = process != null || service?.isRunning === true || service?.isEnabled === true;
  const isSame = isAlive && supervisor?.config === config;
  if (!isSame && !answers) return null;
  const who =
    supervisor === null || !isSame
      ? `another daemon than the service ${request.name} already answers on ${server}`
      : `${supervisorName(supervisor)} already runs with ${config}`;
  const takeOver =
    supervisor === null
      ? "Stop it first, then run this again."
      : `To replace it, with its configuration and socket:\n\n  ${commandLine(running, ["install", "--boot", "--take-over"])}`;
  // Without --config, the configuration is that of the name.
  const name = request.config === null ? `${request.name}2` : request.name;
  const named = name === "tsv" ? [] : ["--name", name];
  const beside = commandLine(running, ["install", "--boot", ...named]);
  return `${who}.\n\n${takeOver}\n\nTo run in addition to it, with a separate configuration, socket and logs:\n\n  ${beside}`;
}

/** `Supervisor (supervisor.service, pid 12)`. */
export function supervisorName({ service, process }: FoundSupervisor): string {
  const parts = [service?.path ?? null, process === null ? null : `pid ${process.pid}`];
  return `Supervisor (${parts.filter((part) => part !== null).join(", ")})`;
}

/** Notes for the user beside the plan. */
export function remarksOf(input: PlanInput): readonly string[] {
  const { request, facts, service, isPackaged, config } = input;
  const { world, layout } = facts;
  const init = service?.init ?? null;
  const remarks: string[] = [];
  if (isPackaged && init !== null) remarks.push(...packagedRemarks(request, init));
  else if (request.root !== "/" && init !== null) {
    const remark = INIT_SYSTEMS[init].imageRemark;
    if (remark !== undefined && world.look(remark.ifExists).kind !== "missing") {
      remarks.push(remark.text);
    }
  }
  if (isLive(input)) remarks.push(...removalRemarks(config.path, packageFacts(world)));
  // A configuration that an earlier uninstall has kept belongs to the group root.
  const found = world.look(layout.config);
  const { scope, group } = request;
  if (scope === "system" && found.kind === "file" && (found.mode & 0o004) === 0) {
    const isReadable = world.groupId(group) === found.gid && (found.mode & 0o040) !== 0;
    if (!isReadable) {
      remarks.push(
        `members of ${group} cannot read ${layout.config}, where ctl finds the socket: chgrp ${group} ${layout.config}`,
      );
    }
  }
  return remarks;
}
