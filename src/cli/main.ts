// The verbs of `tsv` that need no daemon: check, sample-conf, completion, version.

import { envelopeText } from "../core/base/envelope.ts";
import { searchPaths, withInstalled } from "../core/command-line/arguments.ts";
import { sampleConfig } from "../core/config/options/reference.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { createAssets } from "../host/files/assets.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { findSilentMounts } from "../host/files/silent-mounts.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { recordedService } from "../host/system/recorded-service.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../host/terminal/command-line.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { readStandardInput } from "../host/terminal/run-on-terminal.ts";
import { SUPERVISOR_VERSION, VERSION } from "../version.ts";
import { type CheckHost, parseCheck, runCheck } from "./check.ts";
import { printVersion } from "./help.ts";

const SAMPLE_PAGE: VerbPage = {
  usage: [["tsv sample-conf", ""]],
  about: ["Print a commented sample configuration, as echo_supervisord_conf does."],
  examples: [["tsv sample-conf > tsv.conf", "begin a configuration"]],
  statuses: [
    [0, "done"],
    [2, "usage error"],
  ],
};

/** `echo_supervisord_conf` and `tsv sample-conf`. */
export function printSampleConfig(): number {
  print(sampleConfig());
  return 0;
}

/** Runs a verb of its own, the first word. @returns exit status: 0, 1 for a bad config, 2 for a bad command line */
export async function runTsv(
  [verb, ...words]: readonly string[],
  applyFixes: CheckHost["applyFixes"],
): Promise<number> {
  if (verb === "version") return runVersion(words);
  if (verb === "sample-conf") {
    return readVerb(new Command("tsv sample-conf"), SAMPLE_PAGE, words) ?? printSampleConfig();
  }
  if (verb === "export") return await exportPrograms(words);
  if (verb === "passwd") return await (await import("./passwd.ts")).runPasswd(words);
  const parsed = parseCheck(words);
  if (typeof parsed === "number") return parsed;
  await findSilentMounts();
  const world = createConfigWorld(createAccounts());
  const { readCertificate } = await import("../host/system/certificate.ts");
  return await runCheck(parsed, {
    world: { ...world, certificates: { read: readCertificate, nowMs: Date.now() } },
    applyFixes,
    readInput: readStandardInput,
    searchPaths: installedPaths(world),
    columns: outputColumns,
    print,
    printError,
  });
}

async function exportPrograms(words: readonly string[]): Promise<number> {
  const { parseExport, runExport } = await import("./export.ts");
  const request = parseExport(words);
  if (typeof request === "number") return request;
  await findSilentMounts();
  const world = createConfigWorld(createAccounts());
  const searchPaths = installedPaths(world);
  return runExport(request, { world, searchPaths, columns: outputColumns, print, printError });
}

/** Where the other commands look. */
function installedPaths(world: ConfigWorld): readonly string[] {
  const installed = recordedService()?.config;
  return withInstalled(searchPaths("tsv", world), installed ?? null);
}

const STATUSES: VerbPage["statuses"] = [
  [0, "success"],
  [2, "usage error"],
];

const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

const COMPLETION_PAGE: VerbPage = {
  usage: [["tsv completion <bash|zsh|fish>", ""]],
  about: [
    "Print the completions of tsv for a shell: verbs, options, and names of programs, which come from the daemon. tsv install and packages install them.",
  ],
  examples: [
    ["source <(tsv completion bash)", "bash: a line for ~/.bashrc"],
    ["tsv completion zsh > ~/.zfunc/_tsv", "zsh: into a directory of $fpath"],
    ["tsv completion fish > ~/.config/fish/completions/tsv.fish", "fish"],
  ],
  statuses: STATUSES,
};

/** @returns the exit status */
export function runCompletion(words: readonly string[]): number {
  const command = new Command("tsv completion").argument("[shell]");
  const status = readVerb(command, COMPLETION_PAGE, words);
  if (status !== null) return status;
  const [shell] = command.args;
  if (shell === undefined || !SHELLS.includes(shell)) {
    const problem =
      shell === undefined ? "name a shell" : `there are no completions for '${shell}'`;
    return refuseWords(command, `${problem}; use bash, zsh or fish`, words);
  }
  print(createAssets().read(`completion/${shell}`));
  return 0;
}

const VERSION_PAGE: VerbPage = {
  usage: [["tsv version [options]", ""]],
  about: ["Print the version of this executable. tsv ctl version prints that of the daemon."],
  examples: [["tsv version", "print the version"]],
  statuses: STATUSES,
};

/** With options: see `printVersion`. @returns the exit status */
function runVersion(words: readonly string[]): number {
  const json = "print one line of JSON, with the version of Supervisor that clients see";
  const command = new Command("tsv version").option("--json", json);
  const status = readVerb(command, VERSION_PAGE, words);
  if (status !== null) return status;
  if (command.opts<{ readonly json?: true }>().json !== true) return printVersion();
  const results = [{ version: VERSION, supervisor: SUPERVISOR_VERSION }];
  print(envelopeText({ verb: "version", exitStatus: 0, results, errors: [] }));
  return 0;
}
