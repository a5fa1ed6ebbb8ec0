// The command lines of `tsv install` and `tsv uninstall`.

import { absolutePath } from "../../core/config/paths.ts";
import { Command, readVerb, refuseWords } from "../../host/terminal/command-line.ts";
import { INIT_SYSTEMS, type InitSystem } from "../plan/init-system.ts";
import type { InstallRequest, UninstallRequest } from "../plan/request.ts";

/** What `tsv install` is to do with its plan. */
export interface InstallArguments {
  readonly request: InstallRequest;
  readonly mode: "apply" | "plan" | "status";
  readonly json: boolean;
  readonly yes: boolean;
}

export interface UninstallArguments {
  readonly request: UninstallRequest;
  readonly yes: boolean;
}

/** A number is an exit status: the command line itself was the end of it, and everything is said. */
export type Parsed<T> = T | number;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const INSTALL_HELP = `
Without --boot it sets up the executable, a configuration and the group; with it, tsv also starts now and at each boot.
It shows what it would change and asks first. If anything fails, everything is taken back. Again: nothing to do.

Exit status: 0 done, or nothing to do; 1 refused, or failed and taken back; 2 wrong use; 4 failed, and something could
not be taken back (it says what). With --status: 0 all is well; 1 something is not; 3 not installed.`;

const UNINSTALL_HELP = `
It removes what tsv install made and nobody changed since. A configuration that was edited and logs stay, and are named;
--purge removes them too.

Exit status: 0 done; 1 refused, or failed and taken back; 2 wrong use; 4 failed, and something could not be taken back.`;

interface Flags {
  readonly boot?: true;
  readonly user?: true;
  readonly init?: string;
  readonly config?: string;
  readonly name: string;
  readonly group?: string;
  readonly root: string;
  readonly plan?: true;
  readonly json?: true;
  readonly yes?: true;
  readonly force?: true;
  readonly takeOver?: true;
  readonly waitOnline?: true;
  readonly status?: true;
  readonly purge?: true;
}

/** Reads the words after `tsv install`. @param cwd what relative paths mean */
export function parseInstall(words: readonly string[], cwd: string): Parsed<InstallArguments> {
  const command = new Command("tsv install")
    .description("Sets tsv up on this host: with --boot it starts now and at each boot.")
    .option("--boot", "start it now, and whenever the machine boots")
    .option("--user", "for the calling user alone, without root")
    .option(
      "--init <name>",
      `the init system: ${INIT_SYSTEMS.join(", ")} (default: what runs here)`,
    )
    .option("--config <file>", "run this configuration instead of tsv's own")
    .option("--name <name>", "name of the service; another name stands beside the first", "tsv")
    .option("--group <group>", "members of this group use ctl without sudo (default: tsv)")
    .option(
      "--take-over",
      "replace the Supervisor that is installed: same configuration and socket",
    )
    .option("--wait-online", "at boot, wait for the network")
    .option("--root <dir>", "set up the system in this directory (an image) and run nothing", "/")
    .option("--plan", "show what would be done, and change nothing")
    .option("--status", "show what is installed, enabled, running and answering")
    .option("--json", "with --plan or --status: as JSON")
    .option("-y, --yes", "do it without asking")
    .option("--force", "replace files that somebody else wrote or edited");
  const status = readVerb(command, INSTALL_HELP, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const problem = installProblem(flags);
  if (problem !== null) return refuseWords(command, problem);
  const { init, config, name, group = "tsv", root } = flags;
  const request: InstallRequest = {
    boot: flags.boot === true,
    scope: flags.user === true ? "user" : "system",
    init: asInit(init),
    config: config === undefined ? null : absolutePath(config, root === "/" ? cwd : "/"),
    name,
    group,
    root: absolutePath(root, cwd),
    takeOver: flags.takeOver === true,
    force: flags.force === true,
    waitOnline: flags.waitOnline === true,
  };
  const mode = flags.status === true ? "status" : flags.plan === true ? "plan" : "apply";
  return { request, mode, json: flags.json === true, yes: flags.yes === true };
}

/** Reads the words after `tsv uninstall`. */
export function parseUninstall(words: readonly string[], cwd: string): Parsed<UninstallArguments> {
  const command = new Command("tsv uninstall")
    .description("Removes what tsv install made, and nothing else.")
    .option("--purge", "also the configuration, programs' files in it, logs and state")
    .option("--name <name>", "name of the service", "tsv")
    .option("--user", "the calling user's own, without root")
    .option("--root <dir>", "of the system in this directory (an image); runs nothing", "/")
    .option("-y, --yes", "do it without asking")
    .option("--force", "also files that were changed since tsv made them");
  const status = readVerb(command, UNINSTALL_HELP, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const problem = commonProblem(flags);
  if (problem !== null) return refuseWords(command, problem);
  return {
    request: {
      name: flags.name,
      scope: flags.user === true ? "user" : "system",
      root: absolutePath(flags.root, cwd),
      purge: flags.purge === true,
      force: flags.force === true,
    },
    yes: flags.yes === true,
  };
}

function commonProblem({ name, user, root }: Flags): string | null {
  if (!NAME.test(name)) {
    return `'${name}' cannot be the name of a service: use letters, digits, - and _`;
  }
  return user === true && root !== "/" ? "--user and --root do not go together" : null;
}

function installProblem(flags: Flags): string | null {
  const { init, group, json, plan, status, boot, takeOver, root, config, user } = flags;
  if (init !== undefined && asInit(init) === null) {
    return `there is no init system '${init}': ${INIT_SYSTEMS.join(", ")}`;
  }
  if (group !== undefined && !/^[a-z_][a-z0-9_-]{0,31}$/.test(group)) {
    return `'${group}' cannot be the name of a group`;
  }
  if (json === true && plan !== true && status !== true) {
    return "--json goes with --plan or --status";
  }
  if (takeOver === true && boot !== true) return "--take-over goes with --boot";
  if (takeOver === true && (root !== "/" || user === true)) {
    return "--take-over goes neither with --root nor with --user";
  }
  if (takeOver === true && config !== undefined) {
    return "--take-over uses Supervisor's configuration; give either it or --config";
  }
  return commonProblem(flags);
}

function asInit(name: string | undefined): InitSystem | null {
  return INIT_SYSTEMS.find((known) => known === name) ?? null;
}
