// The daemon that runs the programs of a hub or a device: its configuration, files of programs in it, and calls.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { formatProblem } from "../../core/config/lint/check.ts";
import { type ConfigPlace, newProgramFile, withFile } from "../../core/config/program-file.ts";
import { WRITTEN } from "../../core/fleet/hub-files.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readAppliedRows } from "../../ctl/answers.ts";
import { type CallResult, createCtlClient } from "../../ctl/client.ts";
import { isAbsent, placeOf, problemsOf } from "../../ctl/commands/service.ts";
import type { CallFailure } from "../../ctl/failure.ts";
import { accessOf, explainConfig, explainerFor, setupOf } from "../../ctl/setup.ts";
import { httpClient } from "../../host/http/http-client.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { MODE, readFileText, removePath, writeFile } from "../host/files.ts";

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

/** Where the file of a program belongs. One that tsv has written for a fleet is replaced, and no other. */
export function programFile(
  program: string,
  text: string,
  place: ConfigPlace,
): Result<ProgramFile, Complaint> {
  const section = place.raw.sections.get(`program:${program}`);
  const before = section === undefined ? null : place.world.readText(section.file);
  if (section !== undefined && before?.ok === true && before.value.startsWith(WRITTEN)) {
    return ok({ path: section.file, text, before: before.value });
  }
  const path = newProgramFile(program, place);
  return path.ok ? ok({ path: path.value, text, before: null }) : path;
}

/** The first error that a configuration would have with these files; null for none. */
export function problemWith(files: readonly ProgramFile[], place: ConfigPlace): Complaint | null {
  const world = files.reduce((before, { path, text }) => withFile(before, path, text), place.world);
  const [first] = problemsOf(place.file, world, null).errors;
  if (first === undefined) return null;
  return {
    ...{ kind: "configuration", message: formatProblem(first) },
    steps: [["Show all errors", `tsv check ${shellWord(place.file)}`]],
  };
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
 * @returns lines about what it did; "absent" without a daemon, which reads the files when it starts
 */
export async function applyPrograms(
  daemon: HostDaemon,
  programs: readonly string[],
): Promise<Result<readonly string[] | "absent", Complaint>> {
  const applied = await daemon.call("tsv.apply", [[...programs]]);
  if (!applied.ok) {
    if (isAbsent(applied.error)) return ok("absent");
    if (applied.error.kind !== "fault") return err(await daemon.explain(applied.error));
    return err({ kind: "failed", message: applied.error.text, steps: [] });
  }
  const failed = readAppliedRows(applied.value).filter(({ outcome }) => outcome === "failed");
  const [first] = failed;
  if (first === undefined) return ok(programs.map((program) => `${program}: running`));
  const message = `${first.group} does not run: ${first.error}`;
  return err({
    kind: "failed",
    message,
    steps: [["Find out why", `tsv why${daemon.option} ${first.group}`]],
  });
}
