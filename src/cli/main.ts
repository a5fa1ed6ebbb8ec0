// The verbs of `tsv` that need no daemon: check, sample-conf. Everything else has a face of its own.

import { searchPaths } from "../core/command-line/arguments.ts";
import { sampleConfig } from "../core/config/options/reference.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { recordedService } from "../host/system/recorded-service.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";
import { readStandardInput } from "../host/terminal/run-on-terminal.ts";
import { type CheckHost, runCheck } from "./check.ts";
import { parseCheck, parseSampleConf } from "./options.ts";

/** Exit status of success. */
const OK = 0;

/** `echo_supervisord_conf` and `tsv sample-conf`. */
export function printSampleConfig(): number {
  print(sampleConfig());
  return OK;
}

/** Runs a verb of its own, the first word. @returns exit status: 0, 1 for a bad config, 2 for a bad command line */
export async function runTsv(
  [verb, ...words]: readonly string[],
  applyFixes: CheckHost["applyFixes"],
): Promise<number> {
  if (verb === "sample-conf") return parseSampleConf(words) ?? printSampleConfig();
  const parsed = parseCheck(words);
  if (typeof parsed === "number") return parsed;
  const world = createConfigWorld(createAccounts());
  return await runCheck(parsed.files, parsed.options, {
    world,
    applyFixes,
    readInput: readStandardInput,
    searchPaths: installedPaths(world),
    columns: outputColumns,
    print,
    printError,
  });
}

/** The installed service's configuration first, then where a daemon looks. */
function installedPaths(world: ConfigWorld): readonly string[] {
  const installed = recordedService()?.config;
  return [...(installed === undefined ? [] : [installed]), ...searchPaths("/usr/bin/tsv", world)];
}
