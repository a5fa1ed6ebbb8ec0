// The command lines of `tsv install` and `tsv uninstall`.

import { absolutePath } from "../../core/config/paths.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../../host/terminal/command-line.ts";
import type { InstallRequest, UninstallRequest } from "../plan/plan-input.ts";
import { INIT_NAMES, initNamed } from "../services/registry.ts";

/** A parsed command line. */
interface Arguments<Request, Mode> {
  readonly request: Request;
  readonly mode: Mode;
  readonly json: boolean;
  readonly yes: boolean;
}

export type InstallArguments = Arguments<InstallRequest, "apply" | "plan" | "status">;
export type UninstallArguments = Arguments<UninstallRequest, "apply" | "plan">;

/** A number is an exit status: the command line needs no further processing, and the output is printed. */
type Parsed<T> = T | number;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const INSTALL_PAGE: VerbPage = {
  usage: [["tsv install [options]", ""]],
  about: [
    "Install tsv on this host: the executable, its manual and completions, a configuration and a group. With --boot, tsv also starts now and at each boot.",
    "It shows its plan and asks first. If any step fails, everything is rolled back. Running it twice is safe.",
  ],
  examples: [
    ["tsv install --boot --dry-run", "show what would be done"],
    ["sudo tsv install --boot", "install, and start now and at each boot"],
    ["tsv install --user --boot", "for the calling user, without root"],
    ["sudo tsv install --boot --take-over", "replace Supervisor"],
    ["tsv install --status", "show what is installed, running and changed"],
  ],
  statuses: [
    [0, "done, or nothing to do; with --status: all is well"],
    [1, "refused, or failed and rolled back; with --status: something is wrong"],
    [2, "usage error"],
    [3, "with --status: not installed"],
    [4, "failed, and something could not be rolled back: the error names it"],
  ],
};

const UNINSTALL_PAGE: VerbPage = {
  usage: [["tsv uninstall [options]", ""]],
  about: [
    "Remove the files that tsv install made, if they are unchanged. An edited configuration and logs stay and are listed; --purge removes them too.",
  ],
  examples: [
    ["tsv uninstall --dry-run", "show what would be removed"],
    ["sudo tsv uninstall", "remove tsv; configuration and logs stay if you edited them"],
    ["sudo tsv uninstall --purge", "remove everything"],
    ["sudo tsv uninstall --name second", "remove the installation of this name"],
  ],
  statuses: [
    [0, "done, or nothing to do"],
    [1, "refused, or failed and rolled back"],
    [2, "usage error"],
    [4, "failed, and something could not be rolled back: the error names it"],
  ],
};

interface Flags {
  readonly boot: boolean;
  readonly user: boolean;
  readonly init?: string;
  readonly config?: string;
  readonly name: string;
  readonly group?: string;
  readonly root: string;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly force: boolean;
  readonly takeOver: boolean;
  readonly waitOnline: boolean;
  readonly status: boolean;
  readonly purge: boolean;
}

/** Parses the words after `tsv install`. @param cwd for relative paths */
export function parseInstall(words: readonly string[], cwd: string): Parsed<InstallArguments> {
  const command = new Command("tsv install")
    .option("--boot", "start it now and at each boot", false)
    .option("-c, --config <file>", "run this configuration instead of tsv's own")
    .option("--user", "install for the calling user only, without root", false)
    .option("--init <name>", `the init system: ${INIT_NAMES.join(", ")} (default: detected)`)
    .option("--name <name>", "service name; use another name for a second one", "tsv")
    .option("--group <group>", "members of this group use ctl without sudo (default: tsv)")
    .option("--take-over", "replace the installed Supervisor: same configuration and socket", false)
    .option("--wait-online", "at boot, wait for the network", false)
    .option("--root <directory>", "install into the system in this directory, run nothing", "/")
    .option("--plan, --dry-run", "show what would be done, and change nothing", false)
    .option("--status", "show what is installed, enabled, running and answering", false)
    .option("--force", "replace files that others wrote or edited", false)
    .option("-y, --yes", "do not ask", false)
    .option("--json", "print one line of JSON; to install, with --yes", false);
  const status = readVerb(command, INSTALL_PAGE, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const problem = installProblem(flags);
  if (problem !== null) return refuseWords(command, problem, words);
  const { boot, init, config, name, group = "tsv", root, takeOver, force, waitOnline } = flags;
  const request: InstallRequest = {
    ...{ boot, name, group, takeOver, force, waitOnline },
    scope: flags.user ? "user" : "system",
    init: initNamed(init),
    config: config === undefined ? null : absolutePath(config, root === "/" ? cwd : "/"),
    root: absolutePath(root, cwd),
  };
  const mode = flags.status ? "status" : flags.dryRun ? "plan" : "apply";
  return { request, mode, json: flags.json, yes: flags.yes };
}

/** Parses the words after `tsv uninstall`. */
export function parseUninstall(words: readonly string[], cwd: string): Parsed<UninstallArguments> {
  const command = new Command("tsv uninstall")
    .option("--purge", "also remove the configuration, logs and state", false)
    .option("--name <name>", "service name", "tsv")
    .option("--user", "remove the calling user's own installation", false)
    .option("--root <directory>", "uninstall from the system in this directory, run nothing", "/")
    .option("--plan, --dry-run", "show what would be done, and change nothing", false)
    .option("--force", "also remove files that were changed", false)
    .option("-y, --yes", "do not ask", false)
    .option("--json", "print one line of JSON; to uninstall, with --yes", false);
  const status = readVerb(command, UNINSTALL_PAGE, words);
  if (status !== null) return status;
  const flags = command.opts<Flags>();
  const { name, user, purge, force, json, yes, dryRun } = flags;
  const isUnasked = json && !yes && !dryRun;
  const problem = commonProblem(flags) ?? (isUnasked ? "--json requires --dry-run or --yes" : null);
  if (problem !== null) return refuseWords(command, problem, words);
  const scope = user ? "user" : "system";
  const root = absolutePath(flags.root, cwd);
  return {
    request: { name, scope, root, purge, force },
    mode: dryRun ? "plan" : "apply",
    ...{ json, yes },
  };
}

function commonProblem({ name, user, root }: Flags): string | null {
  if (!NAME.test(name)) {
    return `invalid service name '${name}': use letters, digits, - and _`;
  }
  return user && root !== "/" ? "--user and --root cannot be combined" : null;
}

function installProblem(flags: Flags): string | null {
  const { init, group, json, dryRun, status, boot, takeOver, root, config, user, yes } = flags;
  if (init !== undefined && initNamed(init) === null) {
    return `unknown init system '${init}'; use one of: ${INIT_NAMES.join(", ")}`;
  }
  if (group !== undefined && !/^[a-z_][a-z0-9_-]{0,31}$/.test(group)) {
    return `invalid group name '${group}'`;
  }
  if (json && !dryRun && !status && !yes) {
    return "--json requires --dry-run, --status or --yes";
  }
  if (takeOver && !boot) return "--take-over requires --boot";
  if (takeOver && (root !== "/" || user)) {
    return "--take-over cannot be combined with --root or --user";
  }
  if (takeOver && config !== undefined) {
    return "--take-over uses Supervisor's configuration and cannot be combined with --config";
  }
  return commonProblem(flags);
}
