// The verbs of `tsv` that need no daemon: check, sample-conf. Everything else has a face of its own.

import { searchPaths } from "../core/command-line/arguments.ts";
import { sampleConfig } from "../core/config/options/sample.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { installedService } from "../host/system/installed-service.ts";
import { print, printError } from "../host/terminal/output.ts";
import { readStandardInput } from "../host/terminal/standard-input.ts";
import { runCheck } from "./check.ts";
import { type CheckOptions, createProgram } from "./options.ts";

/** Exit statuses of these verbs. */
const EXIT = { OK: 0, USAGE: 2 } as const;

/** `echo_supervisord_conf` and `tsv sample-conf`. */
export function printSampleConfig(): number {
  print(sampleConfig());
  return EXIT.OK;
}

/** Runs `tsv` with verbs of its own. @returns exit status: 0, 1 for a bad config, 2 for a bad command line */
export function runTsv(args: readonly string[]): number {
  let status: number = EXIT.OK;
  const program = createProgram({
    sampleConf: () => {
      status = printSampleConfig();
    },
    check: (files, options) => {
      status = check(files, options);
    },
  });
  const failure = program.run(args);
  return failure ?? status;
}

function check(files: readonly string[], options: CheckOptions): number {
  const world = createConfigWorld(createAccounts());
  return runCheck(files, options, {
    world,
    readInput: readStandardInput,
    searchPaths: installedPaths(world),
    print,
    printError,
  });
}

/** The installed service's configuration first, then where a daemon looks. */
function installedPaths(world: ConfigWorld): readonly string[] {
  const installed = installedService()?.config;
  return [...(installed === undefined ? [] : [installed]), ...searchPaths("/usr/bin/tsv", world)];
}
