// `tsv service`: writes the file of a new program and lets the daemon take it, or stops a program and removes its file.

import type { Complaint } from "../../core/base/complaint.ts";
import { displayName } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { checkConfig, formatProblem } from "../../core/config/lint/check.ts";
import { loadConfig } from "../../core/config/load.ts";
import { absolutePath, dirname } from "../../core/config/paths.ts";
import {
  type ConfigPlace,
  killModeOf,
  nameProblem,
  newProgramFile,
  ownProgramFile,
  programText,
  type Setting,
  shownProgram,
  withFile,
} from "../../core/config/program-file.ts";
import type { CheckProblem } from "../../core/config/rules.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import {
  createFile,
  directoryDistrust,
  type FileOwner,
  ownerOf,
  removeFile,
} from "../../host/files/new-file.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { readProcessRows } from "../answers.ts";
import { type CommandContext, EXIT } from "../context.ts";
import { type CallFailure, connectionCode, UnhandledFailure } from "../failure.ts";
import type { VerbArguments } from "../verb-arguments.ts";
import type { Where } from "../where.ts";
import { update } from "./config.ts";

/** Why a command line cannot be used; null if it can. */
export function serviceProblem({ words, settings }: VerbArguments): Omit<Complaint, "kind"> | null {
  const [action, name, ...command] = words;
  if (action !== "add" && action !== "remove") {
    const message =
      action === undefined ? "service requires add or remove" : `service has no ${action}`;
    return { message, steps: [...USAGE.add, ...USAGE.remove] };
  }
  const problem = wordsProblem(action, name, command, settings);
  if (problem !== null) return { message: problem, steps: USAGE[action] };
  const read = readSettings(settings, "/");
  return read.ok ? null : { message: read.error, steps: [] };
}

const USAGE = {
  add: [["Usage", "tsv service add [options] <name> -- <command...>"]],
  remove: [["Usage", "tsv service remove [options] <name>"]],
} as const;

function wordsProblem(
  action: "add" | "remove",
  name: string | undefined,
  command: readonly string[],
  settings: VerbArguments["settings"],
): string | null {
  if (name === undefined) return `service ${action} requires the name of a program`;
  if (action === "remove") {
    if (command.length > 0) return "service remove takes one name";
    return settings.length > 0 ? `service remove takes no ${settings[0]?.[0]}` : null;
  }
  const problem = nameProblem(name);
  if (problem !== null) return problem;
  // A template may have the command.
  const isGiven = settings.some(
    ([option, value]) =>
      option === "--extends" || (option === "--set" && /^(?:command|extends)\s*=/.test(value)),
  );
  return command.length > 0 || isGiven ? null : "service add requires a command, behind --";
}

/** What the options of the command line set. */
interface Given {
  readonly settings: readonly Setting[];
  /** NAME=VALUE */
  readonly variables: readonly string[];
}

/** Targets of logs that are no paths. */
const NO_PATH = /^(?:auto|none|off|syslog|@\w+|[%~/].*|)$/is;

/** The options of a section. Paths are relative to the directory in which the command runs. The error is a sentence. */
function readSettings(given: VerbArguments["settings"], cwd: string): Result<Given, string> {
  const settings: Setting[] = [];
  const variables: string[] = [];
  for (const [option, value] of given) {
    if (option === "--env") {
      variables.push(value);
    } else if (option === "--set") {
      const at = value.indexOf("=");
      if (at < 1) return err(`--set takes KEY=VALUE, not '${value}'`);
      settings.push([value.slice(0, at).trim().toLowerCase(), value.slice(at + 1).trim()]);
    } else if (option === "--log") {
      const path = NO_PATH.test(value) ? value : absolutePath(value, cwd);
      settings.push(["redirect_stderr", "true"], ["stdout_logfile", path]);
    } else if (option === "--directory") {
      settings.push(["directory", /^[%~/]/.test(value) ? value : absolutePath(value, cwd)]);
    } else settings.push([option.replace(/^--/, ""), value]);
  }
  return ok({ settings, variables });
}

/** Runs `service add` or `service remove`, after `serviceProblem`. */
export async function runService(context: CommandContext, given: VerbArguments): Promise<void> {
  const [action, name = ""] = given.words;
  const place = placeOf(context.where);
  if (!place.ok) return await complain(context, place.error);
  if (action === "add") await addService(context, name, given, place.value);
  else await removeService(context, name, given.dryRun, place.value);
}

async function complain(context: CommandContext, complaint: Complaint): Promise<void> {
  const status = complaint.kind === "usage" ? EXIT.INVALID_ARGS : EXIT.GENERIC;
  await context.complain(async () => complaint, status);
}

/** The configuration of the daemon that is asked. */
export function placeOf(where: Where | null): Result<ConfigPlace, Complaint> {
  const file = where?.file ?? null;
  if (file === null) {
    const message = "no configuration of this host is known for this daemon: name it with -c";
    return err({ kind: "configuration", message, steps: [["For help", "tsv service -h"]] });
  }
  const world = createConfigWorld(createAccounts());
  const loaded = loadConfig(file, world, absolutePath(dirname(file), world.cwd));
  const option = where?.config ?? "";
  if (loaded.ok) return ok({ file, raw: loaded.value.raw, world, option });
  const steps = [["Show all errors", `tsv check ${shellWord(file)}`]] as const;
  return err({ kind: "configuration", message: loaded.error.text, steps });
}

/** The errors of a configuration with other files, and its warnings about one of them. Variables may be those of the daemon. */
export function problemsOf(file: string, world: ConfigWorld, about: string | null) {
  const problems = checkConfig(file, world);
  const isVariable = (message: string): boolean => message.startsWith("the environment has no ");
  return {
    errors: problems.filter(
      ({ severity, message }) => severity === "error" && !isVariable(message),
    ),
    warnings: problems.filter((one) => one.severity === "warning" && one.file === about),
  };
}

/** The mode of a file with a secret. */
const PRIVATE = 0o600;

async function addService(
  context: CommandContext,
  name: string,
  { words, settings: options, dryRun }: VerbArguments,
  place: ConfigPlace,
): Promise<void> {
  const { file, world } = place;
  const given = readSettings(options, world.cwd);
  const text = given.ok ? textOf(name, words.slice(2), given.value, place) : given;
  if (!text.ok) {
    const steps = [["For help", "tsv service -h"]] as const;
    return await complain(context, { kind: "usage", message: text.error, steps });
  }
  const path = newProgramFile(name, place);
  if (!path.ok) return await complain(context, path.error);
  const { errors, warnings } = problemsOf(
    file,
    withFile(world, path.value, text.value),
    path.value,
  );
  if (errors.length > 0)
    return await refuse(context, errors, path.value, `${path.value} was not written`);
  const distrust = directoryDistrust(dirname(path.value));
  if (distrust !== null) return await failed(context, `${path.value} was not written: ${distrust}`);
  const data = { name, file: path.value };
  const shown = shownProgram(text.value);
  // Other users could read a secret in a file like its siblings.
  const isPrivate = shown.secrets.length > 0;
  const why = `${shown.secrets.join(", ")} ${shown.secrets.length > 1 ? "are secrets" : "is a secret"}`;
  const mode = isPrivate ? `, with mode 0600: ${why}` : "";
  if (dryRun) {
    const result = "would be written";
    const line = `${path.value} would be written${mode || ":"}\n${shown.text.trimEnd()}`;
    return context.report.item({ line, data: { ...data, result, text: shown.text } });
  }
  const siblings = world.glob(`${dirname(path.value)}/*`);
  const owner = await ownerOf([...(siblings.ok ? siblings.value : []), file]);
  if (owner === null)
    return await failed(context, `${path.value} was not written: ${file} is not a plain file`);
  const access = isPrivate ? { ...owner, mode: PRIVATE } : owner;
  const problem = await createFile(path.value, text.value, access);
  if (problem !== null) return await denied(context, `${path.value} was not written`, problem);
  for (const warning of warnings) {
    await context.hint(async () => ({ text: formatProblem(warning), steps: [] }));
  }
  context.report.item({
    line: `${path.value}: written${mode}`,
    data: { ...data, result: "written" },
  });
  const isTaken = await applyChange(context, name);
  if (isTaken === "refused") {
    await removeFile(path.value, text.value);
    context.report.item({
      line: `${path.value}: removed again`,
      data: { ...data, result: "removed" },
    });
  }
  if (isTaken === "applied") await reportStates(context, name);
}

function textOf(
  name: string,
  command: readonly string[],
  { settings, variables }: Given,
  place: ConfigPlace,
): Result<string, string> {
  return programText(name, command, [...settings, ...killModeOf(settings, place)], variables);
}

/** Reports the first error for which nothing was done. @param done "/etc/x.conf was not written" */
async function refuse(
  context: CommandContext,
  [first, ...others]: readonly CheckProblem[],
  path: string,
  done: string,
): Promise<void> {
  if (first === undefined) return;
  const { file, section, key, message, suggestion } = first;
  const advice = suggestion === null ? "" : ` (${suggestion})`;
  // In the file that does not exist, a line is no help.
  const text = file === path && key !== null ? `${key}: ${message}${advice}` : formatProblem(first);
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  const isOther = file !== path || section === null;
  const steps = isOther ? ([["Show all errors", `tsv check ${shellWord(file)}`]] as const) : [];
  await complain(context, { kind: "configuration", message: `${done}: ${text}${more}`, steps });
}

/** Reports an error of a file, and how another user could do the same. @param why a clause */
async function denied(context: CommandContext, done: string, why: string): Promise<void> {
  const message = `${done}: ${why}`;
  const { where } = context;
  if (why !== "permission denied" || where === null) return await failed(context, message);
  const steps = [["Try it as root", `sudo ${where.again}`]] as const;
  await complain(context, { kind: "permission-denied", message, steps });
}

async function failed(context: CommandContext, message: string): Promise<void> {
  await complain(context, { kind: "failed", message, steps: [] });
}

/**
 * Lets the daemon read its configuration and apply the change of one group.
 * @returns "absent" without a daemon, which is reported; "refused" after an error, which is reported
 * @throws UnhandledFailure for other failures of the connection
 */
async function applyChange(
  context: CommandContext,
  name: string,
): Promise<"applied" | "refused" | "absent"> {
  try {
    await update.run(context, [name], name);
    return context.exitStatus === EXIT.OK ? "applied" : "refused";
  } catch (error) {
    if (!(error instanceof UnhandledFailure) || !isAbsent(error.failure)) throw error;
    await context.hint(async ({ start }) => {
      const steps = start === null ? [] : ([["Start it", start]] as const);
      return { text: "No daemon is running; it reads the files when it starts", steps };
    });
    return "absent";
  }
}

/** Whether nothing listens where the daemon would. */
export function isAbsent(failure: CallFailure): boolean {
  const code = connectionCode(failure);
  return code === "ENOENT" || code === "ECONNREFUSED";
}

async function reportStates(context: CommandContext, group: string): Promise<void> {
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const items = rows
    .filter((row) => row.group === group)
    .map((row) => {
      const shown = displayName(row.group, row.name);
      return {
        line: `${shown}: ${row.stateName}`,
        data: { group: row.group, name: row.name, state: row.stateName },
      };
    });
  context.report.items(items);
}

async function removeService(
  context: CommandContext,
  name: string,
  dryRun: boolean,
  place: ConfigPlace,
): Promise<void> {
  const { file, world } = place;
  const path = ownProgramFile(name, place);
  if (!path.ok) return await complain(context, path.error);
  const before = world.readText(path.value);
  if (!before.ok)
    return await failed(context, `${path.value} was not removed: ${before.error.detail}`);
  const { errors } = problemsOf(file, withFile(world, path.value, null), null);
  if (errors.length > 0)
    return await refuse(context, errors, path.value, `${path.value} was not removed`);
  const distrust = directoryDistrust(dirname(path.value));
  if (distrust !== null) return await failed(context, `${path.value} was not removed: ${distrust}`);
  const data = { name, file: path.value };
  if (dryRun) {
    const line = `${name} would be stopped\n${path.value} would be removed`;
    return context.report.item({ line, data: { ...data, result: "would be removed" } });
  }
  const isRun = await isGroup(context, name);
  const removed = await removeFile(path.value, before.value);
  if (!removed.ok) return await denied(context, `${path.value} was not removed`, removed.error);
  context.report.item({ line: `${path.value}: removed`, data: { ...data, result: "removed" } });
  // A group that the daemon does not have yet is none that it could remove.
  const outcome = isRun ? await applyChange(context, name) : "absent";
  if (outcome === "refused") {
    await restore(context, path.value, before.value, removed.value);
  }
}

/** Whether a daemon is running that has the group. */
async function isGroup(context: CommandContext, name: string): Promise<boolean> {
  const answer = await context.client.call("supervisor.getAllProcessInfo");
  if (answer.ok) return readProcessRows(answer.value).some(({ group }) => group === name);
  if (isAbsent(answer.error)) return false;
  throw new UnhandledFailure(answer.error);
}

/** Writes a file again that was removed, because its program could not be. */
async function restore(
  context: CommandContext,
  path: string,
  text: string,
  owner: FileOwner,
): Promise<void> {
  const problem = await createFile(path, text, owner);
  if (problem !== null)
    return await failed(context, `${path} could not be written again: ${problem}`);
  context.report.item({ line: `${path}: written again`, data: { file: path, result: "written" } });
}
