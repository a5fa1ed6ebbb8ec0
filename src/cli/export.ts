// `tsv export`: programs of a configuration or of a Procfile in the format of another process manager.

import { type Complaint, complaintLines } from "../core/base/complaint.ts";
import { envelopeText } from "../core/base/envelope.ts";
import { printable, printableLines, USUAL_COLUMNS } from "../core/base/printable.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import { shellWord } from "../core/base/shell-word.ts";
import { readEffective } from "../core/config/effective.ts";
import { absolutePath, dirname, joinPath } from "../core/config/paths.ts";
import { environmentText } from "../core/config/posix-lexer.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { type ExportedProgram, exportedProgram } from "../core/export/exported.ts";
import { toProcfile } from "../core/export/procfile.ts";
import { toSupervisor } from "../core/export/supervisor.ts";
import { toSystemd } from "../core/export/systemd.ts";
import { isProcfile, parseProcfile } from "../core/run/procfile.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../host/terminal/command-line.ts";
import { chosenSections } from "./effective.ts";

const FORMATS = { systemd: toSystemd, supervisor: toSupervisor, procfile: toProcfile } as const;
type Format = keyof typeof FORMATS;

const PAGE: VerbPage = {
  usage: [["tsv export --to <format> [options] <name...|Procfile>", ""]],
  about: [
    "Print programs in another format: systemd (units), supervisor (sections without tsv's own options and without templates) or procfile. A name is that of a program or a group.",
    "Each option that the format lacks is named on standard error, with the reason. Secrets are not shown: they are named, too. Nothing is installed.",
  ],
  examples: [
    ["tsv export --to systemd web", "a unit, and what it lacks"],
    ["tsv export --to systemd Procfile", "a unit for each line"],
    ["tsv export --to supervisor web > web.conf", "for a host with Supervisor"],
  ],
  statuses: [
    [0, "printed; options may be missing"],
    [1, "the configuration has errors, or nothing could be exported"],
    [2, "usage error, or there is no such program"],
  ],
};

/** A command line of `tsv export`. */
interface ExportRequest {
  readonly names: readonly string[];
  readonly to: Format;
  /** As named with -c; null for the one that is found. */
  readonly config: string | null;
  readonly json: boolean;
}

/** Reads the words after `tsv export`. A number is an exit status: nothing more to do. */
export function parseExport(words: readonly string[]): ExportRequest | number {
  const command = new Command("tsv export")
    .argument("[name...]")
    .option("--to <format>", "systemd, supervisor or procfile; required")
    .option("-c, --config <file>", "the configuration that has the programs")
    .option("--json", "print one line of JSON");
  const status = readVerb(command, PAGE, words);
  if (status !== null) return status;
  const {
    to,
    config = null,
    json,
  } = command.opts<{
    readonly to?: string;
    readonly config?: string;
    readonly json?: true;
  }>();
  const format = (Object.keys(FORMATS) as Format[]).find((each) => each === to);
  if (format === undefined) {
    const problem = to === undefined ? "export requires --to" : `there is no format '${to}'`;
    return refuseWords(command, `${problem}; use systemd, supervisor or procfile`, words);
  }
  const names = command.args;
  if (names.length === 0) return refuseWords(command, "name a program, or a Procfile", words);
  return { names, to: format, config, json: json === true };
}

/** The surroundings of `tsv export`. */
interface ExportHost {
  readonly world: ConfigWorld;
  readonly searchPaths: readonly string[];
  /** Of the terminal; null without one. */
  readonly columns: () => number | null;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

const EXIT = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** Prints the programs on standard output, and on standard error what they lack. @returns the exit status */
export function runExport(
  { names, to, config, json }: ExportRequest,
  { world, searchPaths, columns, print, printError }: ExportHost,
): number {
  const file = config ?? searchPaths.find((path) => world.exists(path)) ?? null;
  const programs = programsOf(names, file, world);
  const exports = programs.ok ? programs.value.map((program) => FORMATS[to](program)) : [];
  const isEmpty = exports.every(({ text }) => text === "");
  const isUsage = !programs.ok && programs.error.kind !== "configuration";
  const exitStatus = isUsage ? EXIT.USAGE : isEmpty ? EXIT.FAILED : EXIT.OK;
  const errors = programs.ok ? [] : [programs.error];
  if (json) {
    print(envelopeText({ verb: "export", exitStatus, results: exports, errors }));
    return exitStatus;
  }
  for (const error of errors) {
    printError(
      complaintLines(error, USUAL_COLUMNS)
        .map((line) => `${line}\n`)
        .join(""),
    );
  }
  const separator = to === "procfile" ? "" : "\n";
  const text = exports.flatMap((each) => (each.text === "" ? [] : [each.text])).join(separator);
  print(columns() === null ? text : printableLines(text));
  for (const { program, option, reason } of exports.flatMap(({ missing }) => missing)) {
    printError(`${printable(`${program}: ${option}: ${reason}`)}\n`);
  }
  return exitStatus;
}

function programsOf(
  names: readonly string[],
  file: string | null,
  world: ConfigWorld,
): Result<readonly ExportedProgram[], Complaint> {
  const programs: ExportedProgram[] = [];
  const others = names.filter((name) => !isProcfile(name));
  for (const procfile of names.filter(isProcfile)) {
    const read = ofProcfile(procfile, world);
    if (!read.ok) return read;
    programs.push(...read.value);
  }
  if (others.length === 0) return ok(programs);
  if (file === null) {
    const message = "no configuration was found: name it with -c";
    return err({ kind: "usage", message, steps: [["For help", "tsv export -h"]] });
  }
  const all = readEffective(file, world);
  if (!all.ok) return all;
  const own = all.value.filter((section) => exportedProgram(section, []) !== null);
  const chosen = chosenSections(own, others, (near) => {
    return `tsv export -c ${shellWord(file)} ${shellWord(near)}`;
  });
  if (!chosen.ok) return chosen;
  const found = chosen.value.flatMap((section) => exportedProgram(section, all.value) ?? []);
  return ok([...programs, ...found]);
}

/** As in foreman, each type of process has ports of its own. */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

function ofProcfile(
  path: string,
  world: ConfigWorld,
): Result<readonly ExportedProgram[], Complaint> {
  const steps = [["Check it", `tsv check ${shellWord(path)}`]] as const;
  const text = world.readText(path);
  if (!text.ok) {
    const why = text.error.code === "ENOENT" ? "it does not exist" : text.error.detail;
    return err({ kind: "configuration", message: `${path}: ${why}`, steps });
  }
  const entries = parseProcfile(text.value);
  if (!entries.ok) {
    const { line, text: message } = entries.error;
    const place = line === null ? path : `${path}:${line}`;
    return err({ kind: "configuration", message: `${place}: ${message}`, steps });
  }
  const directory = absolutePath(dirname(path), world.cwd);
  return ok(
    entries.value.map(({ name, command }, at) => {
      const options = new Map([
        ["command", `/bin/sh -c ${shellWord(command)}`.replaceAll("%", "%%")],
        ["directory", directory.replaceAll("%", "%%")],
        ["environment", environmentText({ PORT: String(FIRST_PORT + at * PORT_STEP) })],
        ["stopasgroup", "true"],
      ]);
      const variables = joinPath(directory, ".env");
      if (world.exists(variables)) options.set("env_file", `?${variables.replaceAll("%", "%%")}`);
      return { name, section: `program:${name}`, options, sections: [] };
    }),
  );
}
