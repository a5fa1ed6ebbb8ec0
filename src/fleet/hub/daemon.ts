// The daemon that runs the programs of a hub or a device: its configuration, files of programs in it, and calls.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { formatProblem } from "../../core/config/lint/check.ts";
import {
  type ConfigPlace,
  newProgramFile,
  withFile,
  withoutSections,
} from "../../core/config/program-file.ts";
import { WRITTEN } from "../../core/fleet/hub-files.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readAppliedRows } from "../../ctl/answers.ts";
import { type CallResult, createCtlClient } from "../../ctl/client.ts";
import { isAbsent, placeOf, problemsOf } from "../../ctl/commands/service.ts";
import type { CallFailure } from "../../ctl/failure.ts";
import { accessOf, explainConfig, explainerFor, setupOf } from "../../ctl/setup.ts";
import { httpClient } from "../../host/http/http-client.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { MODE, readFileText, removePath, writeFile } from "../host/files.ts";
import type { Call } from "./verb.ts";

export interface HostDaemon {
  readonly place: ConfigPlace;
  /** ` -c FILE` for commands that are suggested; empty where they find the configuration. */
  readonly option: string;
  /** The command that was given, for `sudo`. */
  readonly again: string;
  call(method: string, params: readonly XmlRpcValue[]): Promise<CallResult>;
  explain(failure: CallFailure): Promise<Complaint>;
  /** The command that starts it; null if it is not known. */
  readonly start: string | null;
}

/**
 * Finds the daemon and its configuration.
 * @param words of the command: "fleet", "init", …
 * @param ctlArguments in the form that supervisorctl takes
 */
export async function findDaemon(
  words: readonly string[],
  ctlArguments: readonly string[],
  terminal: Terminal,
): Promise<Result<HostDaemon, Complaint>> {
  const all = ["tsv", ...words];
  const setup = setupOf(["tsv", ...ctlArguments], true);
  if (setup.kind === "usage") return err({ kind: "usage", message: setup.text, steps: [] });
  if (setup.kind === "config") return err(await explainConfig(all, setup));
  if (setup.kind === "help") return err({ kind: "usage", message: "no daemon", steps: [] });
  const explainer = explainerFor(all, setup, true);
  const { where } = explainer;
  const place = placeOf(where);
  if (!place.ok) return place;
  const access = await accessOf(setup, terminal);
  return ok({
    place: place.value,
    ...{ option: where.config, again: where.again, start: where.start },
    async call(method, params) {
      const client = createCtlClient(httpClient, () => access);
      const answer = await client.call(method, params);
      client.close();
      return answer;
    },
    explain: async (failure) =>
      (await explainer.complaint(failure, access)) ?? {
        ...{ kind: "failed", message: "the daemon did not answer as expected", steps: [] },
      },
  });
}

/** A file of the configuration that is to be written. */
export interface ProgramFile {
  readonly path: string;
  readonly text: string;
  /** As it is now; null for none. */
  readonly before: string | null;
}

/** A program, and the text of its file. @param before as the file is now; null for none */
type Wanted = readonly [program: string, textOf: (before: string | null) => string];

/** The files of programs. The error is also one that the configuration would have with them. */
export function planFiles(
  wanted: readonly Wanted[],
  place: ConfigPlace,
): Result<readonly ProgramFile[], Complaint> {
  const files: ProgramFile[] = [];
  for (const [program, textOf] of wanted) {
    const own = ownFile(program, place);
    const path = own === null ? newProgramFile(program, place) : ok(own.path);
    if (!path.ok) return path;
    const before = own?.text ?? null;
    files.push({ path: path.value, text: textOf(before), before });
  }
  const world = files.reduce((before, { path, text }) => withFile(before, path, text), place.world);
  const [first] = problemsOf(place.file, world, null).errors;
  if (first === undefined) return ok(files);
  return err({
    ...{ kind: "configuration", message: formatProblem(first) },
    steps: [["Show all errors", `tsv check ${shellWord(place.file)}`]],
  });
}

/** The file that tsv has written for a program of a fleet, which it may change; null for none. */
function ownFile(program: string, { raw, world }: ConfigPlace) {
  const section = raw.sections.get(`program:${program}`);
  const text = section === undefined ? null : world.readText(section.file);
  const isOwn = text?.ok === true && text.value.startsWith(WRITTEN);
  return section !== undefined && isOwn ? { path: section.file, text: text.value } : null;
}

/**
 * Removes the sections of a program that tsv has written, and the file if nothing else is in it. The error is a clause.
 * @returns lines about it; none for a program without such a file
 */
export function removeProgram(
  program: string,
  sections: readonly string[],
  place: ConfigPlace,
): Result<readonly string[], string> {
  const own = ownFile(program, place);
  if (own === null) return ok([]);
  const { path } = own;
  const rest = usersPart(own.text, sections);
  const changed = rest === null ? removePath(path) : writeFile(path, rest, MODE.PUBLIC);
  if (!changed.ok) return changed;
  return ok([rest === null ? `${path}: removed` : `${path}: kept, it has other sections`]);
}

/** What users have added to a text that tsv has written: other sections than these; null for none. */
export function usersPart(text: string, sections: readonly string[]): string | null {
  return withoutSections(text, sections)?.replace(/^;.*\n+/, "") ?? null;
}

/** The error is a clause. */
export function writeProgramFile({ path, text, before }: ProgramFile): Result<true, string> {
  if (before === text) return ok(true);
  return writeFile(path, text, MODE.PUBLIC);
}

/** Writes the text before again, or removes the file. The error is a clause. */
export function restoreProgramFile({ path, text, before }: ProgramFile): Result<true, string> {
  if (before === text) return ok(true);
  const now = readFileText(path);
  if (!now.ok) return now;
  if (now.value !== text) return err(`${path} stays: it has changed meanwhile`);
  return before === null ? removePath(path) : writeFile(path, before, MODE.PUBLIC);
}

/**
 * Lets the daemon apply changes of programs.
 * @param isGone they are not in its files: it is no error if it does not know them either
 * @returns whether there is a daemon: else it reads the files when it starts
 */
export async function applyPrograms(
  daemon: HostDaemon,
  programs: readonly string[],
  isGone = false,
): Promise<Result<boolean, Complaint>> {
  const applied = await daemon.call("tsv.apply", [[...programs]]);
  if (!applied.ok) {
    const { error } = applied;
    if (isAbsent(error)) return ok(false);
    if (error.kind !== "fault") return err(await daemon.explain(error));
    if (isGone && error.code === FAULT_CODES.BAD_NAME) return ok(true);
    return err({ kind: "failed", message: error.text, steps: [] });
  }
  const failed = readAppliedRows(applied.value).filter(({ outcome }) => outcome === "failed");
  const [first] = failed;
  if (first === undefined) return ok(true);
  const message = `${first.group} does not run: ${first.error}`;
  return err({
    kind: "failed",
    message,
    steps: [["Find out why", `tsv why${daemon.option} ${first.group}`]],
  });
}

/** Says that programs start with the daemon. @param what such as "the agent" */
export function sayAbsent({ say, terminal }: Call, { start }: HostDaemon, what: string): void {
  say(`No daemon is running: it starts ${what} when it starts.`);
  if (start !== null) terminal.write(`  Start it: ${start}\n`);
}
